#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""`make faults`: every fault plan and a thousand kills, one program after the other; a part of them is in `make test`.

The programs are those whose tests print `faults: N plans, K kills` (tests/support/fault_plans.h). Prints one line for each, then
`faults: N plans, K kills, 0 lost, 0 doubled, 0 partial`: every plan compares the rows of the target with those of the source, so a
lost, doubled or partial row is a failed test, and then the last line names it and the program exits 1.

    tools/faults.py                all of them
    tools/faults.py --only WORDS   programs whose name contains WORDS
    tools/faults.py --minutes 60   stops after so many minutes with a failure
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / "build" / "release" / "bin"
LOGS = ROOT / "build" / "faults"
PROGRAMS = ["crash_points_test", "operator_crash_test", "operator_faults_test", "schedule_crash_test"]
TOLD = re.compile(r"^faults: (\d+) plans, (\d+) kills$", re.M)
FAILED = re.compile(r"^\[  FAILED  \] (\S+\.\S+?),? ", re.M)


def run(name: str, end: float) -> tuple[int, int, list[str]]:
    """(plans, kills, failed tests) of one program; its output stays in build/faults."""
    log = LOGS / f"{name}.log"
    with log.open("w", encoding="utf-8") as out:
        try:
            code = subprocess.run([BIN / name], env={**os.environ, "CULVERT_FAULTS": "all"}, stdout=out, stderr=subprocess.STDOUT,
                                  timeout=max(1.0, end - time.monotonic()), check=False).returncode
        except subprocess.TimeoutExpired:
            return 0, 0, [f"{name} (did not end in time)"]
    text = log.read_text(encoding="utf-8", errors="replace")
    told = [(int(plans), int(kills)) for plans, kills in TOLD.findall(text)]
    failed = sorted(set(FAILED.findall(text)))
    if code != 0 and not failed:
        failed = [f"{name} (exit code {code})"]
    if not told:
        failed.append(f"{name} (no plan was carried out)")
    return sum(plans for plans, _ in told), sum(kills for _, kills in told), failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="WORDS")
    parser.add_argument("--minutes", type=float, default=60)
    arguments = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + 60 * arguments.minutes
    plans, kills, failed = 0, 0, []
    for name in (program for program in PROGRAMS if arguments.only in program):
        began = time.monotonic()
        more_plans, more_kills, wrong = run(name, end)
        plans, kills = plans + more_plans, kills + more_kills
        failed += wrong
        print(f"faults: {name}: {more_plans} plans, {more_kills} kills, {len(wrong)} failed, {time.monotonic() - began:.0f} s",
              flush=True)
    for test in failed:
        print(f"faults: FAILED {test}; its log is in {LOGS.relative_to(ROOT)}")
    if not failed:
        print(f"faults: {plans} plans, {kills} kills, 0 lost, 0 doubled, 0 partial")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
