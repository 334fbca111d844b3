#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Breaks the product in one line at a time and expects the test of the line's feature to notice.

tests/mutants.toml lists the mutants: a row of docs/features.md, a file, one line of it, what it becomes, and the test that must fail,
one of those that the row names. Each is built and run in a copy of the tree below build/mutants; the checkout is not touched.
A mutant that survives, that does not compile, or whose test fails without it, fails the run.

    tools/mutants.py                all of them
    tools/mutants.py --check        builds nothing: every line is there once, every row names its test
    tools/mutants.py --only WORDS   those whose row, file or test contains WORDS
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import check_features

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "mutants.toml"
COPY = ROOT / "build" / "mutants" / "tree"
SECONDS_MAX = 300  # of one test; a mutant that hangs is noticed too


@dataclass(frozen=True)
class Mutant:
    """One line of the product, changed."""

    row: str
    file: str
    line: str
    becomes: str
    test: str

    def __str__(self) -> str:
        return f"{self.file}: {self.line}  ->  {self.becomes}"


def read_list() -> list[Mutant]:
    return [Mutant(**entry) for entry in tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"]]


def programs() -> dict[str, str]:
    """Test suite -> the test program that holds it, as tests/**/CMakeLists.txt say."""
    found: dict[str, str] = {}
    for listing in sorted((ROOT / "tests").rglob("CMakeLists.txt")):
        for name, body in re.findall(r"culvert_test\((\w+)([^)]*)\)", listing.read_text(encoding="utf-8")):
            for source in re.findall(r"[\w./-]+\.cc", body):
                path = listing.parent / source
                if path.exists():
                    for suite in re.findall(r"^TEST(?:_F|_P)?\(\s*(\w+)", path.read_text(encoding="utf-8"), re.M):
                        found.setdefault(suite, name)
    return found


def check(mutants: list[Mutant]) -> list[str]:
    """One line for each mutant that cannot be made, or whose test does not belong to its row."""
    page = check_features.read_page((ROOT / check_features.PAGE).read_text(encoding="utf-8"))
    tests_of = {check_features.words_of(row): row.tests() for row in page}
    suites = programs()
    faults = []
    for mutant in mutants:
        count = 0
        if (ROOT / mutant.file).exists():
            count = sum(line.strip() == mutant.line for line in (ROOT / mutant.file).read_text(encoding="utf-8").splitlines())
        if count != 1:
            faults.append(f"{mutant}: the line is there {count} times")
        if mutant.test not in tests_of.get(mutant.row, []):
            faults.append(f"{mutant}: the row '{mutant.row}' does not name {mutant.test}")
        if mutant.test.split(".")[0] not in suites:
            faults.append(f"{mutant}: no test program has {mutant.test}")
    return faults


def copy_tree() -> None:
    """The tracked and new files of the checkout, without those that git ignores; files that did not change keep their times."""
    COPY.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True,
                            check=True).stdout.split(b"\0")
    wanted = {os.fsdecode(name) for name in listed if name and (ROOT / os.fsdecode(name)).exists()}
    for name in wanted:
        source, target = ROOT / name, COPY / name
        if source.is_symlink() or not source.is_file():
            continue
        content = source.read_bytes()
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)  # with the time of now: an older one could be before that of its object
    for path in list(COPY.rglob("*")):
        relative = path.relative_to(COPY)
        if path.is_file() and relative.parts[0] != "build" and str(relative) not in wanted:
            path.unlink()


def build(targets: set[str], jobs: int) -> bool:
    log = COPY.parent / "build.log"
    with log.open("wb") as out:
        return subprocess.run(["cmake", "--build", "--preset", "release", "-j", str(jobs), "--target", *sorted(targets)], cwd=COPY,
                              stdout=out, stderr=subprocess.STDOUT, check=False).returncode == 0


def passes(program: str, test: str) -> bool:
    """Whether the test passes; one that takes too long, or is not there, does not."""
    path = next((COPY / "build" / "release").rglob(program), None)
    if path is None:
        raise SystemExit(f"mutants: no program {program} was built")
    log = COPY.parent / "test.log"
    with log.open("wb") as out:
        try:
            done = subprocess.run([str(path), f"--gtest_filter={test}:*/{test}/*:{test}/*", "--gtest_fail_fast"], cwd=path.parent,
                                  stdout=out, stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0 and b"[  PASSED  ] 0 tests" not in log.read_bytes()


def run(mutants: list[Mutant], jobs: int) -> int:
    copy_tree()
    # clang compiles in half the time of GCC, and the tests look at what the code does.
    subprocess.run(["cmake", "--preset", "release", "-DCULVERT_QUICK_BUILD=ON", "-DCMAKE_C_COMPILER=clang-19",
                    "-DCMAKE_CXX_COMPILER=clang++-19"], cwd=COPY, stdout=subprocess.DEVNULL, check=True)
    suites = programs()
    program_of = {mutant: suites[mutant.test.split(".")[0]] for mutant in mutants}
    print(f"mutants: building {len(set(program_of.values()))} test programs", flush=True)
    if not build(set(program_of.values()), jobs):
        print(f"mutants: the tree does not build: {COPY.parent / 'build.log'}", file=sys.stderr)
        return 1
    for test in sorted({mutant.test for mutant in mutants}):
        if not passes(suites[test.split(".")[0]], test):
            print(f"mutants: {test} fails without any mutant: {COPY.parent / 'test.log'}", file=sys.stderr)
            return 1
    killed = 0
    for number, mutant in enumerate(mutants, 1):
        path = COPY / mutant.file
        original = path.read_text(encoding="utf-8")
        lines = original.splitlines(keepends=True)
        at = next(i for i, line in enumerate(lines) if line.strip() == mutant.line)
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        lines[at] = indent + mutant.becomes + "\n"
        begin = time.monotonic()
        path.write_text("".join(lines), encoding="utf-8")
        try:
            if not build({program_of[mutant]}, jobs):
                verdict = "DOES NOT COMPILE"
            else:
                verdict = "SURVIVED" if passes(program_of[mutant], mutant.test) else "killed"
        finally:
            path.write_text(original, encoding="utf-8")
        killed += verdict == "killed"
        print(f"{number:3}/{len(mutants)} {verdict:8} {time.monotonic() - begin:5.1f} s  {mutant.row} ({mutant.test})", flush=True)
        if verdict != "killed":
            print(f"        {mutant}", flush=True)
    rows = len({mutant.row for mutant in mutants})
    print(f"mutants: {killed} of {len(mutants)} killed, over {rows} rows")
    return 0 if killed == len(mutants) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="build nothing, check the list")
    parser.add_argument("--only", default="", metavar="WORDS", help="mutants whose row, file or test contains WORDS")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="compilers at once")
    arguments = parser.parse_args()
    mutants = read_list()
    faults = check(mutants)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults or arguments.check:
        print(f"mutants: {len(mutants)} listed, {len(faults)} faults in the list")
        return 1 if faults else 0
    wanted = [m for m in mutants if arguments.only in m.row or arguments.only in m.file or arguments.only in m.test]
    if not wanted:
        raise SystemExit(f"mutants: none matches '{arguments.only}'")
    return run(wanted, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
