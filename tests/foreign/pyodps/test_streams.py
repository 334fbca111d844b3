# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Streams written by PyODPS, read by Culvert; Culvert's, read by PyODPS. The Java suite has the same."""

import subprocess

import pytest

import streams
from edge_values import ALL, SCALARS, rows_of, same_rows
from support import BIN

TOOL = BIN / "culvert-wire-tool"


def run_tool(command, kinds, *paths):
    return subprocess.run([TOOL, command, ";".join(kinds), *paths], capture_output=True, text=True)


@pytest.mark.parametrize("kind,values", ALL, ids=[kind for kind, _ in ALL])
def test_culvert_reads_pyodps_and_pyodps_reads_culvert(tmp_path, kind, values):
    kinds = ["bigint", kind]
    rows = rows_of(values)
    (tmp_path / "in").write_bytes(streams.write(kinds, rows))
    done = run_tool("reencode", kinds, tmp_path / "in", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{len(rows)} records")
    assert same_rows(streams.read(kinds, (tmp_path / "out").read_bytes()), rows)


def twenty_records():
    """Twenty records with every scalar type and two nested ones."""
    chosen = [(kind, values) for kind, values in SCALARS] + [
        ("array<string>", [["a", None, "bc", ""], []]),
        ("map<string,struct<n:bigint,l:array<double>>>", [{"k": (1, [0.5, None])}]),
    ]
    kinds = [kind for kind, _ in chosen]
    rows = []
    for number in range(20):
        row = []
        for column, (kind, values) in enumerate(chosen):
            short = [value for value in values if not isinstance(value, (str, bytes)) or len(value) < 40]
            row.append(None if (number + column) % 6 == 5 else short[(number + column) % len(short)])
        rows.append(row)
    return kinds, rows


def test_every_damage_to_a_pyodps_stream_is_refused(tmp_path):
    kinds, rows = twenty_records()
    content = streams.write(kinds, rows)
    assert same_rows(streams.read(kinds, content), rows)
    (tmp_path / "in").write_bytes(content)
    done = run_tool("mutate", kinds, tmp_path / "in")
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
