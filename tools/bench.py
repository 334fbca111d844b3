#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: Culvert, the Java SDK and PyODPS side by side, in one run on one pinned core.

Rounds are interleaved, medians are compared; gates are ratios, because machines differ. Prints tables, then one
line a gate, `gate NAME VALUE LIMIT pass|fail`; writes docs/benchmarks.md; exits 1 when a gate fails.
"""

import argparse
import json
import os
import pathlib
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

from bench_report import Gate, Report, cpu_name, cpu_seconds, say  # noqa: E402

import speed_limits  # noqa: E402  (tests/bench)
import support  # noqa: E402  (tests/foreign/pyodps)
import tunnel_load  # noqa: E402  (tests/bench)

CORPUS_COLUMNS = ("id bigint, qty bigint, price double, usr string, city string, ts datetime, flag boolean, "
                  "amount decimal(18,2), cnt bigint, note string")
# Numbers and times as text: what the typed route is for.
CONVERTED_COLUMNS = (CORPUS_COLUMNS.replace("qty bigint", "qty string").replace("ts datetime", "ts string")
                     .replace("cnt bigint", "cnt string"))
BLOCKS = 31  # of the table that Culvert copies, each the whole corpus: 1 GiB of record bytes
SMALL_BLOCKS = 2  # of a table of 64 MiB, for the memory gates
UPLOADS = 20  # blocks a connection of one measurement of the emulator
JAVA_BLOCKS = 4  # of the table that the Java loop copies: it takes ten times as long for each byte
GB = 1e9
STEP_SECONDS_MAX = 300  # one program of one round; all of it takes less than 15 minutes on two cores
NULL_SHARE = {"download": 0.7, "upload": 0.4}  # of what a null server reaches, when that is the lower limit
RATES = {"download": 1000, "upload": 800}  # MB/s that the emulator must reach


class Bench:
    def __init__(self, rounds):
        self.rounds = rounds
        self.cores = sorted(os.sched_getaffinity(0))
        self.core = self.cores[-1]  # what is measured; the emulator has the others
        self.java = None
        self.stream = ROOT / "build" / "bench" / "stream.bin"  # the corpus, for all programs
        self.block = ROOT / "build" / "bench" / "block.bin"  # some of it: a block that fits the emulator's chunks
        self.python = ROOT / "build" / "foreign" / "venv" / "bin" / "python"
        self.report = Report()
        self.gates, self.tables, self.notes = self.report.gates, self.report.tables, self.report.notes

    def pinned(self, command, **options):
        try:
            done = subprocess.run(["taskset", "-c", str(self.core), *map(str, command)], stdout=subprocess.PIPE,
                                  text=True, timeout=STEP_SECONDS_MAX, **options)
        except subprocess.TimeoutExpired:
            raise SystemExit(f"bench: {command[0]} took more than {STEP_SECONDS_MAX} s") from None
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
                f"CREATE TABLE corpus_small ({CORPUS_COLUMNS})", f"CREATE TABLE same ({CORPUS_COLUMNS})",
                f"CREATE TABLE by_java ({CORPUS_COLUMNS})", f"CREATE TABLE limited ({CORPUS_COLUMNS})",
                "CREATE TABLE fewer (note string, id bigint, price double, usr string, ts datetime, cnt bigint)",
                f"CREATE TABLE converted ({CONVERTED_COLUMNS})"])
            stream = self.stream.read_bytes()
            tunnel_load.fill(sockets, "corpus", stream, BLOCKS)
            tunnel_load.fill(sockets, "corpus_java", stream, JAVA_BLOCKS)
            tunnel_load.fill(sockets, "corpus_small", stream, SMALL_BLOCKS)
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
            self.memory(runner)
            self.limits(runner)
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
            label = f"Java SDK loop{name[4:]}" if name.startswith("java") else f"culvert-runner, {name}"
            rows.append([label + (", three columns to text" if name == "typed" else ""), f"{min(values):.2f}",
                         f"{middle[name]:.2f}", f"{max(values):.2f}", f"{theirs / middle[name]:.1f}",
                         f"{1000 / statistics.median(wall[name]):.0f}"])
        self.tables.append((
            f"Table to table through the emulator, one stream, {size / 1e6:.0f} MB of records, sockets and start included",
            ["what", "min CPU s/GB", "median", "max", "vs Java", "MB/s"], rows))
        self.gates += [
            Gate("copy-pass-through-vs-typed", middle["typed"] / middle["pass-through"], 2),
            Gate("copy-pass-through-vs-java", middle["java"] / middle["pass-through"], 5),
            Gate("copy-deflate-vs-java", middle["java, deflate"] / middle["pass-through, deflate"], 4),
        ]

    # The runner itself.

    def memory(self, runner):
        """Peak memory of one copy: streams, data and route in every combination."""
        rows = []
        for streams in (1, 16):
            for data, table in (("64 MiB", "corpus_small"), ("1 GiB", "corpus")):
                peaks = {}
                for route, target in (("pass-through", "same"), ("typed", "converted")):
                    say(f"memory, {streams} streams, {data}, {route}")
                    job = support.sync_job(
                        {"maxCompute": {"table": table, "column": ["*"]}},
                        {"maxCompute": {"table": target, "column": ["*"], "truncate": True, "consistencyCommit": True}},
                        {"speed": {"concurrent": streams}}, {"threads": streams})
                    state = tempfile.mkdtemp(dir=runner.directory)
                    code, peaks[route] = support.peak_memory(runner.command(job, state=state))
                    ran = support.read_report(state)
                    if code != 0 or ran is None or ran["totals"]["route"] != route:
                        raise SystemExit(f"bench: the {route} job for its memory ended with {code}")
                limit = 48 + 2.5 * streams
                rows.append([f"{streams} stream{'s' if streams > 1 else ''}, {data}",
                             *(f"{peak:.1f}" for peak in peaks.values()), f"{limit:.1f}"])
                name = f"memory-{streams}-streams-{data.replace(' ', '')}"
                self.gates.append(Gate(name, max(peaks.values()), limit, at_least=False))
        self.tables.append(("Peak memory of culvert-runner, MiB", ["what", "pass-through", "typed", "limit"], rows))

    def limits(self, runner):
        """How far the measured speed is from the one that was asked for, over a minute."""
        say(f"speed limits, {speed_limits.SECONDS} s")
        shares = speed_limits.measure(runner, "corpus", ["same", "by_java", "limited"])
        self.tables.append((f"Speed limits, over {speed_limits.SECONDS} s", ["what", "measured / asked"],
                            [[name, f"{share:.3f}"] for name, share in shares.items()]))
        worst = max(abs(share - 1) for share in shares.values())
        self.gates.append(Gate("speed-limit-deviation-%", 100 * worst, 5, at_least=False))

    def start(self):
        """From exec to the first byte of the first request."""
        say("start")
        with tempfile.TemporaryDirectory() as directory:
            took = support.first_request_milliseconds(directory, runs=5 * self.rounds)
        self.tables.append(("Start of culvert-runner to its first request, with a fresh journal", [
            "what", "min ms", "median", "max"], [
                ["run", f"{min(took):.1f}", f"{statistics.median(took):.1f}", f"{max(took):.1f}"]]))
        self.gates.append(Gate("start-to-first-request-ms", statistics.median(took), 50, at_least=False))

    def emulator_speed(self, emulator, account, stream):
        """Raw bytes through the emulator and through a null server by the same client; on all cores."""
        for thread in os.listdir(f"/proc/{emulator.process.pid}/task"):
            os.sched_setaffinity(int(thread), self.cores)
        session = tunnel_load.upload_session(account, "by_java")
        tunnel_load.upload_rate(account, "by_java", session, stream, repeats=UPLOADS)  # has its memory by now
        null = tunnel_load.NullServer(b"x" * (8 << 20))
        try:
            size = self.stream.stat().st_size * BLOCKS
            works = {
                ("emulator", "download"): lambda: tunnel_load.download_rate(account, "corpus", repeats=1),
                ("null server", "download"): lambda: null.download_rate(size, repeats=1),
                ("emulator", "upload"): lambda: tunnel_load.upload_rate(
                    account, "by_java", session, stream, repeats=UPLOADS),
                ("null server", "upload"): lambda: tunnel_load.upload_rate(
                    null.account, "null", "null", stream, repeats=UPLOADS),
            }
            rates, server, client = ({key: [] for key in works} for _ in range(3))
            for number in range(self.rounds):
                say(f"emulator, round {number + 1} of {self.rounds}")
                for key, work in works.items():
                    pid = emulator.process.pid if key[0] == "emulator" else null.pid
                    before, mine = cpu_seconds(pid), os.times()
                    rate, total = work()
                    after = os.times()
                    rates[key].append(rate / 1e6)
                    server[key].append((cpu_seconds(pid) - before) * GB / total)
                    client[key].append((after.children_user + after.children_system - mine.children_user
                                        - mine.children_system) * GB / total)
        finally:
            null.stop()
        title = "Raw bytes over two loopback connections, all cores, plain sockets as the client"
        self.tables.append((title, [
            "what", "min MB/s", "median", "max", "server CPU s/GB", "client CPU s/GB"], [
                [f"{name}, {way}", f"{min(values):.0f}", f"{statistics.median(values):.0f}", f"{max(values):.0f}",
                 f"{statistics.median(server[name, way]):.2f}", f"{statistics.median(client[name, way]):.2f}"]
                for (name, way), values in rates.items()]))
        self.notes[title] = []
        for way, wanted in RATES.items():
            mine, best = (statistics.median(rates[name, way]) for name in ("emulator", "null server"))
            share = NULL_SHARE[way]
            limit = min(wanted, share * best)
            if mine < wanted:
                spent = [statistics.median(side["emulator", way]) for side in (server, client)]
                self.notes[title].append(
                    f"{way}: {mine:.0f} MB/s of {wanted}: the client and the loopback alone reach {best:.0f} MB/s "
                    f"here, and of {sum(spent):.2f} CPU seconds a gigabyte on {len(self.cores)} cores the client takes "
                    f"{spent[1]:.2f}; so the limit of this run is {share:g} of the null server's rate")
            self.gates.append(Gate(f"emulator-{way}-MB/s", mine, limit))

    def introduction(self):
        return [
            "# Speed", "",
            "Written by `make bench`; do not edit. Everything was measured in one run on one machine:",
            f"{cpu_name()}, {len(self.cores)} cores. {self.rounds} rounds, interleaved; medians are compared. Codecs and",
            "copies are measured by CPU time, each program pinned to the same core, on the same bytes; the Java SDK has",
            "compiled what is hot before it is measured. Java SDK odps-sdk-core 0.57.1-public, PyODPS 0.13.2 with its C",
            "extensions. Ratios are what counts: absolute figures are a record of that machine.",
        ]


def read_ours(result):
    """Records a second of each case of codec_bench, and the bytes of a record."""
    rates = {case["name"]: case["records"] / statistics.median(case["cpu_seconds"]) for case in result}
    return {**rates, "bytes_per_record": result[0]["bytes"] / result[0]["records"]}


def spread(rounds):
    """{name: (min, median, max)} over the rounds."""
    return {name: (min(values), statistics.median(values), max(values))
            for name in rounds[0] for values in [[each[name] for each in rounds]]}


def odps_sql(python, emulator, statements):
    code = ("import json, sys; from odps import ODPS, options; options.sql.use_odps2_extension = True; "
            "a = json.load(sys.stdin); o = ODPS(*a['account'], endpoint=a['endpoint']); [o.execute_sql(s) for s in a['statements']]")
    subprocess.run([python, "-c", code], check=True, text=True, input=json.dumps({
        "account": [support.ACCESS_ID, support.ACCESS_SECRET, support.PROJECT], "endpoint": emulator.endpoint,
        "statements": statements}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["codecs", "copies"])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs" / "benchmarks.md")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if arguments.rounds < 5 and arguments.only is None:
        parser.error("a page is written from at least 5 rounds")
    begin = time.monotonic()
    bench = Bench(arguments.rounds)
    bench.prepare()
    if arguments.only != "copies":
        bench.codecs()
    if arguments.only != "codecs":
        bench.start()
        bench.copies()
    bench.report.print()
    say(f"{(time.monotonic() - begin) / 60:.1f} minutes")
    if arguments.only is None:
        bench.report.write_page(arguments.out, bench.introduction())
    return 0 if bench.report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
