# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""SQL instances, their results, and the instance tunnel, as PyODPS uses them."""

import pytest
from odps import errors

from tables import make_table, upload


@pytest.fixture
def table(odps, table_name):
    name = table_name()
    make_table(odps, name, [("id", "bigint"), ("name", "string")])
    upload(odps, name, [[number, f"n{number}" if number % 3 else None] for number in range(30)])
    return name


@pytest.mark.parametrize("tunnel", [False, True])
def test_selects_with_a_condition(odps, table, tunnel):
    instance = odps.execute_sql(f"SELECT id, name FROM {table} WHERE id >= 5 AND id < 9 ORDER BY id LIMIT 10")
    with instance.open_reader(tunnel=tunnel) as reader:
        rows = [[int(row["id"]), row["name"]] for row in reader]
    assert rows == [[5, "n5"], [6, None], [7, "n7"], [8, "n8"]]


@pytest.mark.parametrize("tunnel", [False, True])
def test_counts(odps, table, tunnel):
    with odps.execute_sql(f"SELECT COUNT(*) AS n FROM {table}").open_reader(tunnel=tunnel) as reader:
        assert [int(row[0]) for row in reader] == [30]


def test_the_instance_tunnel_reads_a_range(odps, table):
    instance = odps.execute_sql(f"SELECT id FROM {table} ORDER BY id LIMIT 30")
    with instance.open_reader(tunnel=True) as reader:
        assert reader.count == 30
        assert [row[0] for row in reader[10:13]] == [10, 11, 12]


def test_the_instance_tunnel_keeps_types(odps, table):
    instance = odps.execute_sql(f"SELECT id, name FROM {table} WHERE id < 2 ORDER BY id LIMIT 2")
    with instance.open_reader(tunnel=True) as reader:
        assert [str(column.type).lower() for column in reader.schema.columns] == ["bigint", "string"]
        assert [list(row.values) for row in reader] == [[0, None], [1, "n1"]]


def test_a_failed_statement_names_its_cause(odps):
    with pytest.raises(errors.ODPSError) as failure:
        odps.execute_sql("SELECT * FROM table_that_is_not_there")
    assert "ODPS-" in str(failure.value)


def test_inserts(odps, table, table_name):
    target = table_name()
    make_table(odps, target, [("id", "bigint"), ("name", "string")])
    odps.execute_sql(f"INSERT INTO TABLE {target} SELECT id, name FROM {table} WHERE id < 10")
    odps.execute_sql(f"INSERT OVERWRITE TABLE {target} SELECT id, name FROM {table} WHERE id < 4")
    with odps.execute_sql(f"SELECT COUNT(*) AS n FROM {target}").open_reader(tunnel=False) as reader:
        assert [int(row[0]) for row in reader] == [4]


def test_lifecycle_is_shown(odps, table_name):
    name = table_name()
    odps.execute_sql(f"CREATE TABLE IF NOT EXISTS {name} (id bigint COMMENT 'key') COMMENT 'kept' LIFECYCLE 7")
    described = odps.get_table(name)
    assert described.lifecycle == 7
    assert described.comment == "kept"
    odps.execute_sql(f"ALTER TABLE {name} SET LIFECYCLE 30")
    assert odps.get_table(name).lifecycle == 30


def test_an_instance_can_be_found_again(odps, table):
    instance = odps.execute_sql(f"SELECT id FROM {table} LIMIT 1")
    again = odps.get_instance(instance.id)
    assert again.is_terminated()
    assert again.is_successful()
    assert again.get_sql_query().rstrip(";") == f"SELECT id FROM {table} LIMIT 1"
