# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""How well runs keep to the speed that they are told, each measured from outside over a minute.

Three runs at a time: one limited in bytes, one in rows, and one in bytes whose shards are copied by two processes, as pods
do. What passes is read from the processes' `/progress`, twice, a minute apart, and compared with what was asked for.
"""

import json
import pathlib
import signal
import socket
import subprocess
import time
import urllib.request

import support  # tests/foreign/pyodps

SECONDS = 60
WARM_SECONDS = 3  # connections are open by then
MBPS = 4
ROWS_PER_SECOND = 40_000
STREAMS = 4


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def job(table, target, speed, threads):
    return support.sync_job(
        {"maxCompute": {"table": table, "column": ["*"]}},
        {"maxCompute": {"table": target, "column": ["*"], "truncate": True, "consistencyCommit": True}},
        {"speed": {"throttle": True, "concurrent": STREAMS, **speed}}, {"threads": threads})


class Measured:
    """A run whose progress is watched: `field` of it, summed over its processes, against `asked` a second."""

    def __init__(self, name, field, asked):
        self.name, self.field, self.asked = name, field, asked
        self.processes, self.ports = [], []

    def start(self, command):
        port = free_port()
        self.processes.append(subprocess.Popen([*map(str, command), "--progress", "none", "--listen", f"127.0.0.1:{port}"],
                                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.ports.append(port)

    def look(self):
        """(seconds, amount) now."""
        total = 0
        for port in self.ports:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/progress", timeout=5) as answer:
                total += json.load(answer)[self.field]
        return time.monotonic(), total

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(timeout=30)


def measure(runner, table, targets):
    """{name: share of what was asked}. `table` holds more than a minute of any of the limits; three `targets` like it."""
    runs = [Measured("one process, mbps", "bytesRead", MBPS * 1e6),
            Measured("one process, recordsPerSecond", "rows", ROWS_PER_SECOND),
            Measured("two processes, mbps", "bytesRead", MBPS * 1e6)]
    try:
        runs[0].start(runner.command(job(table, targets[0], {"mbps": MBPS}, STREAMS)))
        runs[1].start(runner.command(job(table, targets[1], {"recordsPerSecond": ROWS_PER_SECOND}, STREAMS)))
        directory = pathlib.Path(runner.directory)
        manifest, plan = directory / "steps.yaml", directory / "steps.plan"
        manifest.write_text(runner.sources + job(table, targets[2], {"mbps": MBPS}, STREAMS // 2) + "\n")
        keys = directory / "keys" / "here-key"
        keys.mkdir(parents=True, exist_ok=True)
        (keys / "accessKeyId").write_text(support.ACCESS_ID)
        (keys / "accessKeySecret").write_text(support.ACCESS_SECRET)
        program = support.BIN / "culvert-runner"
        common = ["--credentials", keys.parent]
        subprocess.run([program, "plan", "-f", manifest, "-o", plan, *common, "--progress", "none"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for shard in range(2):
            runs[2].start([program, "transfer", "--plan", plan, "--shard", shard, "-o", directory / f"{shard}.json", *common])
        time.sleep(WARM_SECONDS)
        before = [run.look() for run in runs]
        time.sleep(SECONDS)
        after = [run.look() for run in runs]
    finally:
        for run in runs:
            run.stop()
    return {run.name: (later[1] - earlier[1]) / (later[0] - earlier[0]) / run.asked
            for run, earlier, later in zip(runs, before, after)}
