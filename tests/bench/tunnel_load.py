# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Raw Tunnel bytes as fast as sockets give them: what the emulator itself can do.

Plain sockets, signed by hand (v2), no record is looked at. One process a connection. A null server, which sends
memory and forgets what it gets, shows how fast the same client and the loopback can be at best.
"""

import base64
import email.utils
import hashlib
import hmac
import json
import multiprocessing
import socket
import threading
import time

PIECE = 256 << 10  # stays in a core's cache
LAST_CHUNK = b"0\r\n\r\n"


class Account:
    def __init__(self, host, port, project, access_id, secret):
        self.host, self.port, self.project = host, port, project
        self.access_id, self.secret = access_id, secret

    def head(self, method, path, query, length=None):
        """The request's head; `query` maps names to values, None for a bare name."""
        pairs = sorted(query.items())
        resource = path + "?" + "&".join(name if value in (None, "") else f"{name}={value}" for name, value in pairs)
        target = resource.replace("(", "%28").replace(")", "%29").replace(",", "%2C")
        date = email.utils.formatdate(usegmt=True)
        signed = f"{method}\n\n\n{date}\n{resource}"
        digest = base64.b64encode(hmac.new(self.secret.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}:{self.port}", f"Date: {date}",
                 f"Authorization: ODPS {self.access_id}:{digest}"]
        if method != "GET":
            lines.append(f"Content-Length: {length or 0}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def table(self, table):
        return f"/projects/{self.project}/tables/{table}"


class Connection:
    def __init__(self, account):
        self.socket = socket.create_connection((account.host, account.port), timeout=60)
        self.socket.settimeout(None)  # blocking again: a timeout costs a poll before every call
        self.buffer = bytearray(PIECE)
        self.rest = b""

    def read_head(self):
        while b"\r\n\r\n" not in self.rest:
            piece = self.socket.recv(65536)
            if not piece:
                raise RuntimeError("the connection was closed")
            self.rest += piece
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        return int(lines[0].split()[1]), headers

    def read_all(self):
        """The body, whole."""
        status, headers = self.read_head()
        body = bytearray(self.rest)
        self.rest = b""
        if "content-length" in headers:
            while len(body) < int(headers["content-length"]):
                body += self.socket.recv(PIECE)
        elif "chunked" in headers.get("transfer-encoding", ""):
            while not body.endswith(LAST_CHUNK):
                body += self.socket.recv(PIECE)
            body = unchunk(bytes(body))
        if status // 100 != 2:
            raise RuntimeError(f"status {status}: {bytes(body[:500])!r}")
        return bytes(body)

    def discard(self):
        """Reads a body and counts it; a chunked one ends at its last chunk. Framing bytes are counted too."""
        status, headers = self.read_head()
        if status != 200:
            raise RuntimeError(f"status {status}")
        if "chunked" not in headers.get("transfer-encoding", ""):
            raise RuntimeError("the body is not chunked")
        receive, buffer = self.socket.recv_into, self.buffer
        total, last, ended = len(self.rest), self.rest[-5:], self.rest.endswith(LAST_CHUNK)
        self.rest = b""
        while not ended:
            count = receive(buffer)
            if count == 0:
                raise RuntimeError("the body was cut short")
            total += count
            if count < 5:
                last = (last + buffer[:count])[-5:]
                ended = last == LAST_CHUNK
            else:
                last = b""
                ended = buffer.endswith(LAST_CHUNK, 0, count)
                if not ended:
                    last = bytes(buffer[count - 5:count])
        return total


def unchunk(body):
    out, position = bytearray(), 0
    while True:
        end = body.index(b"\r\n", position)
        size = int(body[position:end].split(b";")[0], 16)
        if size == 0:
            return bytes(out)
        out += body[end + 2:end + 2 + size]
        position = end + 4 + size


def call(account, method, path, query, body=b""):
    connection = Connection(account)
    connection.socket.sendall(account.head(method, path, query, len(body)) + body)
    answer = connection.read_all()
    connection.socket.close()
    return answer


def download_session(account, table):
    answer = json.loads(call(account, "POST", account.table(table), {"downloads": None}))
    return answer["DownloadID"], answer["RecordCount"]


def upload_session(account, table):
    return json.loads(call(account, "POST", account.table(table), {"uploads": None}))["UploadID"]


def rows(account, table):
    return download_session(account, table)[1]


def fill(account, table, stream, blocks):
    """Uploads a whole record stream as that many blocks, and commits them."""
    session = upload_session(account, table)
    for block in range(blocks):
        call(account, "PUT", account.table(table), {"uploadid": session, "blockid": str(block)}, stream)
    call(account, "POST", account.table(table), {"uploadid": session})


def download_worker(account, table, session, rows, repeats, begin, results):
    connection = Connection(account)
    begin.wait()
    started = time.monotonic()
    total = 0
    for _ in range(repeats):
        connection.socket.sendall(account.head(
            "GET", account.table(table), {"data": None, "downloadid": session, "rowrange": f"(0,{rows})"}))
        total += connection.discard()
    results.put((started, time.monotonic(), total))


def upload_worker(account, table, session, stream, first_block, repeats, begin, results):
    connection = Connection(account)
    begin.wait()
    started = time.monotonic()
    for block in range(first_block, first_block + repeats):
        connection.socket.sendall(account.head(
            "PUT", account.table(table), {"uploadid": session, "blockid": str(block)}, len(stream)))
        connection.socket.sendall(stream)
        connection.read_all()
    results.put((started, time.monotonic(), repeats * len(stream)))


def together(target, arguments):
    """Runs one process for each tuple of arguments at once; bytes a second over all, and all bytes."""
    context = multiprocessing.get_context("fork")
    begin, results = context.Barrier(len(arguments)), context.Queue()
    workers = [context.Process(target=target, args=(*each, begin, results)) for each in arguments]
    for worker in workers:
        worker.start()
    finished = [results.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    total = sum(count for *_, count in finished)
    return total / (max(end for _, end, _ in finished) - min(start for start, *_ in finished)), total


def download_rate(account, table, connections=2, repeats=4):
    session, rows = download_session(account, table)
    return together(download_worker, [(account, table, session, rows, repeats)] * connections)


def upload_rate(account, table, session, stream, connections=2, repeats=8):
    """Sends the same block ids at every call, so that the emulator's memory stays as it is."""
    return together(upload_worker, [(account, table, session, stream, number * repeats, repeats)
                                    for number in range(connections)])


class NullServer:
    """Answers a GET with `memory` as one chunk, over and over until its rowrange's count of bytes is sent, and a PUT
    with 200 once its body was read; a process of its own, a thread a connection."""

    def __init__(self, memory):
        listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.account = Account("127.0.0.1", listener.getsockname()[1], "null", "id", "secret")
        self.process = multiprocessing.get_context("fork").Process(
            target=self.serve, args=(listener, memory), daemon=True)
        self.process.start()
        self.pid = self.process.pid
        listener.close()

    def serve(self, listener, memory):
        while True:
            accepted, _ = listener.accept()
            threading.Thread(target=self.answer, args=(accepted, memory), daemon=True).start()

    def answer(self, accepted, memory):
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer, rest = bytearray(PIECE), b""
        while True:
            while b"\r\n\r\n" not in rest:
                piece = accepted.recv(65536)
                if not piece:
                    return
                rest += piece
            head, rest = rest.split(b"\r\n\r\n", 1)
            if head.startswith(b"GET "):
                left = int(head.split(b"rowrange=%280%2C", 1)[1].split(b"%29", 1)[0])
                accepted.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while left > 0:
                    accepted.sendall(b"%x\r\n" % len(memory))
                    accepted.sendall(memory)
                    accepted.sendall(b"\r\n")
                    left -= len(memory)
                accepted.sendall(LAST_CHUNK)
                continue
            left = int(head.split(b"Content-Length: ", 1)[1].split(b"\r\n", 1)[0]) - len(rest)
            rest = b""
            while left > 0:
                left -= accepted.recv_into(buffer)
            accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def download_rate(self, size, connections=2, repeats=4):
        return together(download_worker, [(self.account, "null", "null", size, repeats)] * connections)

    def stop(self):
        self.process.terminate()
        self.process.join()
