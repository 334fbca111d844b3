# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Processes and manifests for the tests: an emulator to talk to, the runner to move tables with."""

import dataclasses
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import textwrap
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("CULVERT_BIN_DIR", ROOT / "build" / "release" / "bin"))
ACCESS_ID = "foreign-test-id"
ACCESS_SECRET = "foreign-test-secret"
PROJECT = "demo"
JOB_NUMBERS = itertools.count()


class Emulator:
    """A culvert-emulator process on a port of its own; stopped by `stop`, by its process id."""

    def __init__(self, *flags):
        self.process = subprocess.Popen(
            [BIN / "culvert-emulator", "--listen", "127.0.0.1:0", "--project", PROJECT,
             "--access-key", f"{ACCESS_ID}:{ACCESS_SECRET}", *map(str, flags)],
            stdout=subprocess.PIPE, text=True,
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"culvert-emulator ended with {self.process.wait()} before it listened")
        self.address = json.loads(line)
        self.endpoint = self.address["endpoint"]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def odps(self, project=PROJECT):
        from odps import ODPS

        return ODPS(ACCESS_ID, ACCESS_SECRET, project, endpoint=self.endpoint)

    def set_property(self, project, name, value):
        request = urllib.request.Request(
            self.endpoint.removesuffix("/api") + f"/_culvert/projects/{project}/properties", method="POST",
            data=json.dumps({"name": name, "value": value}).encode())
        urllib.request.urlopen(request, timeout=10).close()


def data_source(name, endpoint, project=PROJECT):
    """The DataSource and Secret documents of an emulator."""
    return textwrap.dedent(f"""\
        apiVersion: culvert.dev/v1alpha1
        kind: DataSource
        metadata: {{name: {name}}}
        spec:
          maxCompute:
            endpoint: {endpoint}
            project: {project}
            credentialsRef: {{name: {name}-key}}
            allowInsecureHttp: true
        ---
        apiVersion: v1
        kind: Secret
        metadata: {{name: {name}-key}}
        stringData: {{accessKeyId: {ACCESS_ID}, accessKeySecret: {ACCESS_SECRET}}}
        ---
        """)


def sync_job(source, target, setting=None, runner=None, name=None):
    """A SyncJob document; the parts are dicts as in the manifest, without the data sources' names."""
    source, target = dict(source), dict(target)
    for side in (source, target):
        if "maxCompute" in side:
            side["maxCompute"] = {"dataSourceRef": {"name": "here"}, **side["maxCompute"]}
    spec = {"source": source, "target": target}
    if setting:
        spec["setting"] = setting
    if runner:
        spec["runner"] = runner
    return json.dumps({
        "apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob",
        "metadata": {"name": name or f"job-{next(JOB_NUMBERS)}"}, "spec": spec,
    })


@dataclasses.dataclass
class Finished:
    code: int
    out: str
    err: str
    report: dict | None

    def explain(self):
        return f"exit {self.code}\n--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}"


def read_report(state):
    """The report of the newest finished attempt in a journal; None when there is none."""
    report = None
    try:
        lines = (pathlib.Path(state) / "journal.log").read_text().splitlines()
    except FileNotFoundError:
        return None
    for line in lines:
        entry = json.loads(line.split(" ", 1)[1])
        if entry["kind"] == "finished":
            report = json.loads(entry["report"])
    return report


class Runner:
    """culvert-runner with manifests and journals in a directory of the test's own; `zone` is its TZ."""

    def __init__(self, directory, emulator, project=PROJECT, zone=None):
        self.directory = pathlib.Path(directory)
        self.sources = data_source("here", emulator.endpoint, project)
        self.environment = {**os.environ, **({"TZ": zone} if zone else {})}

    def command(self, job, *flags, state=None):
        number = next(JOB_NUMBERS)
        manifest = self.directory / f"job-{number}.yaml"
        manifest.write_text(self.sources + job + "\n")
        state = state or self.directory / f"state-{number}"
        return [BIN / "culvert-runner", "run", "-f", manifest, "--state", state, *flags]

    def run(self, job, *flags, state=None, timeout=120):
        state = state or self.directory / f"run-{next(JOB_NUMBERS)}"
        done = subprocess.run(self.command(job, *flags, state=state), capture_output=True,
                              timeout=timeout, env=self.environment)
        out = done.stdout.decode("utf-8", "surrogateescape")
        err = done.stderr.decode("utf-8", "surrogateescape")
        return Finished(done.returncode, out, err, read_report(state))

    def copy(self, source, target, *flags, source_options=None, target_options=None, setting=None,
             expect=0):
        job = sync_job(
            {"maxCompute": {"table": source, "column": ["*"], **(source_options or {})}},
            {"maxCompute": {"table": target, "column": ["*"], "truncate": True,
                            "consistencyCommit": True, **(target_options or {})}},
            setting or {"speed": {"concurrent": 2}},
        )
        finished = self.run(job, *flags)
        assert finished.code == expect, finished.explain()
        return finished

    def clear(self):
        shutil.rmtree(self.directory, ignore_errors=True)


def peak_memory(command):
    """Runs the command; its exit code and VmHWM in MiB, from the last look at it, every 5 ms."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status = pathlib.Path(f"/proc/{process.pid}/status")
    peak = 0
    while process.poll() is None:
        try:
            text = status.read_text()
        except OSError:
            break
        if str(process.args[0].name)[:15] in text.splitlines()[0]:  # exec has happened
            for line in text.splitlines():
                if line.startswith("VmHWM:"):
                    peak = max(peak, int(line.split()[1]))
        time.sleep(0.005)
    return process.wait(), peak / 1024


def first_request_milliseconds(directory, runs):
    """From the start of a `culvert-runner run` with a journal of its own to the first byte at its endpoint."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        runner = Runner(directory, type("Address", (), {
            "endpoint": f"http://127.0.0.1:{listener.getsockname()[1]}/api"}))
        job = sync_job({"maxCompute": {"table": "a", "column": ["*"]}},
                       {"maxCompute": {"table": "b", "column": ["*"], "truncate": True, "consistencyCommit": True}})
        took = []
        for _ in range(runs):
            command = runner.command(job)
            begin = time.monotonic()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                connection, _ = listener.accept()
                connection.recv(1)
                took.append(1000 * (time.monotonic() - begin))
                connection.close()
            finally:
                process.kill()
                process.wait()
    return took
