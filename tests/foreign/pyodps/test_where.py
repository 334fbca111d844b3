# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""A job with enableWhere copies what PyODPS reads of the same SELECT."""

import pytest

from tables import download, make_table, upload

COLUMNS = [("id", "bigint"), ("name", "string"), ("score", "double")]


@pytest.fixture
def table(odps, table_name):
    name = table_name()
    make_table(odps, name, COLUMNS, [("dt", "string")])
    for day in ("20240228", "20240229"):
        partition = f"dt={day}"
        odps.get_table(name).create_partition(partition)
        upload(odps, name, [[number, f"n'{number}" if number % 3 else None, number / 4] for number in range(60)],
               partition=partition)
    return name


def selected(odps, sql):
    with odps.execute_sql(sql).open_reader(tunnel=True) as reader:
        return sorted(list(row.values) for row in reader)


# Feature: WHERE filter
@pytest.mark.parametrize("where", [
    "id > 17 and id <= 40",
    "name is null or score >= 12.25",
    "name like 'n\\'1%'",
    "(id % 7 = 0 and not (score < 3)) or name in ('n\\'1', 'n\\'2')",
    "id in (select max(id) from {table} where dt = '20240228')",
    "id < 0",
])
def test_rows_are_those_of_the_same_select(odps, runner, table_name, table, where):
    where = where.format(table=table)
    target = table_name()
    make_table(odps, target, COLUMNS)
    runner.copy(table, target, source_options={
        "partition": ["dt=*"], "column": ["id", "name", "score"], "enableWhere": True, "where": where})
    expected = selected(odps, f"SELECT id, name, score FROM {table} WHERE dt IN ('20240228', '20240229') AND ({where})")
    assert sorted(download(odps, target), key=str) == sorted(expected, key=str)


# Feature: Functions in column
def test_functions_are_those_of_the_same_select(odps, runner, table_name, table):
    target = table_name()
    make_table(odps, target, [("a", "string"), ("b", "bigint"), ("c", "double"), ("d", "string")])
    runner.copy(table, target, source_options={
        "partition": ["dt=20240229"], "column": ["upper(name)", "id", "score * 2 + 1", "dt"], "enableWhere": True,
        "where": "name is not null"})
    expected = selected(odps, f"SELECT upper(name), id, score * 2 + 1, dt FROM {table} "
                              "WHERE dt = '20240229' AND name IS NOT NULL")
    assert sorted(download(odps, target)) == expected


# Feature: WHERE filter
def test_a_result_above_ten_thousand_rows_is_whole(odps, runner, table_name):
    source, target = table_name(), table_name()
    for name in (source, target):
        make_table(odps, name, [("id", "bigint")])
    upload(odps, source, [[number] for number in range(12_000)])
    runner.copy(source, target, source_options={"enableWhere": True, "where": "id >= 500"})
    assert sorted(download(odps, target)) == [[number] for number in range(500, 12_000)]
