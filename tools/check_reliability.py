#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Holds docs/reliability.md to the tests: every fault of its tables names the tests that prove what is said of it.

A row without tests says why in its column `not shown`, and stands in OPEN here, which is to shrink: a row that has tests may not
stand there. The column `last result` is written from test reports (JUnit XML, as ctest and pytest make it) and by nothing else.

    tools/check_reliability.py                        the check: fails with a line for each fault of the page
    tools/check_reliability.py --results FILE...      writes the column from reports; what no report knows keeps its word
    tools/check_reliability.py --self-test            plants each fault and expects it to be found
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from proofs import ROOT, TESTS, Row, read_page, read_tests, split_cells

PAGE = Path("docs/reliability.md")
ROWS = 54
# Rows that no test proves yet: there is nothing to run them on.
OPEN = frozenset({"48", "49", "50"})
RESULT = "last result"
COLUMNS = ("#", "fault", "guarantee", "tests", "not shown", RESULT)
NEVER = "not recorded"


def check(page: str, tests: Path, rows_wanted: int, open_rows: frozenset[str]) -> list[str]:
    """One line for each fault."""
    rows = read_page(page)
    suite, _ = read_tests(tests)
    faults = []
    seen: set[str] = set()
    for row in rows:
        where = f"{PAGE}:{row.line}"
        if tuple(row.cells) != COLUMNS:
            faults.append(f"{where}: the columns are not {', '.join(COLUMNS)}")
            continue
        number = row.cells["#"]
        if number in seen:
            faults.append(f"{where}: row {number} is there already")
        seen.add(number)
        if not row.tests() and number not in open_rows:
            faults.append(f"{where}: row {number} has no test")
        if not row.tests() and not row.cells["not shown"]:
            faults.append(f"{where}: row {number} has neither a test nor a reason why not")
        if row.tests() and number in open_rows:
            faults.append(f"{where}: row {number} has tests and stands in OPEN")
        if row.tests() and not row.cells["guarantee"]:
            faults.append(f"{where}: row {number} guarantees nothing")
        faults += [f"{where}: test '{test}' of row {number} does not exist" for test in row.tests() if not suite.find(test)]
        if "failed" in row.cells[RESULT]:
            faults.append(f"{where}: row {number} failed when its tests were last run")
    missing = [str(number) for number in range(1, rows_wanted + 1) if str(number) not in seen]
    faults += [f"{PAGE}: row {number} is missing" for number in missing]
    return faults


def test_of(case: ElementTree.Element) -> str:
    """`Suite.Name` or `file.py::function` of one case of a report, without its instance and its parameters."""
    name, group = case.get("name", ""), case.get("classname", "")
    if found := re.match(r"(?:[\w.]+/)?(?P<suite>\w+)\.(?P<test>\w+)", name):
        return f"{found['suite']}.{found['test']}"
    return f"{group.split('.')[-1]}.py::{name.split('[')[0]}"


def read_results(reports: list[Path]) -> tuple[dict[str, bool], str]:
    """Test -> whether every case of it passed, of those that ran; and the latest day of the reports."""
    passed: dict[str, bool] = {}
    day = ""
    for report in reports:
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            day = max(day, suite.get("timestamp", "")[:10])
            for case in suite.iter("testcase"):
                if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
                    continue
                failed = any(case.find(word) is not None for word in ("failure", "error")) or case.get("status") == "fail"
                test = test_of(case)
                passed[test] = passed.get(test, True) and not failed
    return passed, day


def result_of(row: Row, passed: dict[str, bool], day: str) -> str:
    """What the reports say of a row; empty: nothing."""
    known = [test for test in row.tests() if test in passed]
    if not known:
        return ""
    failed = [test for test in known if not passed[test]]
    if failed:
        return f"failed: {', '.join(failed)}; {day}"
    return f"{len(known)} of {len(row.tests())} passed, {day}"


def write_results(page: str, passed: dict[str, bool], day: str) -> str:
    """The page with the column of results as the reports have it."""
    lines = page.splitlines(keepends=True)
    for row in read_page(page):
        if result := result_of(row, passed, day):
            cells = split_cells(lines[row.line - 1])
            cells[-1] = result
            lines[row.line - 1] = "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
    return "".join(lines)


def self_test() -> int:
    """Each fault is found, a page without faults has none, and reports are read as they are written."""
    head = "| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS) + "\n"
    good = head + "| 1 | Kill | None lost. | `Kill.Once` | | not recorded |\n"
    cases = [
        ("none", good, frozenset(), ""),
        ("no test", good.replace("`Kill.Once`", ""), frozenset(), "has no test"),
        ("no reason", good.replace("`Kill.Once`", ""), frozenset("1"), "neither a test nor a reason"),
        ("open with a reason", good.replace("`Kill.Once` | ", "| no kind"), frozenset("1"), ""),
        ("open with tests", good, frozenset("1"), "stands in OPEN"),
        ("missing test", good.replace("Once", "Twice"), frozenset(), "does not exist"),
        ("missing row", head, frozenset(), "is missing"),
        ("twice", good + good.splitlines(keepends=True)[-1], frozenset(), "is there already"),
        ("nothing said", good.replace("None lost.", ""), frozenset(), "guarantees nothing"),
        ("failed", good.replace("not recorded", "failed: Kill.Once; 2026-01-02"), frozenset(), "when its tests were last run"),
        ("other columns", good.replace("not shown", "left"), frozenset(), "the columns are not"),
    ]
    wrong = 0
    with tempfile.TemporaryDirectory() as directory:
        tests = Path(directory)
        (tests / "kill_test.cc").write_text("TEST(Kill, Once) {}\n", encoding="utf-8")
        for name, page, open_rows, expected in cases:
            faults = check(page, tests, 1, open_rows)
            if (expected and not any(expected in fault for fault in faults)) or (not expected and faults):
                print(f"self-test '{name}': expected '{expected}', found {faults}", file=sys.stderr)
                wrong += 1
        report = tests / "report.xml"
        for body, expected in [
            ('<testcase name="Each/Kill.Once/2" classname="x" status="run"/>', "1 of 1 passed, 2026-01-02"),
            ('<testcase name="Kill.Once" status="run"/><testcase name="Kill.Once/1" status="fail"/>', "failed: Kill.Once; 2026-01-02"),
            ('<testcase name="Kill.Once" status="notrun"/>', NEVER),
        ]:
            report.write_text(f'<testsuite timestamp="2026-01-02T03:04:05">{body}</testsuite>', encoding="utf-8")
            written = write_results(good, *read_results([report]))
            if read_page(written)[0].cells[RESULT] != expected:
                print(f"self-test report {body}: expected '{expected}', found {written}", file=sys.stderr)
                wrong += 1
    print(f"check_reliability: {len(cases) + 3 - wrong} of {len(cases) + 3} planted faults behave")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true", help="plant each fault and expect it to be found")
    parser.add_argument("--results", nargs="+", type=Path, metavar="FILE", help="write the last results from these reports")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    path = ROOT / PAGE
    page = path.read_text(encoding="utf-8")
    if arguments.results:
        page = write_results(page, *read_results(arguments.results))
        path.write_text(page, encoding="utf-8")
    faults = check(page, TESTS, ROWS, OPEN)
    for fault in faults:
        print(fault, file=sys.stderr)
    rows = read_page(page)
    partly = sum(bool(row.cells.get("not shown")) for row in rows) - len(OPEN)
    print(f"check_reliability: {len(rows)} rows, {sum(len(row.tests()) for row in rows)} proofs, {len(OPEN)} open, {partly} open in part, "
          f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
