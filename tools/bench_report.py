# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What a benchmark found: tables, notes under them, gates; on the screen and as a page of docs/."""

import dataclasses
import os
import pathlib
import platform
import sys
import textwrap


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


class Report:
    def __init__(self):
        self.gates = []
        self.tables = []  # (title, header, rows)
        self.notes = {}  # lines under the table of that title

    @property
    def passed(self):
        return all(gate.passed for gate in self.gates)

    def print(self):
        for title, header, rows in self.tables:
            print_table(title, header, rows)
            for note in self.notes.get(title, []):
                print("  " + note)
        print()
        for gate in self.gates:
            print(gate.line())

    def write_page(self, path, introduction):
        """`introduction`: the page's first lines, its heading among them."""
        lines = [*introduction, ""]
        for title, header, rows in self.tables:
            lines += [f"## {title}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
            lines += ["| " + " | ".join(row) + " |" for row in rows] + [""]
            for note in self.notes.get(title, []):
                lines += [*textwrap.wrap(note[0].upper() + note[1:] + ".", 119), ""]
        lines += ["## Gates", "", "| gate | value | limit | |", "|---|---|---|---|"]
        lines += [f"| {gate.name} | {gate.value:.2f} | {'≥' if gate.at_least else '≤'} {gate.limit:g} | "
                  f"{'pass' if gate.passed else 'fail'} |" for gate in self.gates]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def print_table(title, header, rows):
    widths = [max(len(row[index]) for row in [header, *rows]) for index in range(len(header))]
    print(f"\n{title}")
    for row in [header, *rows]:
        print("  " + "  ".join(cell.ljust(width) if index == 0 else cell.rjust(width)
                               for index, (cell, width) in enumerate(zip(row, widths))))


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def cpu_seconds(pid):
    """CPU time of a process, user and system, its threads included."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
