# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Every edge value: PyODPS writes, the runner copies on each route, PyODPS reads back the same."""

import pytest

from edge_values import ALL, SCALARS, rows_of, same_rows, text_of
from odps import options
from tables import download, make_table, upload

KINDS = [kind for kind, _ in ALL]


def by_id(rows):
    return sorted(rows, key=lambda row: row[0])


@pytest.mark.parametrize("kind,values", ALL, ids=KINDS)
def test_the_emulator_keeps_each_edge_value(odps, table_name, kind, values):
    name = table_name()
    make_table(odps, name, [("id", "bigint"), ("v", kind)])
    rows = rows_of(values)
    upload(odps, name, rows, codec="deflate")
    assert same_rows(download(odps, name), rows)


# Feature: Types of 1.0
@pytest.mark.parametrize("kind,values", ALL, ids=KINDS)
def test_pass_through_keeps_each_edge_value(odps, runner, table_name, kind, values):
    source, target = table_name(), table_name()
    for name in (source, target):
        make_table(odps, name, [("id", "bigint"), ("v", kind)])
    rows = rows_of(values)
    upload(odps, source, rows, blocks=2)
    finished = runner.copy(source, target)
    assert finished.report["totals"]["route"] == "pass-through", finished.explain()
    assert same_rows(by_id(download(odps, target)), by_id(rows))


# Feature: Types of 1.0
@pytest.mark.parametrize("kind,values", ALL, ids=KINDS)
def test_transcoding_keeps_each_edge_value(odps, runner, table_name, kind, values):
    source, target = table_name(), table_name()
    make_table(odps, source, [("id", "bigint"), ("unused", "string"), ("v", kind)])
    make_table(odps, target, [("v", kind), ("id", "bigint")])
    rows = rows_of(values)
    upload(odps, source, [[number, "x", value] for number, value in rows])
    finished = runner.copy(source, target, source_options={"column": ["id", "v"]},
                           target_options={"column": ["id", "v"]})
    assert finished.report["totals"]["route"] == "transcode", finished.explain()
    assert same_rows(by_id([[number, value] for value, number in download(odps, target)]), by_id(rows))


# Feature: Types of 1.0
@pytest.mark.parametrize("kind,values", ALL, ids=KINDS)
def test_typed_batches_keep_each_edge_value(odps, runner, table_name, kind, values):
    source, target = table_name(), table_name()
    make_table(odps, source, [("id", "bigint"), ("v", kind)])
    make_table(odps, target, [("id", "string"), ("v", kind)])  # a conversion: rows must be decoded
    rows = rows_of(values)
    upload(odps, source, rows)
    finished = runner.copy(source, target)
    assert finished.report["totals"]["route"] == "typed", finished.explain()
    assert same_rows(by_id([[int(text), value] for text, value in download(odps, target)]), by_id(rows))


@pytest.mark.parametrize("codec", ["deflate", "zstd", "lz4", "snappy"])
def test_codecs_keep_a_table_of_all_types(odps, runner, table_name, codec):
    source, target = table_name(), table_name()
    columns = [(f"c{index}", kind) for index, (kind, _) in enumerate(SCALARS)]
    for name in (source, target):
        make_table(odps, name, columns)
    length = max(len(values) for _, values in SCALARS)
    rows = [[values[number % len(values)] for _, values in SCALARS] for number in range(length)]
    upload(odps, source, rows, codec=codec)
    runner.copy(source, target, source_options={"codec": codec}, target_options={"codec": codec})
    assert same_rows(download(odps, target, codec=codec), rows)


# Feature: Strings of 8 MiB
def test_a_field_of_eight_mebibytes_passes(odps, runner, table_name):
    source, target = table_name(), table_name()
    for name in (source, target):
        make_table(odps, name, [("s", "string")])
    rows = [[text_of(8 * 1024 * 1024)], ["small"]]
    upload(odps, source, rows, codec="zstd")
    runner.copy(source, target)
    assert download(odps, target, codec="deflate") == rows


def test_strings_that_are_not_utf8_pass(odps, runner, table_name):
    source, target = table_name(), table_name()
    for name in (source, target):
        make_table(odps, name, [("s", "string")])
    rows = [[b"\xff\xfe"], [b"\xed\xa0\x80"], [b"\0\xc0\x80"]]
    options.tunnel.string_as_binary = True
    try:
        upload(odps, source, rows)
        runner.copy(source, target)
        assert download(odps, target) == rows
    finally:
        options.tunnel.string_as_binary = False


def test_many_columns_pass(odps, runner, table_name):
    source, target = table_name(), table_name()
    columns = [(f"c{index}", "bigint" if index % 2 else "string") for index in range(1200)]
    for name in (source, target):
        make_table(odps, name, columns)
    rows = [[(index if index % 2 else str(index)) if (index + row) % 3 else None for index in range(1200)]
            for row in range(20)]
    upload(odps, source, rows)
    runner.copy(source, target)
    assert download(odps, target) == rows


def test_empty_tables_and_rows_of_nulls_pass(odps, runner, table_name):
    for rows in ([], [[None, None]] * 3):
        source, target = table_name(), table_name()
        for name in (source, target):
            make_table(odps, name, [("a", "bigint"), ("b", "string")])
        upload(odps, source, rows)
        upload(odps, target, [[1, "old"]])
        runner.copy(source, target)
        assert download(odps, target) == rows


def test_empty_strings_become_null_on_request(odps, runner, table_name):
    source, target = table_name(), table_name()
    for name in (source, target):
        make_table(odps, name, [("a", "bigint"), ("b", "string")])
    upload(odps, source, [[1, ""], [2, "x"], [3, None]])
    runner.copy(source, target, target_options={"emptyAsNull": True})
    assert by_id(download(odps, target)) == [[1, None], [2, "x"], [3, None]]


def test_rows_of_a_template_arrive(odps, runner, table_name):
    from support import sync_job

    name = table_name()
    make_table(odps, name, [("id", "bigint"), ("s", "string"), ("d", "date")])
    finished = runner.run(sync_job(
        {"stream": {"count": 1000, "column": [
            {"name": "id", "type": "bigint", "increasing": {"from": 5}},
            {"name": "s", "type": "string", "value": "constant"},
            {"name": "d", "type": "date", "value": "2024-02-29"}]}},
        {"maxCompute": {"table": name, "column": ["*"], "truncate": True, "consistencyCommit": True}}))
    assert finished.code == 0, finished.explain()
    rows = by_id(download(odps, name))
    assert [row[0] for row in rows] == list(range(5, 1005))
    assert {(row[1], str(row[2])) for row in rows} == {("constant", "2024-02-29")}
