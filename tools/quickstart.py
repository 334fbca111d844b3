#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The last step of `make quickstart`: an emulator with real data, four SyncJobs, and a check of what arrived.

Everything is under build/quickstart: data/ (the emulator's tables), NAME.yaml (the jobs), state/ (the runner's
journals). Interrupted at any point and repeated it goes on; once done it says so and verifies again.
"""

import base64
import ctypes
import email.utils
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("CULVERT_BIN_DIR", ROOT / "build" / "release" / "bin"))
DATA = ROOT / "build" / "data"
WORK = pathlib.Path(os.environ.get("CULVERT_QUICKSTART_DIR", ROOT / "build" / "quickstart"))
PROJECT = "demo"
ACCESS_ID = "quickstart-id"
ACCESS_SECRET = "quickstart-secret"
TABLES = ("flights", "weather", "planes", "airports")
PARTITION_KEYS = {"flights": "month"}
FLIGHT_ROWS = 336776

JOB = """\
# culvert-runner run -f {file} --state {state}
apiVersion: culvert.dev/v1alpha1
kind: DataSource
metadata: {{name: emulator}}
spec:
  maxCompute:
    endpoint: {endpoint}
    project: {project}
    credentialsRef: {{name: emulator-key}}
    allowInsecureHttp: true # the emulator is on this machine
---
apiVersion: v1
kind: Secret
metadata: {{name: emulator-key}}
stringData: {{accessKeyId: {access_id}, accessKeySecret: {access_secret}}}
---
apiVersion: culvert.dev/v1alpha1
kind: SyncJob
metadata: {{name: {name}}}
spec:
  source:
    maxCompute:
      dataSourceRef: {{name: emulator}}
      table: {table}{partition}
      column: ["*"]
  target:
{target}
  setting:
    errorLimit: {{record: 0}}
    speed: {{concurrent: 4}}
    verify: ContentHash
"""
TO_TABLE = """\
    maxCompute:
      dataSourceRef: {{name: emulator}}
      table: {table}_copy{partition}
      column: ["*"]
      truncate: true
      consistencyCommit: true"""
TO_NOWHERE = "    stream: {print: false}"


LIBC = ctypes.CDLL(None)


def die_with_parent():
    """A child is killed when this process is gone, however it went; both programs survive kill -9."""
    LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Emulator:
    """The emulator on one port for good: the journal of a job belongs to an endpoint."""

    def __init__(self):
        loaded = WORK / "loaded"
        port_file = WORK / "port"
        if not loaded.exists():
            for name in ("data", "state"):
                shutil.rmtree(WORK / name, ignore_errors=True)
            port_file.unlink(missing_ok=True)
        port = int(port_file.read_text()) if port_file.exists() else 0
        if port and not becomes_free(port):
            print(f"port {port} is taken by another program: starting afresh on another one")
            shutil.rmtree(WORK / "state", ignore_errors=True)
            port = 0
        flags = []
        if not loaded.exists():
            print("loading flights as 12 partitions, weather, planes, airports")
            for table in TABLES:
                key = PARTITION_KEYS.get(table)
                flags += ["--load", f"{table}={DATA}/{table}.csv" + (f",partition={key}" if key else "")]
        self.log = open(WORK / "emulator.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [BIN / "culvert-emulator", "--listen", f"127.0.0.1:{port}", "--project", PROJECT, "--access-key",
             f"{ACCESS_ID}:{ACCESS_SECRET}", "--data-dir", WORK / "data", *flags],
            stdout=subprocess.PIPE, stderr=self.log, text=True, preexec_fn=die_with_parent,
            start_new_session=True)
        line = self.process.stdout.readline()
        if not line:
            tail = (WORK / "emulator.log").read_text(errors="replace")[-2000:]
            raise SystemExit(f"the emulator did not start:\n{tail}")
        self.endpoint = json.loads(line)["endpoint"]
        port_file.write_text(self.endpoint.split(":")[2].split("/")[0])
        loaded.touch()
        print(f"emulator: {self.endpoint}, process {self.process.pid}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def request(self, method, path, body=b""):
        """One signed REST call: the headers and the body of the answer."""
        headers = {"Date": email.utils.formatdate(usegmt=True), "Content-Type": "application/xml" if body else ""}
        if body:
            headers["Content-MD5"] = hashlib.md5(body).hexdigest()
        signed = "\n".join([method, headers.get("Content-MD5", ""), headers["Content-Type"], headers["Date"], path])
        digest = hmac.new(ACCESS_SECRET.encode(), signed.encode(), hashlib.sha1).digest()
        headers["Authorization"] = f"ODPS {ACCESS_ID}:{base64.b64encode(digest).decode()}"
        request = urllib.request.Request(self.endpoint + path, data=body or None, method=method,
                                         headers={key: value for key, value in headers.items() if value})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                return answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.code} {error.read().decode()[:500]}") from error

    def sql(self, statement):
        """Runs one statement and waits for its end."""
        job = ("<?xml version='1.0'?><Instance><Job><Priority>9</Priority><Tasks><SQL><Name>quickstart</Name><Config>"
               '<Property><Name>settings</Name><Value>{"odps.sql.type.system.odps2":"true"}</Value></Property></Config>'
               f"<Query><![CDATA[{statement};]]></Query></SQL></Tasks><DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>")
        headers, _ = self.request("POST", f"/projects/{PROJECT}/instances", job.encode())
        instance = f"/projects/{PROJECT}/instances/" + headers["Location"].rsplit("/", 1)[1]
        while "Running" in self.request("GET", instance)[1]:
            time.sleep(0.05)
        status = self.request("GET", instance + "?taskstatus")[1]
        if "<Status>Success</Status>" not in status:
            raise SystemExit(f"{statement}: {status}")

    def columns(self, table):
        """(columns, partition keys) as `name type` texts."""
        answer = xml.etree.ElementTree.fromstring(self.request("GET", f"/projects/{PROJECT}/tables/{table}")[1])
        schema = json.loads(answer.find("Schema").text)
        return tuple([f"`{column['name']}` {column['type']}" for column in schema.get(part) or []]
                     for part in ("columns", "partitionKeys"))


def becomes_free(port):
    """Waits a little: the emulator of a run that was just killed may still hold it."""
    deadline = time.monotonic() + 10
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def shown(path):
    """The path as a person at the root of the repository would type it."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def write_job(emulator, name, table, source, target):
    """Writes the manifest of one job and returns the command that runs it."""
    file = WORK / f"{name}.yaml"
    state = WORK / "state" / name
    file.write_text(JOB.format(
        file=shown(file), state=shown(state), endpoint=emulator.endpoint, project=PROJECT,
        access_id=ACCESS_ID, access_secret=ACCESS_SECRET, name=name, table=source, target=target,
        partition=f'\n      partition: ["{PARTITION_KEYS[table]}=*"]' if table in PARTITION_KEYS else ""))
    return [BIN / "culvert-runner", "run", "-f", file, "--state", state]


