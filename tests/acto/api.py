# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The API server of a kubeconfig with client certificates: requests, and what a watch has told so far."""

import base64
import http.client
import json
import pathlib
import ssl
import tempfile
import threading
import time
import urllib.parse

import yaml

TIMEOUT = 180  # seconds; of a machine that has much else to do


class Api:
    """Thread-safe: a connection for each thread."""

    def __init__(self, kubeconfig):
        config = yaml.safe_load(pathlib.Path(kubeconfig).read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._address = urllib.parse.urlsplit(cluster["server"]).netloc
        self._tls = ssl.create_default_context(cadata=_data(cluster, "certificate-authority").decode())
        with tempfile.NamedTemporaryFile() as certificate, tempfile.NamedTemporaryFile() as key:
            for file, name in ((certificate, "client-certificate"), (key, "client-key")):
                file.write(_data(user, name))
                file.flush()
            self._tls.load_cert_chain(certificate.name, key.name)
        self._mine = threading.local()

    def connection(self):
        """A connection of its own, for a watch."""
        return http.client.HTTPSConnection(self._address, timeout=TIMEOUT, context=self._tls)

    def ask(self, method, path, body=None, kind="application/json"):
        """(status, object); once more where the server had closed an idle connection."""
        data = None if body is None else json.dumps(body).encode()
        for last in (False, True):
            if not hasattr(self._mine, "connection"):
                self._mine.connection = self.connection()
            try:
                self._mine.connection.request(method, path, data, {"Content-Type": kind})
                answer = self._mine.connection.getresponse()
                return answer.status, json.loads(answer.read() or b"{}")
            except (OSError, http.client.HTTPException) as error:
                self._mine.connection.close()  # the next request opens it anew
                if last or not isinstance(error, (http.client.RemoteDisconnected, ConnectionError)):
                    raise
        raise AssertionError("unreachable")

    def must(self, method, path, body=None, kind="application/json"):
        status, answer = self.ask(method, path, body, kind)
        if status >= 300:
            raise AssertionError(f"{method} {path}: {status} {answer.get('message')}")
        return answer


def _data(entry, name):
    inline = entry.get(f"{name}-data")
    return base64.b64decode(inline) if inline else pathlib.Path(entry[name]).read_bytes()


class Watched:
    """The objects of one resource in one namespace, kept up to date by a thread; ends with the process.

    `leaks` has the names of those that ever held the bytes of `secret`.
    """

    def __init__(self, api, path, secret):
        self._api, self._path, self._secret = api, path, secret
        self._objects, self.changes = {}, {}  # by name; by uid, how often an object changed
        self.leaks = set()
        self._news = threading.Condition()
        self._version = self._list()
        threading.Thread(target=self._follow, daemon=True).start()

    def get(self, name):
        with self._news:
            return self._objects.get(name)

    def all(self):
        with self._news:
            return list(self._objects.values())

    def writes(self):
        with self._news:
            return sum(self.changes.values())

    def wait(self, holds, seconds):
        """What `holds()` says once that is true, or at the end; it is asked whenever something changed."""
        end = time.monotonic() + seconds
        with self._news:
            while not (answer := holds()) and (left := end - time.monotonic()) > 0:
                self._news.wait(min(left, 1))
            return answer

    def _list(self):
        found = self._api.must("GET", self._path)
        with self._news:
            self._objects = {item["metadata"]["name"]: item for item in found["items"]}
            self._news.notify_all()
        return found["metadata"]["resourceVersion"]

    def _follow(self):
        connection = None
        while True:
            try:
                connection = self._api.connection()
                connection.request("GET", f"{self._path}?watch=1&resourceVersion={self._version}")
                for line in connection.getresponse():
                    self._take(json.loads(line), self._secret in line)
            except (OSError, http.client.HTTPException, ValueError, KeyError):
                connection.close()
                try:
                    self._version = self._list()
                except (OSError, http.client.HTTPException, AssertionError):
                    time.sleep(0.5)  # the server goes, or comes

    def _take(self, event, leaks):
        item = event["object"]
        meta = item["metadata"]
        with self._news:
            if event["type"] == "DELETED":
                self._objects.pop(meta["name"], None)
            else:
                self._objects[meta["name"]] = item
                self.changes[meta["uid"]] = self.changes.get(meta["uid"], 0) + 1
                if leaks:
                    self.leaks.add(meta["name"])
            self._version = meta["resourceVersion"]
            self._news.notify_all()
