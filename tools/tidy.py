#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over every unit of ours that changed since it last passed.

Most of what clang-tidy costs is the headers of others, which it walks anew for each unit. So the
units of one CMake target are read in batches, each batch as one translation unit that includes them
(the presets asan and tsan compile them so, too).

A unit that passed leaves a stamp, build/tidy/clean/UNIT, which holds a digest of the unit, of all
headers of ours that it reaches, of .clang-tidy, of its compile command and of clang-tidy's version.
While the digest is the same, the unit is not read again. Headers of others are not in the digest:
after an update of the system, remove build/tidy.

Usage: tidy.py [--jobs N] [--self-test] [PATH...]; a PATH is a room or a unit, all rooms when none
is given. Exit 0 when nothing is found, else 1 and each finding once.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/tidy"
TIDY = "clang-tidy-19"
ROOMS = ("libs", "emulator", "runner", "operator", "plugin")
BATCH_UNITS_MAX = 24  # a batch takes half a minute and 1 GB

INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.M)
FINDING = re.compile(r"^(?P<path>/[^:]+):(?P<line>\d+):\d+: (?:warning|error): .*\[[\w.,+-]+\]$")


@dataclasses.dataclass(frozen=True)
class Unit:
    """A .cc of ours, by its path from the root, and how it is compiled."""

    path: str
    target: str
    flags: tuple


@dataclasses.dataclass(frozen=True)
class Finding:
    """One complaint: where (path from the root, or absolute outside of it), and its whole text."""

    path: str
    line: int
    text: str

    def key(self):
        """The first line has place, words and check; the notes below differ from batch to batch."""
        return self.text.split("\n", 1)[0]


def units_of(commands, root):
    """The units of our rooms, from the entries of compile_commands.json."""
    units = []
    for entry in commands:
        path = pathlib.Path(entry["file"])
        if not path.is_relative_to(root) or path.relative_to(root).parts[0] not in ROOMS:
            continue
        words = shlex.split(entry["command"])
        output = words[words.index("-o") + 1]
        # Perhaps ccache, and the compiler, before the flags; `-o OUTPUT -c FILE` after them.
        first = next(i for i, word in enumerate(words) if word.startswith("-"))
        flags = words[first : words.index("-o")]
        target = re.search(r"CMakeFiles/(.+?)\.dir/", output).group(1)
        units.append(Unit(path.relative_to(root).as_posix(), target, tuple(flags)))
    return sorted(units, key=lambda unit: unit.path)


class Reach:
    """The files of ours that a file includes, itself among them. Reads each file once."""

    def __init__(self, root):
        self.root = root
        self.digests = {}
        self.included = {}

    def of(self, path):
        reached, waiting = set(), [path]
        while waiting:
            path = waiting.pop()
            if path in reached:
                continue
            reached.add(path)
            waiting += self._read(path)
        return reached

    def digest(self, path):
        self._read(path)
        return self.digests[path]

    def _read(self, path):
        if path not in self.included:
            text = (self.root / path).read_bytes()
            self.digests[path] = hashlib.sha256(text).hexdigest()
            names = (name.decode() for name in INCLUDE.findall(text))
            self.included[path] = [name for name in names if (self.root / name).is_file()]
        return self.included[path]


def digest_of(unit, reach, setting):
    """What a stamp holds. `setting` is what all units share: configuration and version."""
    whole = hashlib.sha256(setting + "\0".join(unit.flags).encode())
    for path in sorted(reach.of(unit.path)):
        whole.update(f"{path} {reach.digest(path)}\n".encode())
    return whole.hexdigest()


