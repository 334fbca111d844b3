#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: Culvert, the Java SDK and PyODPS side by side, in one run on one pinned core.

Rounds are interleaved, medians are compared; gates are ratios, because machines differ. Prints a table, then one
line a gate, `gate NAME VALUE LIMIT pass|fail`; writes docs/benchmarks.md; exits 1 when a gate fails.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("CULVERT_BIN_DIR", ROOT / "build" / "release" / "bin"))
BENCH = ROOT / "tests" / "bench"
sys.path[:0] = [str(BENCH), str(ROOT / "tests" / "foreign" / "pyodps")]
sys.dont_write_bytecode = True

import support  # noqa: E402  (tests/foreign/pyodps)
import tunnel_load  # noqa: E402  (tests/bench)

CORPUS_COLUMNS = ("id bigint, qty bigint, price double, usr string, city string, ts datetime, flag boolean, "
                  "amount decimal(18,2), cnt bigint, note string")
# Numbers and times as text: what the typed route is for.
CONVERTED_COLUMNS = (CORPUS_COLUMNS.replace("qty bigint", "qty string").replace("ts datetime", "ts string")
                     .replace("cnt bigint", "cnt string"))
BLOCKS = 20  # of the table that Culvert copies, each the whole corpus: about 700 MB of record bytes
JAVA_BLOCKS = 4  # of the table that the Java loop copies: it takes ten times as long for each byte
GB = 1e9


@dataclasses.dataclass
class Gate:
    name: str
    value: float
    limit: float
    at_least: bool = True

    @property
    def passed(self):
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self):
        return f"gate {self.name} {self.value:.2f} {self.limit:g} {'pass' if self.passed else 'fail'}"


