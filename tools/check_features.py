#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Holds docs/features.md and the tests to each other.

Each row of its tables names in its last column the tests that prove it, and each of these tests carries the row's words in a
comment above it, so that who changes the one finds the other:

    // Feature: Missing partition is an error          (C++, above TEST, TEST_F or TEST_P)
    # Feature: Missing partition is an error           (Python, above a test function; YAML, above a case of tests/crds/cases)

A test is written as `Suite.Name`, as `file.py::function`, or as `file.yaml: part of its message`. The check fails, with a line for each fault,
when a row has no test, a test does not exist or does not carry the row's words, a comment names a row that is not there or that
does not name the test, or two rows of a section have the same words.

    tools/check_features.py              the check
    tools/check_features.py --tests      prints "row<TAB>test" of each pair, for other tools
    tools/check_features.py --self-test  plants each fault and expects it to be found
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs/features.md")
TESTS = Path("tests")
MARK = re.compile(r"^\s*(?://|#)\s*Feature:\s*(?P<row>.+?)\s*$")
CXX = re.compile(r"^\s*TEST(?:_F|_P)?\(\s*(?P<suite>\w+)\s*,\s*(?P<name>\w+)\s*\)")
CXX_OPEN = re.compile(r"^\s*TEST(?:_F|_P)?\(\s*(?P<suite>\w+)\s*,\s*$")
PYTHON = re.compile(r"^\s*(?:async )?def (?P<name>test_\w+)\(")
YAML = re.compile(r"^\s*(?:- )?message: (?P<message>.+)$")


@dataclass
class Row:
    """One line of a table: its words, the tests that it names, and where it stands."""

    words: str
    tests: list[str]
    line: int


@dataclass
class Suite:
    """What the tests say: every test that there is, and the rows that each carries."""

    rows_of: dict[str, set[str]] = field(default_factory=dict)

    def add(self, test: str, rows: list[str]) -> None:
        self.rows_of.setdefault(test, set()).update(rows)

    def find(self, test: str) -> list[str]:
        """The tests that `test` means: one, but for a message of a YAML file, which may stand there for several."""
        if test in self.rows_of:
            return [test]
        file, colon, part = test.partition(": ")
        if not colon:
            return []
        return [name for name in self.rows_of if name.startswith(file + ": ") and part in name]


def read_page(text: str) -> list[Row]:
    """The rows of every table whose last column is headed `tests`."""
    rows, proving = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            proving = False
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if set("".join(cells)) <= set("-: "):
            continue
        if cells[-1] == "tests":
            proving = True
        elif proving:
            rows.append(Row(plain(cells[0]), re.findall(r"`([^`]+)`", cells[-1]), number))
    return rows


def plain(words: str) -> str:
    """Words as a comment has them: without the marks of code."""
    return words.replace("`", "").strip()


def read_tests(root: Path) -> tuple[Suite, list[tuple[str, int, str]]]:
    """All tests below `root`, and the comments that stand above none: (file, line, row)."""
    suite, stray = Suite(), []
    for path in sorted([*root.rglob("*.cc"), *root.rglob("*.py"), *root.rglob("*.yaml")]):
        pending: list[tuple[int, str]] = []
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            if mark := MARK.match(line):
                pending.append((number, mark["row"]))
                continue
            name = None
            if path.suffix == ".cc":
                if test := CXX.match(line):
                    name = f"{test['suite']}.{test['name']}"
                elif (test := CXX_OPEN.match(line)) and number < len(lines):
                    name = f"{test['suite']}.{lines[number].strip().rstrip(') {')}"
            elif path.suffix == ".py":
                if test := PYTHON.match(line):
                    name = f"{path.name}::{test['name']}"
            elif test := YAML.match(line):
                name = f"{path.name}: {test['message'].strip(chr(34))}"
            if name is not None:
                suite.add(name, [row for _, row in pending])
                pending = []
        stray += [(str(path), number, row) for number, row in pending]
    return suite, stray


def check(page: str, tests: Path) -> list[str]:
    """One line for each fault."""
    rows = read_page(page)
    suite, stray = read_tests(tests)
    faults = [f"{file}:{number}: 'Feature: {row}' stands above no test" for file, number, row in stray]
    if not rows:
        faults.append(f"{PAGE}: has no table with a column 'tests'")
    named: dict[str, set[str]] = {}  # row -> tests
    for row in rows:
        if row.words in named:
            faults.append(f"{PAGE}:{row.line}: a row '{row.words}' is there already")
        named[row.words] = set()
        if not row.tests:
            faults.append(f"{PAGE}:{row.line}: '{row.words}' has no test")
        for test in row.tests:
            found = suite.find(test)
            named[row.words].update(found)
            if not found:
                faults.append(f"{PAGE}:{row.line}: test '{test}' of '{row.words}' does not exist")
            elif not any(row.words in suite.rows_of[name] for name in found):
                faults.append(f"{PAGE}:{row.line}: test '{test}' does not say 'Feature: {row.words}'")
    for test, carried in sorted(suite.rows_of.items()):
        for row in sorted(carried):
            if row not in named:
                faults.append(f"{test}: {PAGE} has no row '{row}'")
            elif test not in named[row]:
                faults.append(f"{test}: the row '{row}' of {PAGE} does not name this test")
    return faults


def self_test() -> int:
    """Each fault is found, and a page without faults has none."""
    page = "| feature | Culvert | tests |\n|---|---|---|\n| Wildcard `*` | Any text. | {} |\n"
    good_test = "// Feature: Wildcard *\nTEST(Match, Star) {}\n"
    cases = [
        ("none", page.format("`Match.Star`"), good_test, ""),
        ("no test named", page.format(""), "", "has no test"),
        ("missing", page.format("`Match.Gone`"), "TEST(Match, Star) {}\n", "does not exist"),
        ("silent", page.format("`Match.Star`"), "TEST(Match, Star) {}\n", "does not say"),
        ("unknown row", page.format("`Match.Star`"), good_test + "// Feature: Other\nTEST(Match, Two) {}\n", "has no row"),
        ("not named back", page.format("`Match.Star`"), good_test + "// Feature: Wildcard *\nTEST(Match, Two) {}\n", "does not name"),
        ("stray", page.format("`Match.Star`"), good_test + "// Feature: Wildcard *\n", "stands above no test"),
        ("twice", page.format("`Match.Star`") + "| Wildcard `*` | Again. | `Match.Star` |\n", good_test, "is there already"),
        ("empty page", "", "TEST(Match, Star) {}\n", "has no table"),
    ]
    failed = 0
    for name, text, test, expected in cases:
        with tempfile.TemporaryDirectory() as directory:
            (Path(directory) / "match_test.cc").write_text(test)
            faults = check(text, Path(directory))
        if (expected and not any(expected in fault for fault in faults)) or (not expected and faults):
            print(f"self-test '{name}': expected '{expected}', found {faults}", file=sys.stderr)
            failed += 1
    print(f"check_features: {len(cases) - failed} of {len(cases)} planted faults behave")
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true", help="plant each fault and expect it to be found")
    parser.add_argument("--tests", action="store_true", help="print the pairs of row and test")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    if arguments.tests:
        for row in read_page(page):
            for test in row.tests:
                print(f"{row.words}\t{test}")
        return 0
    faults = check(page, ROOT / TESTS)
    for fault in faults:
        print(fault, file=sys.stderr)
    rows = read_page(page)
    print(f"check_features: {len(rows)} rows, {sum(len(row.tests) for row in rows)} proofs, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