def batches_of(units):
    """Lists of at most BATCH_UNITS_MAX units of one target and the same flags, of even length."""
    alike = collections.defaultdict(list)
    for unit in units:
        alike[unit.target, unit.flags].append(unit)
    batches = []
    for group in alike.values():
        count = -(-len(group) // BATCH_UNITS_MAX)
        batches += [group[i * len(group) // count : (i + 1) * len(group) // count] for i in range(count)]
    return sorted(batches, key=len, reverse=True)  # the long ones first, so that none is waited for


def findings_in(output, root):
    """The findings in clang-tidy's output: each one's line and the notes and sources below it."""
    findings, lines = [], None
    for line in output.splitlines():
        match = FINDING.match(line)
        if match:
            path = pathlib.Path(os.path.normpath(match["path"]))
            name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
            lines = [line.replace(f"{root}/", "")]
            findings.append((name, int(match["line"]), lines))
        elif lines is not None:
            lines.append(line.replace(f"{root}/", ""))
    return [Finding(path, number, "\n".join(lines)) for path, number, lines in findings]


def without(findings, told):
    """Those not told yet, each once, by file and line: every batch that reads a header finds the same there."""
    known = {finding.key() for finding in told}
    once = {finding.key(): finding for finding in findings if finding.key() not in known}
    return sorted(once.values(), key=lambda finding: (finding.path, finding.line, finding.text))


def passed(batch, findings, reach):
    """The units of a batch that no finding can belong to: all findings lie in files they do not reach."""
    blamed = {finding.path for finding in findings}
    reached = {unit: reach.of(unit.path) for unit in batch}
    if not blamed <= set().union(*reached.values()):
        return []
    return [unit for unit in batch if not blamed & reached[unit]]


def examine(number, batch):
    """Runs clang-tidy over one batch. Returns its findings, and its own words when it failed."""
    source = BUILD / "batches" / f"{batch[0].target}_{number}.cc"
    source.write_text(
        "".join(f'#include "{ROOT / unit.path}"  // NOLINT(bugprone-suspicious-include)\n' for unit in batch)
    )
    command = [TIDY, "--quiet", f"--config-file={ROOT / '.clang-tidy'}", str(source), "--"]
    # A name of an earlier unit is in sight of a later one here, which is all that -Wshadow would say.
    done = subprocess.run(
        command + list(batch[0].flags) + ["-Wno-shadow"], capture_output=True, text=True, check=False
    )
    findings = findings_in(done.stdout, ROOT)
    failure = done.stdout + done.stderr if done.returncode and not findings else ""
    return findings, failure


def stamp_of(unit):
    return BUILD / "clean" / unit.path


def tidy(paths, jobs):
    database = BUILD / "compile_commands.json"
    if not database.is_file():
        print("tidy: build/tidy/compile_commands.json is missing; first run: cmake --preset tidy")
        return 1
    commands = json.loads(database.read_text())
    units = [
        unit
        for unit in units_of(commands, ROOT)
        if not paths or any(unit.path == path or unit.path.startswith(path + "/") for path in paths)
    ]
    if not units:
        print(f"tidy: no unit of ours in {' '.join(paths)}")
        return 1
    version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    setting = version.encode() + (ROOT / ".clang-tidy").read_bytes()
    reach = Reach(ROOT)
    digests = {unit: digest_of(unit, reach, setting) for unit in units}

    def is_clean(unit):
        stamp = stamp_of(unit)
        return stamp.is_file() and stamp.read_text() == digests[unit]

    changed = [unit for unit in units if not is_clean(unit)]
    batches = batches_of(changed)
    (BUILD / "batches").mkdir(parents=True, exist_ok=True)
    began, read, findings, failed = time.monotonic(), 0, [], 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(examine, number, batch): batch for number, batch in enumerate(batches)}
        for done in concurrent.futures.as_completed(running):
            batch = running[done]
            found, failure = done.result()
            fresh = without(found, findings)
            findings += fresh
            print("".join(f"{finding.text}\n\n" for finding in fresh) + failure, end="")
            failed += 1 if failure else 0
            after = Reach(ROOT)  # what was edited meanwhile gets no stamp
            for unit in [] if failure else passed(batch, found, reach):
                if digest_of(unit, after, setting) != digests[unit]:
                    continue
                stamp_of(unit).parent.mkdir(parents=True, exist_ok=True)
                stamp_of(unit).write_text(digests[unit])
            read += len(batch)
            seconds = time.monotonic() - began
            print(
                f"tidy: {read} of {len(changed)} units read in {seconds:.0f} s, {len(findings)} findings",
                flush=True,
            )
    if findings or failed:
        files = len({finding.path for finding in findings})
        print(f"tidy: {len(findings)} findings in {files} files, clang-tidy failed on {failed} batches")
        return 1
    print(f"tidy: 0 findings in {len(units)} units ({len(changed)} read, the others unchanged since they passed)")
    return 0


def self_test():
    """Checks what decides: which units are read again, how they are batched, which findings count."""
    failures = []

    def expect(what, got, wanted):
        if got != wanted:
            failures.append(f"{what}: got {got}, wanted {wanted}")

    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        files = {
            "libs/a.h": '#include "libs/deep.h"\n',
            "libs/deep.h": "#include <vector>\n",
            "libs/a.cc": '#include "libs/a.h"\n',
            "libs/b.cc": "\n",
        }
        for path, text in files.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text)
        a, b = Unit("libs/a.cc", "t", ("-O2",)), Unit("libs/b.cc", "t", ("-O2",))

        def digests(setting=b"1"):
            reach = Reach(root)
            return digest_of(a, reach, setting), digest_of(b, reach, setting)

        expect("reach", Reach(root).of("libs/a.cc"), {"libs/a.cc", "libs/a.h", "libs/deep.h"})
        before = digests()
        expect("digest of the same tree", digests(), before)
        (root / "libs/deep.h").write_text("#include <map>\n")
        expect("digests that a deep header changes", [x == y for x, y in zip(digests(), before)], [False, True])
        expect("digests that a setting changes", [x == y for x, y in zip(digests(b"2"), before)], [False, False])
        other = dataclasses.replace(b, flags=("-O0",))
        expect("flags are in the digest", digest_of(other, Reach(root), b"1") == before[1], False)

        reach = Reach(root)
        header, own = Finding("libs/deep.h", 1, ""), Finding("libs/b.cc", 1, "")
        expect("units without findings", passed([a, b], [], reach), [a, b])
        expect("a header blames its readers", passed([a, b], [header], reach), [b])
        expect("a unit blames itself", passed([a, b], [own], reach), [a])
        expect("a file of others blames all", passed([a, b], [Finding("/usr/include/x.h", 1, "")], reach), [])

    entry = {
        "file": "/r/libs/x.cc",
        "command": "ccache clang++-19 -DX=1 -isystem /r -O2 -o libs/CMakeFiles/culvert_x.dir/x.cc.o -c /r/libs/x.cc",
    }
    unit = Unit("libs/x.cc", "culvert_x", ("-DX=1", "-isystem", "/r", "-O2"))
    alien = {**entry, "file": "/r/tests/y.cc"}
    expect("units of commands", units_of([entry, alien], pathlib.Path("/r")), [unit])

    many = [dataclasses.replace(unit, path=f"libs/{i}.cc") for i in range(BATCH_UNITS_MAX + 2)]
    alone = dataclasses.replace(unit, target="culvert_z")
    half = BATCH_UNITS_MAX // 2 + 1
    expect("batches", batches_of(many + [alone]), [many[:half], many[half:], [alone]])

    first = "/r/libs/b.h:7:3: error: say this [bugprone-x,-warnings-as-errors]"
    second = "/r/libs/a.h:9:1: error: say that [misc-y,-warnings-as-errors]"
    output = f"{first}\n    7 | code\n      |   ^\n/r/libs/b.h:8:1: note: because\n{second}\n"
    twice = 2 * findings_in(output, pathlib.Path("/r"))
    found = without(twice, [])
    expect("findings, each once", [(f.path, f.line) for f in found], [("libs/a.h", 9), ("libs/b.h", 7)])
    expect("findings that were told", without(twice, found[:1]), found[1:])
    expect("notes stay below", found[1].text.splitlines()[-1:], ["libs/b.h:8:1: note: because"])
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="batches at once")
    parser.add_argument("--self-test", action="store_true", help="check this tool")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a room or a unit; all rooms by default")
    arguments = parser.parse_args()
    if arguments.self_test:
        failures = self_test()
        print("\n".join(failures) or "tidy: the self-test passes")
        return 1 if failures else 0
    return tidy([path.rstrip("/") for path in arguments.paths], arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