def read_report(name):
    """The report of a job's newest finished attempt, from its journal."""
    report = None
    for line in (WORK / "state" / name / "journal.log").read_text().splitlines():
        entry = json.loads(line.split(" ", 1)[1])
        if entry["kind"] == "finished":
            report = json.loads(entry["report"])
    return report


def run_job(command, name, show_progress=False):
    """Runs a job; its report as a value and as text. The progress bar is on standard error."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=None if show_progress else subprocess.PIPE, text=True,
                          preexec_fn=die_with_parent)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr or done.stdout}")
    return read_report(name), done.stdout


def copy(emulator, table):
    """Copies one table; on a terminal the runner's own progress bar is seen, and once its report."""
    columns, keys = emulator.columns(table)
    emulator.sql(f"CREATE TABLE IF NOT EXISTS {table}_copy ({', '.join(columns)})"
                 + (f" PARTITIONED BY ({', '.join(keys)})" if keys else ""))
    target = TO_TABLE.format(table=table, partition="\n      partitionFromSource: true" if keys else "")
    command = write_job(emulator, f"copy-{table}", table, table, target)
    if sys.stdout.isatty():
        print(f"\n{table} → {table}_copy", flush=True)
    report, said = run_job([*command, "--log-level", "error"], f"copy-{table}", sys.stdout.isatty())
    if table == "flights" and sys.stdout.isatty():
        print(said.strip())
        return
    totals = report["totals"]
    if "already done" in said:
        print(f"  {table:9} {totals['rowsWritten']:7} rows: already done")
        return
    print(f"  {table:9} {totals['rowsWritten']:7} rows, {totals['bytesWritten'] / 1e6:.1f} MB in {report['seconds']:.2f} s, "
          f"route {totals['route']}, {totals['rowsDirty']} dirty, verified by {report['verified']}")


def read_back(emulator, table, suffix):
    """Rows, dirty rows and content hash of all that the table holds, by reading it to nowhere."""
    name = f"read-{table}{suffix.replace('_', '-')}"
    command = write_job(emulator, name, table, table + suffix, TO_NOWHERE)
    totals = run_job([*command, "--again"], name)[0]["totals"]
    return totals["rowsRead"], totals["rowsDirty"], totals["contentHash"]


def stop_by_signal(number, _):
    raise SystemExit(128 + number)


def main():
    signal.signal(signal.SIGTERM, stop_by_signal)
    signal.signal(signal.SIGHUP, stop_by_signal)
    WORK.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    emulator = Emulator()
    try:
        for table in TABLES:
            copy(emulator, table)
        print("\nreading sources and copies again to compare them")
        rows = dirty = 0
        for table in TABLES:
            source = read_back(emulator, table, "")
            target = read_back(emulator, table, "_copy")
            print(f"  {table:9} {source[0]:7} rows, content hash {source[2]}"
                  f" · {table}_copy {target[0]:7} rows, {target[2]}")
            if source != target:
                raise SystemExit(f"{table} and {table}_copy are not equal")
            if table == "flights":
                rows, dirty = target[:2]
        if rows != FLIGHT_ROWS:
            raise SystemExit(f"flights_copy has {rows} rows, expected {FLIGHT_ROWS}")
        print(f"\nthe jobs are in {shown(WORK)}/*.yaml\n"
              f"verified: {rows} rows, {dirty} dirty, content hash equal")
    except KeyboardInterrupt:
        raise SystemExit("interrupted: `make quickstart` goes on where this stopped") from None
    finally:
        emulator.stop()


if __name__ == "__main__":
    main()
