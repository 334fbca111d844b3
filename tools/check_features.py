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
import sys
import tempfile
from pathlib import Path

from proofs import ROOT, TESTS, plain, read_page, read_tests

PAGE = Path("docs/features.md")


def words_of(row) -> str:
    """What a row calls its feature: its first cell."""
    return plain(next(iter(row.cells.values())))


def check(page: str, tests: Path) -> list[str]:
    """One line for each fault."""
    rows = read_page(page)
    suite, stray = read_tests(tests, "Feature")
    faults = [f"{file}:{number}: 'Feature: {row}' stands above no test" for file, number, row in stray]
    if not rows:
        faults.append(f"{PAGE}: has no table with a column 'tests'")
    named: dict[str, set[str]] = {}  # row -> tests
    for row in rows:
        words = words_of(row)
        if words in named:
            faults.append(f"{PAGE}:{row.line}: a row '{words}' is there already")
        named[words] = set()
        if not row.tests():
            faults.append(f"{PAGE}:{row.line}: '{words}' has no test")
        for test in row.tests():
            found = suite.find(test)
            named[words].update(found)
            if not found:
                faults.append(f"{PAGE}:{row.line}: test '{test}' of '{words}' does not exist")
            elif not any(words in suite.marks_of[name] for name in found):
                faults.append(f"{PAGE}:{row.line}: test '{test}' does not say 'Feature: {words}'")
    for test, carried in sorted(suite.marks_of.items()):
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
            for test in row.tests():
                print(f"{words_of(row)}\t{test}")
        return 0
    faults = check(page, TESTS)
    for fault in faults:
        print(fault, file=sys.stderr)
    rows = read_page(page)
    print(f"check_features: {len(rows)} rows, {sum(len(row.tests()) for row in rows)} proofs, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
