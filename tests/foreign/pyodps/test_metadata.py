# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Tables and partitions as PyODPS creates, describes and lists them."""

import pytest
from odps import errors

from support import ACCESS_ID, PROJECT, Emulator
from tables import make_table, upload


def test_creates_and_describes_a_table(odps, table_name):
    name = table_name()
    make_table(odps, name, [("id", "bigint"), ("amount", "decimal(20,4)"),
                            ("tags", "array<struct<k:string,v:map<string,int>>>")])
    table = odps.get_table(name)
    assert [column.name for column in table.table_schema.columns] == ["id", "amount", "tags"]
    assert [str(column.type).lower() for column in table.table_schema.columns] == [
        "bigint", "decimal(20,4)", "array<struct<`k`:string,`v`:map<string,int>>>"]
    assert table.owner
    assert table.creation_time is not None
    assert not table.is_virtual_view


def test_finds_a_table_whatever_the_case(odps, table_name):
    name = table_name("Mixed_Case")
    make_table(odps, name, [("id", "bigint")])
    assert odps.exist_table(name.upper())
    assert odps.exist_table(name.lower())


def test_lists_tables(odps, table_name):
    names = {table_name("listed") for _ in range(3)}
    for name in names:
        make_table(odps, name, [("id", "bigint")])
    assert names <= {table.name for table in odps.list_tables(prefix="listed")}


def test_drops_a_table(odps, table_name):
    name = table_name()
    make_table(odps, name, [("id", "bigint")])
    odps.delete_table(name)
    assert not odps.exist_table(name)
    odps.delete_table(name, if_exists=True)


def test_a_missing_table_is_no_such_object(odps):
    with pytest.raises(errors.NoSuchObject):
        odps.get_table("not_there").reload()


def test_creates_lists_and_drops_partitions(odps, table_name):
    table = make_table(odps, table_name(), [("id", "bigint")], [("dt", "string"), ("hh", "string")])
    specs = [f"dt=2024022{day},hh={hour:02}" for day in range(1, 4) for hour in range(3)]
    for spec in specs:
        table.create_partition(spec, if_not_exists=True)
    table.create_partition(specs[0], if_not_exists=True)
    assert {str(part.partition_spec) for part in table.partitions} == {
        "dt='2024022%d',hh='%02d'" % (day, hour) for day in range(1, 4) for hour in range(3)}
    assert len(list(table.iterate_partitions("dt=20240221"))) == 3
    assert table.exist_partition(specs[4])
    table.delete_partition(specs[4])
    assert not table.exist_partition(specs[4])


def test_pages_through_many_partitions(odps, table_name):
    table = make_table(odps, table_name(), [("id", "bigint")], [("p", "bigint")])
    for number in range(130):
        odps.execute_sql(f"ALTER TABLE {table.name} ADD IF NOT EXISTS PARTITION (p='{number}')")
    assert sorted(int(part.partition_spec["p"]) for part in table.partitions) == list(range(130))


def test_describes_rows_and_sizes(odps, table_name):
    table = make_table(odps, table_name(), [("id", "bigint")], [("p", "string")])
    table.create_partition("p=a")
    upload(odps, table.name, [[number] for number in range(7)], partition="p=a")
    assert table.get_partition("p=a").size > 0


def test_truncates_a_table(odps, table_name):
    name = table_name()
    table = make_table(odps, name, [("id", "bigint")])
    upload(odps, name, [[1], [2]])
    table.truncate()
    with odps.execute_sql(f"SELECT COUNT(*) AS n FROM {name}").open_reader(tunnel=False) as reader:
        assert [int(row[0]) for row in reader] == [0]


def test_a_delta_table_has_its_key(odps, table_name):
    name = table_name()
    odps.execute_sql(f"CREATE TABLE {name} (id bigint NOT NULL, v string, PRIMARY KEY (id)) "
                     "TBLPROPERTIES ('transactional'='true')")
    table = odps.get_table(name)
    assert table.is_transactional
    assert table.primary_key == ["id"]


def test_a_wrong_key_is_refused():
    from odps import ODPS

    process = Emulator()
    try:
        wrong = ODPS(ACCESS_ID, "not-the-secret", PROJECT, endpoint=process.endpoint)
        with pytest.raises(errors.ODPSError):
            wrong.get_table("any").reload()
        unknown = ODPS("nobody", "not-the-secret", PROJECT, endpoint=process.endpoint)
        with pytest.raises(errors.ODPSError):
            list(unknown.list_tables())
    finally:
        process.stop()
