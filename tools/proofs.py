# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Tables of promises in docs/ and the tests that prove them: what check_features.py and check_reliability.py share.

A test is written as `Suite.Name`, as `file.py::function`, or as `file.yaml: part of its message`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
CXX = re.compile(r"^\s*TEST(?:_F|_P)?\(\s*(?P<suite>\w+)\s*,\s*(?P<name>\w+)\s*\)")
CXX_OPEN = re.compile(r"^\s*TEST(?:_F|_P)?\(\s*(?P<suite>\w+)\s*,\s*$")
PYTHON = re.compile(r"^\s*(?:async )?def (?P<name>test_\w+)\(")
YAML = re.compile(r"^\s*(?:- )?message: (?P<message>.+)$")


@dataclass
class Row:
    """One line of a table: its cells by the words of the header, and where it stands."""

    cells: dict[str, str]
    line: int

    def tests(self) -> list[str]:
        """What stands between backticks in the column `tests`."""
        return re.findall(r"`([^`]+)`", self.cells["tests"])


@dataclass
class Suite:
    """What the tests say: every test that there is, and the marks that each carries in a comment above it."""

    marks_of: dict[str, set[str]] = field(default_factory=dict)

    def add(self, test: str, marks: list[str]) -> None:
        self.marks_of.setdefault(test, set()).update(marks)

    def find(self, test: str) -> list[str]:
        """The tests that `test` means: one, but for a message of a YAML file, which may stand there for several."""
        if test in self.marks_of:
            return [test]
        file, colon, part = test.partition(": ")
        if not colon:
            return []
        return [name for name in self.marks_of if name.startswith(file + ": ") and part in name]


def plain(words: str) -> str:
    """Words as a comment has them: without the marks of code."""
    return words.replace("`", "").strip()


def split_cells(line: str) -> list[str]:
    """The cells of one line of a table; `\\|` is no border."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def read_page(text: str) -> list[Row]:
    """The rows of every table that has a column headed `tests`."""
    rows: list[Row] = []
    header: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            header = None
            continue
        cells = split_cells(line)
        if set("".join(cells)) <= set("-: "):
            continue
        if header is None:
            header = cells
        elif "tests" in header:
            rows.append(Row(dict(zip(header, cells)), number))
    return rows


def read_tests(root: Path, mark: str = "") -> tuple[Suite, list[tuple[str, int, str]]]:
    """All tests below `root` with the comments `mark: words` above them, and those that stand above none: (file, line, words)."""
    comment = re.compile(rf"^\s*(?://|#)\s*{mark}:\s*(?P<words>.+?)\s*$") if mark else None
    suite, stray = Suite(), []
    for path in sorted([*root.rglob("*.cc"), *root.rglob("*.h"), *root.rglob("*.py"), *root.rglob("*.yaml")]):
        pending: list[tuple[int, str]] = []
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            if comment and (found := comment.match(line)):
                pending.append((number, found["words"]))
                continue
            name = None
            if path.suffix in (".cc", ".h"):
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
                suite.add(name, [words for _, words in pending])
                pending = []
        stray += [(str(path), number, words) for number, words in pending]
    return suite, stray
