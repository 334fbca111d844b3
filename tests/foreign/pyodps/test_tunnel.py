# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Batch Tunnel as PyODPS drives it: blocks, ranges, columns, codecs, overwrite."""

import pytest
from odps import errors
from odps.tunnel import TableTunnel

from tables import CODECS, count, download, make_table, upload

COLUMNS = [("id", "bigint"), ("name", "string"), ("price", "double")]


def rows_between(start, end):
    return [[number, None if number % 7 == 0 else f"name-{number}", number / 8] for number in range(start, end)]


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_each_codec_both_ways(odps, table_name, codec):
    name = table_name()
    make_table(odps, name, COLUMNS)
    rows = rows_between(0, 5000)
    upload(odps, name, rows, codec=codec)
    assert download(odps, name, codec=codec) == rows
    assert download(odps, name, codec="raw") == rows


def test_blocks_become_one_table_on_commit(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS)
    rows = rows_between(0, 1000)
    session = upload(odps, name, rows, blocks=5, commit=False)
    assert count(odps, name) == 0
    assert sorted(session.get_block_list()) == [0, 1, 2, 3, 4]
    session.commit([0, 1, 2, 3, 4])
    assert sorted(download(odps, name)) == sorted(rows, key=lambda row: row[0])


def test_a_block_sent_again_replaces_itself(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS)
    session = TableTunnel(odps).create_upload_session(name)
    for rows in (rows_between(0, 10), rows_between(100, 103)):
        with session.open_record_writer(0) as writer:
            for row in rows:
                writer.write(session.new_record(row))
    session.commit([0])
    assert download(odps, name) == rows_between(100, 103)


def test_a_commit_with_another_block_list_is_refused(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS)
    session = upload(odps, name, rows_between(0, 10), commit=False)
    with pytest.raises(errors.ODPSError):
        session.commit([0, 1])


def test_sessions_append(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS)
    upload(odps, name, rows_between(0, 10))
    upload(odps, name, rows_between(10, 20))
    assert sorted(download(odps, name)) == rows_between(0, 20)


def test_overwrite_replaces_all_rows(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS)
    upload(odps, name, rows_between(0, 100))
    upload(odps, name, rows_between(500, 510), overwrite=True)
    assert download(odps, name) == rows_between(500, 510)


def test_overwrite_leaves_other_partitions(odps, table_name):
    name = table_name()
    table = make_table(odps, name, COLUMNS, [("p", "string")])
    for spec in ("p=a", "p=b"):
        table.create_partition(spec)
        upload(odps, name, rows_between(0, 5), partition=spec)
    upload(odps, name, rows_between(7, 9), partition="p=a", overwrite=True)
    assert download(odps, name, partition="p=a") == rows_between(7, 9)
    assert download(odps, name, partition="p=b") == rows_between(0, 5)


@pytest.mark.parametrize("codec", ["raw", "deflate"])
@pytest.mark.parametrize("start,number", [(0, 1), (0, 999), (1, 998), (500, 250), (999, 1), (123, 0)])
def test_ranges(odps, table_name, start, number, codec):
    name = table_name()
    make_table(odps, name, COLUMNS)
    rows = rows_between(0, 1000)
    upload(odps, name, rows, blocks=1, codec="deflate")
    if number == 0:
        return
    assert download(odps, name, start=start, count=number, codec=codec) == rows[start:start + number]


def test_ranges_across_sessions_give_each_row_once(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS)
    for part in range(4):
        upload(odps, name, rows_between(part * 100, part * 100 + 100), blocks=3)
    parts = [download(odps, name, start=start, count=50) for start in range(0, 400, 50)]
    assert sorted(row for part in parts for row in part) == rows_between(0, 400)


def test_columns(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS)
    rows = rows_between(0, 50)
    upload(odps, name, rows)
    assert download(odps, name, columns=["name"]) == [[row[1]] for row in rows]
    assert download(odps, name, columns=["price", "id"]) == [[row[2], row[0]] for row in rows]


def test_a_session_reads_its_snapshot(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS)
    upload(odps, name, rows_between(0, 10))
    session = TableTunnel(odps).create_download_session(name)
    with session.open_record_reader(0, session.count) as reader:
        before = [list(record.values) for record in reader]
    upload(odps, name, rows_between(10, 20))
    assert session.count == 10
    assert before == rows_between(0, 10)


def test_a_partition_that_is_missing_is_refused(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS, [("p", "string")])
    with pytest.raises(errors.ODPSError):
        TableTunnel(odps).create_upload_session(name, partition_spec="p=missing")
    with pytest.raises(errors.ODPSError):
        TableTunnel(odps).create_upload_session(name)
    with pytest.raises(errors.ODPSError):
        TableTunnel(odps).create_download_session(name, partition_spec="p=missing")


def test_creates_a_partition_on_request(odps, table_name):
    name = table_name()
    table = make_table(odps, name, COLUMNS, [("p", "string")])
    session = TableTunnel(odps).create_upload_session(name, partition_spec="p=new", create_partition=True)
    with session.open_record_writer(0) as writer:
        writer.write(session.new_record([1, "a", 0.5]))
    session.commit([0])
    assert table.exist_partition("p=new")
    assert download(odps, name, partition="p=new") == [[1, "a", 0.5]]


def test_the_table_interface_writes_and_reads(odps, table_name):
    name = table_name()
    table = make_table(odps, name, COLUMNS, [("p", "string")])
    with table.open_writer(partition="p=x", create_partition=True) as writer:
        writer.write(rows_between(0, 300))
    with table.open_reader(partition="p=x") as reader:
        assert reader.count == 300
        assert [list(row.values[:3]) for row in reader[10:20]] == rows_between(10, 20)


def test_a_value_above_the_field_limit_is_refused(odps, table_name):
    name = table_name()
    make_table(odps, name, [("s", "string")])
    with pytest.raises(ValueError):
        upload(odps, name, [["x" * (8 * 1024 * 1024 + 1)]])
    assert count(odps, name) == 0