class Bench:
    def __init__(self, rounds):
        self.rounds = rounds
        self.cores = sorted(os.sched_getaffinity(0))
        self.core = self.cores[-1]  # what is measured; the emulator has the others
        self.java = None
        self.stream = ROOT / "build" / "bench" / "stream.bin"  # the corpus, for all programs
        self.block = ROOT / "build" / "bench" / "block.bin"  # some of it: a block that fits the emulator's chunks
        self.python = ROOT / "build" / "foreign" / "venv" / "bin" / "python"
        self.gates = []
        self.tables = []  # (title, header, rows)

    def pinned(self, command, **options):
        done = subprocess.run(["taskset", "-c", str(self.core), *map(str, command)], stdout=subprocess.PIPE, text=True,
                              **options)
        if done.returncode != 0:
            raise SystemExit(f"bench: {command[0]} ... {' '.join(map(str, command[-6:]))} ended with {done.returncode}")
        return done.stdout

    def prepare(self):
        """Builds the Java programs and the Python environment."""
        subprocess.run(["mvn", "-q", "-B", "-Dstyle.color=never", "compile"], cwd=BENCH / "java", check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([ROOT / "tests" / "foreign" / "run.sh", "--prepare"], check=True)
        built = ROOT / "build" / "bench" / "java"
        self.java = ["java", "-XX:+UseSerialGC", "-Xmx2g", "-Duser.timezone=UTC",
                     "--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp",
                     f"{built / 'classes'}:{(built / 'classpath').read_text().strip()}"]
        self.pinned([BIN / "codec_bench", "--rounds", 1, "--stream", self.stream])
        self.pinned([BIN / "codec_bench", "--rounds", 1, "--records", 200_000, "--stream", self.block])

    # Codecs, memory to memory.

    def codecs(self):
        ours, java, pyodps = [], [], []
        with tempfile.TemporaryDirectory() as directory:
            result = pathlib.Path(directory) / "ours.json"
            for number in range(self.rounds):
                say(f"codecs, round {number + 1} of {self.rounds}")
                self.pinned([BIN / "codec_bench", "--json", result, "--rounds", 5, "--stream", self.stream])
                ours.append(read_ours(json.loads(result.read_text())))
                java.append(json.loads(self.pinned([*self.java, "dev.culvert.bench.CodecBench", self.stream])))
                pyodps.append(json.loads(self.pinned([self.python, BENCH / "pyodps_bench.py", self.stream])))
        ours, java, pyodps = spread(ours), spread(java), spread(pyodps)
        size = ours["bytes_per_record"][1]
        rows = []
        for label, values, key in (
            ("Java SDK write", java, "write"), ("Java SDK read, new records", java, "read_new"),
            ("Java SDK read, one record reused", java, "read_reused"), ("Java SDK read and write", java, "copy"),
            ("Java SDK write, deflate", java, "write_deflate"), ("Java SDK read, deflate", java, "read_deflate"),
            ("PyODPS write", pyodps, "write"), ("PyODPS read", pyodps, "read"),
            *((f"Culvert {name}", ours, name) for name in ours if name != "bytes_per_record"),
        ):
            low, middle, high = values[key]
            rows.append([label, f"{low / 1e6:.2f}", f"{middle / 1e6:.2f}", f"{high / 1e6:.2f}",
                         f"{middle * size / 1e6:.0f}"])
        self.tables.append((f"Codecs, one thread, memory to memory, {size:.1f} bytes a record",
                            ["what", "min M rec/s", "median", "max", "MB/s"], rows))

        def ratio(mine, theirs, name):
            return ours[mine][1] / theirs[name][1]

        self.gates += [
            Gate("decode-vs-java", ratio("decode", java, "read"), 8),
            Gate("decode-vs-pyodps", ratio("decode", pyodps, "read"), 25),
            Gate("encode-vs-java", ratio("encode", java, "write"), 10),
            Gate("encode-vs-pyodps", ratio("encode", pyodps, "write"), 60),
            Gate("pass-through-vs-java", ratio("pass-through", java, "copy"), 20),
            Gate("transcode-vs-java", ratio("transcode", java, "copy"), 10),
        ]

    # Tables, through sockets.

    def start_emulator(self):
        emulator = support.Emulator()
        others = [core for core in self.cores if core != self.core] or self.cores
        os.sched_setaffinity(emulator.process.pid, others)
        for thread in os.listdir(f"/proc/{emulator.process.pid}/task"):
            os.sched_setaffinity(int(thread), others)
        return emulator

    def copy_ours(self, runner, source, target, codec):
        """(CPU seconds, wall seconds, report) of one run of culvert-runner."""
        shape = {"codec": codec}
        job = support.sync_job(
            {"maxCompute": {"table": source[0], "column": source[1], **shape}},
            {"maxCompute": {"table": target[0], "column": target[1], "truncate": True, "consistencyCommit": True,
                            **shape}},
            {"speed": {"concurrent": 1}}, {"threads": 1})
        state = tempfile.mkdtemp(dir=runner.directory)
        command = ["taskset", "-c", str(self.core), *map(str, runner.command(job, state=state))]
        begin = time.monotonic()
        with tempfile.TemporaryFile("w+") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.monotonic() - begin
            out.seek(0)
            text = out.read()
        report = support.read_report(state)
        if process.returncode != 0 or report is None:
            raise SystemExit(f"bench: culvert-runner ended with {process.returncode}\n{text[-2000:]}")
        return usage.ru_utime + usage.ru_stime, wall, report

    def copies(self):
        emulator = self.start_emulator()
        directory = tempfile.mkdtemp()
        try:
            runner = support.Runner(directory, emulator)
            account = [emulator.endpoint, support.PROJECT, support.ACCESS_ID, support.ACCESS_SECRET]
            host, port = emulator.endpoint.split("/")[2].split(":")
            sockets = tunnel_load.Account(host, int(port), *account[1:])
            odps_sql(self.python, emulator, [
                f"CREATE TABLE corpus ({CORPUS_COLUMNS})", f"CREATE TABLE corpus_java ({CORPUS_COLUMNS})",
                f"CREATE TABLE same ({CORPUS_COLUMNS})",
                f"CREATE TABLE by_java ({CORPUS_COLUMNS})",
                "CREATE TABLE fewer (note string, id bigint, price double, usr string, ts datetime, cnt bigint)",
                f"CREATE TABLE converted ({CONVERTED_COLUMNS})"])
            stream = self.stream.read_bytes()
            tunnel_load.fill(sockets, "corpus", stream, BLOCKS)
            tunnel_load.fill(sockets, "corpus_java", stream, JAVA_BLOCKS)
            rows, size, java_size = (tunnel_load.rows(sockets, "corpus"), len(stream) * BLOCKS,
                                     len(stream) * JAVA_BLOCKS)
            fewer = ["note", "id", "price", "usr", "ts", "cnt"]
            kinds = {
                "pass-through": (("corpus", ["*"]), ("same", ["*"]), "identity"),
                "transcode": (("corpus", fewer), ("fewer", fewer), "identity"),
                "typed": (("corpus", ["*"]), ("converted", ["*"]), "identity"),
                "pass-through, deflate": (("corpus", ["*"]), ("same", ["*"]), "deflate"),
            }
            cpu = {name: [] for name in [*kinds, "java", "java, deflate"]}
            wall = {name: [] for name in cpu}
            for number in range(self.rounds):
                say(f"copies, round {number + 1} of {self.rounds}")
                for name, (source, target, codec) in kinds.items():
                    seconds, elapsed, report = self.copy_ours(runner, source, target, codec)
                    totals = report["totals"]
                    expected = name.split(",")[0]
                    if totals["route"] != expected:
                        raise SystemExit(f"bench: the {name} job ran by the route {totals['route']!r}")
                    if totals["rowsWritten"] != rows:
                        raise SystemExit(f"bench: the {name} job wrote {totals['rowsWritten']} rows")
                    cpu[name].append(seconds * GB / size)
                    wall[name].append(elapsed * GB / size)
                for name, codec in (("java", "raw"), ("java, deflate", "deflate")):
                    said = json.loads(self.pinned([*self.java, "dev.culvert.bench.CopyBench", *account,
                                                   "corpus_java", "by_java", codec]).splitlines()[-1])
                    cpu[name].append(said["cpu_seconds"] * GB / java_size)
                    wall[name].append(said["wall_seconds"] * GB / java_size)
            self.report_copies(cpu, wall, size)
            self.emulator_speed(emulator, sockets, self.block.read_bytes())
        finally:
            emulator.stop()
            shutil.rmtree(directory, ignore_errors=True)

    def report_copies(self, cpu, wall, size):
        """`cpu` and `wall` are seconds a gigabyte of record bytes."""
        middle = {name: statistics.median(values) for name, values in cpu.items()}
        rows = []
        for name, values in cpu.items():
            theirs = middle["java, deflate" if name.endswith("deflate") else "java"]
            rows.append([("Java SDK loop" + name[4:]) if name.startswith("java") else f"culvert-runner, {name}" + (", three columns to text" if name == "typed" else ""),
                         f"{min(values):.2f}", f"{middle[name]:.2f}", f"{max(values):.2f}",
                         f"{theirs / middle[name]:.1f}", f"{1000 / statistics.median(wall[name]):.0f}"])
        self.tables.append((
            f"Table to table through the emulator, one stream, {size / 1e6:.0f} MB of records; sockets and start included",
            ["what", "min CPU s/GB", "median", "max", "vs Java", "MB/s"], rows))
        self.gates += [
            Gate("copy-pass-through-vs-typed", middle["typed"] / middle["pass-through"], 2),
            Gate("copy-pass-through-vs-java", middle["java"] / middle["pass-through"], 5),
            Gate("copy-deflate-vs-java", middle["java, deflate"] / middle["pass-through, deflate"], 4),
        ]

    def emulator_speed(self, emulator, account, stream):
        """Raw bytes through the emulator on two connections; here it may use all cores."""
        for thread in os.listdir(f"/proc/{emulator.process.pid}/task"):
            os.sched_setaffinity(int(thread), self.cores)
        session = tunnel_load.upload_session(account, "by_java")
        tunnel_load.upload_rate(account, "by_java", session, stream, repeats=4)  # has its memory by now
        rates = {"download": [], "upload": []}
        cpu = {"download": [], "upload": []}
        for number in range(self.rounds):
            say(f"emulator, round {number + 1} of {self.rounds}")
            for name, work in (
                ("download", lambda: tunnel_load.download_rate(account, "corpus", repeats=2)),
                ("upload", lambda: tunnel_load.upload_rate(account, "by_java", session, stream, repeats=30)),
            ):
                before = cpu_seconds(emulator.process.pid)
                rate, total = work()
                rates[name].append(rate / 1e6)
                cpu[name].append((cpu_seconds(emulator.process.pid) - before) * GB / total)
        self.tables.append(("The emulator, raw, two connections of plain sockets", [
            "what", "min MB/s", "median", "max", "its CPU s/GB"], [
                [name, f"{min(values):.0f}", f"{statistics.median(values):.0f}", f"{max(values):.0f}",
                 f"{statistics.median(cpu[name]):.2f}"] for name, values in rates.items()]))
        self.gates += [Gate("emulator-download-MB/s", statistics.median(rates["download"]), 1000),
                       Gate("emulator-upload-MB/s", statistics.median(rates["upload"]), 800)]

    def write_page(self, path):
        lines = [
            "# Speed", "",
            "Written by `make bench`; do not edit. Everything was measured in one run, rounds interleaved, each program",
            f"pinned to one core, by CPU time. {self.rounds} rounds. {cpu_name()}, {len(self.cores)} cores,",
            f"{platform.system()} {platform.release().split('-')[0]}. Java SDK odps-sdk-core 0.57.1-public, PyODPS 0.13.2 with its C",
            "extensions. Ratios are what counts: absolute figures are those of one machine.", "",
        ]
        for title, header, rows in self.tables:
            lines += [f"## {title}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
            lines += ["| " + " | ".join(row) + " |" for row in rows] + [""]
        lines += ["## Gates", "", "| gate | value | limit | |", "|---|---|---|---|"]
        lines += [f"| {gate.name} | {gate.value:.2f} | {'≥' if gate.at_least else '≤'} {gate.limit:g} | "
                  f"{'pass' if gate.passed else 'fail'} |" for gate in self.gates]
        path.write_text("\n".join(lines) + "\n")


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def read_ours(result):
    """Records a second of each case of codec_bench, and the bytes of a record."""
    rates = {case["name"]: case["records"] / statistics.median(case["cpu_seconds"]) for case in result}
    return {**rates, "bytes_per_record": result[0]["bytes"] / result[0]["records"]}


def spread(rounds):
    """{name: (min, median, max)} over the rounds."""
    return {name: (min(values), statistics.median(values), max(values))
            for name in rounds[0] for values in [[each[name] for each in rounds]]}


def odps_sql(python, emulator, statements):
    code = ("import json, sys; from odps import ODPS, options; options.sql.use_odps2_extension = True; a = json.load(sys.stdin); "
            "o = ODPS(*a['account'], endpoint=a['endpoint']); [o.execute_sql(s) for s in a['statements']]")
    subprocess.run([python, "-c", code], check=True, text=True, input=json.dumps({
        "account": [support.ACCESS_ID, support.ACCESS_SECRET, support.PROJECT], "endpoint": emulator.endpoint,
        "statements": statements}))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def print_table(title, header, rows):
    widths = [max(len(row[index]) for row in [header, *rows]) for index in range(len(header))]
    print(f"\n{title}")
    for row in [header, *rows]:
        print("  " + "  ".join(cell.ljust(width) if index == 0 else cell.rjust(width)
                               for index, (cell, width) in enumerate(zip(row, widths))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["codecs", "copies"])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs" / "benchmarks.md")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(arguments.rounds)
    bench.prepare()
    if arguments.only != "copies":
        bench.codecs()
    if arguments.only != "codecs":
        bench.copies()
    for table in bench.tables:
        print_table(*table)
    print()
    for gate in bench.gates:
        print(gate.line())
    if arguments.only is None:
        bench.write_page(arguments.out)
    return 0 if all(gate.passed for gate in bench.gates) else 1


if __name__ == "__main__":
    sys.exit(main())
