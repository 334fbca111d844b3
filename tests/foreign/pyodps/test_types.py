# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The page's two matrices of types: PyODPS writes, the runner copies by each route, PyODPS reads the same.

Edition 2.0 is in test_runner.py; here are edition 1.0, Hive's, the runner's time zone, what is written only, and what
must never become null."""

import datetime
import math
from collections import OrderedDict

import pytest
from edge_values import ALL, D, INF, NAN, SCALARS, VARINT_STEPS, rows_of, same_rows, text_of
from odps import options
from support import Emulator, Runner
from tables import count, download, make_table, upload

OLD = "old"
HIVE = "hive"
ZONES = ["UTC", "Asia/Shanghai", "America/Los_Angeles"]
ROUTES = ["pass-through", "transcode", "typed"]
DATES = [(kind, values) for kind, values in SCALARS if kind in ("date", "datetime", "timestamp")]

# Edition 1.0 of the page: every type, all three modes.
EDITION_1 = [
    ("bigint", [0, -1, 2**63 - 1, -(2**63) + 1, *VARINT_STEPS]),
    ("double", [0.0, -0.0, INF, -INF, NAN, 5e-324, math.pi]),
    # PyODPS writes at most 20 digits before the point of a DECIMAL without precision.
    ("decimal", [D(0), D("-0.5"), D("9" * 20 + "." + "9" * 18), D("0.000000000000000001")]),
    ("string", ["", "数据", "a\0b", text_of(16384)]),
    ("datetime", dict(SCALARS)["datetime"]),
    ("boolean", [True, False]),
    ("array<bigint>", [[], [None], [1, None, -2]]),
    ("array<string>", [["a", None, ""], [None]]),
    ("map<string,bigint>", [OrderedDict(), OrderedDict([("k", None), ("", 0)])]),
    ("map<bigint,array<double>>", [OrderedDict([(-9, [1.0, NAN]), (2**63 - 1, [])])]),
    ("struct<a:bigint,b:string>", [(7, None), (None, None), (0, "")]),
    ("array<map<bigint,array<string>>>", [[OrderedDict([(1, ["deep", None]), (2, [])]), None], []]),
]


def by_id(rows):
    return sorted(rows, key=lambda row: row[0])


def copy_by(route, odps, runner, names, kind, rows):
    """Rows of (id, value) copied by the route that these tables force, and read back."""
    source, target = names
    if route == "pass-through":
        make_table(odps, source, [("id", "bigint"), ("v", kind)])
        make_table(odps, target, [("id", "bigint"), ("v", kind)])
    elif route == "transcode":
        make_table(odps, source, [("v", kind), ("id", "bigint")])
        make_table(odps, target, [("id", "bigint"), ("v", kind)])
    else:
        make_table(odps, source, [("id", "bigint"), ("v", kind)])
        make_table(odps, target, [("id", "string"), ("v", kind)])
    turned = route == "transcode"
    upload(odps, source, [row[::-1] for row in rows] if turned else rows)
    finished = runner.copy(source, target, source_options={"column": ["id", "v"]})
    assert finished.report["totals"]["route"] == route, finished.explain()
    return by_id([[int(number), value] for number, value in download(odps, target)])


def check_values(emulator, project, tmp_path, table_name, kind, values, route):
    """Each of `values` comes back as it was from a copy within a project of its own."""
    odps = emulator.odps(project)
    runner = Runner(tmp_path, emulator, project=project)
    rows = rows_of(values)
    assert same_rows(copy_by(route, odps, runner, (table_name(), table_name()), kind, rows), by_id(rows))


@pytest.fixture(scope="module")
def old_emulator():
    process = Emulator("--project", OLD)
    process.set_property(OLD, "odps.sql.type.system.odps2", "false")
    process.set_property(OLD, "odps.sql.decimal.odps2", "false")
    options.sql.use_odps2_extension = False
    yield process
    options.sql.use_odps2_extension = True
    process.stop()


# Feature: Each type of both matrices
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind,values", EDITION_1, ids=[kind for kind, _ in EDITION_1])
def test_each_type_of_edition_1(old_emulator, tmp_path, table_name, kind, values, route):
    check_values(old_emulator, OLD, tmp_path, table_name, kind, values, route)


@pytest.fixture(scope="module")
def hive_emulator():
    process = Emulator("--project", HIVE)
    process.set_property(HIVE, "odps.sql.hive.compatible", "true")
    yield process
    process.stop()


# Feature: Each type of both matrices
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind,values", ALL, ids=[kind for kind, _ in ALL])
def test_each_type_of_a_project_compatible_with_hive(hive_emulator, tmp_path, table_name, kind, values, route):
    check_values(hive_emulator, HIVE, tmp_path, table_name, kind, values, route)


# Feature: Types 2.0 needed for TIMESTAMP
def test_a_project_of_edition_1_is_refused_a_timestamp(emulator, old_emulator, tmp_path, table_name):
    odps = old_emulator.odps(OLD)
    source, target = table_name(), table_name()
    options.sql.use_odps2_extension = True  # the hint makes the table, as it does on the service
    try:
        for name in (source, target):
            make_table(odps, name, [("id", "bigint"), ("at", "timestamp")])
    finally:
        options.sql.use_odps2_extension = False
    finished = Runner(tmp_path, old_emulator, project=OLD).copy(source, target, expect=17)
    assert "source column 'at' is a timestamp" in finished.err, finished.explain()
    assert "[TypesNotEnabled]" in finished.err


# Feature: DATE and times in three zones
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind,values", DATES, ids=[kind for kind, _ in DATES])
def test_times_do_not_depend_on_the_runners_zone(odps, emulator, tmp_path, table_name, kind, values, route, zone):
    runner = Runner(tmp_path, emulator, zone=zone)
    rows = rows_of(values)
    assert same_rows(copy_by(route, odps, runner, (table_name(), table_name()), kind, rows), by_id(rows))


# Feature: DATE and times in three zones
@pytest.mark.parametrize("zone", ZONES)
def test_dates_become_the_same_text_in_each_zone(odps, emulator, tmp_path, table_name, zone):
    source, target = table_name(), table_name()
    make_table(odps, source, [("id", "bigint"), ("day", "date"), ("at", "datetime")])
    make_table(odps, target, [("id", "bigint"), ("day", "string"), ("at", "string")])
    moment = datetime.datetime(1927, 12, 31, 15, 54, 8)
    upload(odps, source, [[1, datetime.date(1927, 12, 31), moment]])
    Runner(tmp_path, emulator, zone=zone).copy(source, target)
    assert download(odps, target) == [[1, "1927-12-31", "1927-12-31 15:54:08.000"]]


# Feature: Strings of 8 MiB
@pytest.mark.parametrize("kind", ["string", "binary"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_field_of_eight_mebibytes_passes_by_each_route(odps, runner, table_name, route, kind):
    text = text_of(8 * 1024 * 1024)
    rows = [[0, text if kind == "string" else text.encode()], [1, None]]
    assert copy_by(route, odps, runner, (table_name(), table_name()), kind, rows) == rows


# Feature: CHAR is written
def test_char_is_written_and_what_is_too_long_is_dirty(odps, runner, table_name):
    source, target = table_name(), table_name()
    make_table(odps, source, [("id", "bigint"), ("v", "string")])
    make_table(odps, target, [("id", "bigint"), ("v", "char(3)")])
    upload(odps, source, [[1, "abc"], [2, "数据库"], [3, None], [4, ""], [5, "abcd"]])
    finished = runner.copy(source, target, setting={"errorLimit": {"record": 1}})
    assert finished.report["totals"]["rowsDirty"] == 1, finished.explain()
    written = [[number, value and value.rstrip(" ")] for number, value in by_id(download(odps, target))]
    assert written == [[1, "abc"], [2, "数据库"], [3, None], [4, ""]]


# Feature: CHAR cannot be read
def test_char_is_not_read(odps, runner, table_name):
    source, target = table_name(), table_name()
    for name in (source, target):
        make_table(odps, name, [("id", "bigint"), ("code", "char(3)")])
    upload(odps, source, [[1, "abc"]])
    finished = runner.copy(source, target, expect=17)
    assert "source column 'code'" in finished.err and "[CharReadUnsupported]" in finished.err


# Feature: Integers never wrap
@pytest.mark.parametrize("wide,narrow,fits,beyond", [
    ("bigint", "int", 2**31 - 1, 2**31), ("bigint", "smallint", -(2**15), -(2**15) - 1),
    ("int", "tinyint", 127, 128), ("decimal(38,18)", "decimal(10,2)", D("99999999.99"), D("100000000"))])
def test_narrowing_is_dirty_and_never_wraps(odps, runner, table_name, wide, narrow, fits, beyond):
    source, target = table_name(), table_name()
    make_table(odps, source, [("v", wide)])
    make_table(odps, target, [("v", narrow)])
    upload(odps, source, [[fits], [beyond], [None]])
    refused = runner.copy(source, target, target_options={"truncate": False}, expect=14)
    assert "[DirtyLimitExceeded]" in refused.err and count(odps, target) == 0
    runner.copy(source, target, target_options={"truncate": False}, setting={"errorLimit": {"record": 1}})
    assert sorted(download(odps, target), key=str) == sorted([[fits], [None]], key=str)


# Feature: Types that the page does not name
@pytest.mark.parametrize("kind", ["timestamp_ntz", "json"])
def test_types_beyond_the_page_are_refused_where_they_do_not_fit_and_never_null(odps, runner, table_name, kind):
    source, target = table_name(), table_name()
    make_table(odps, source, [("v", kind)])
    make_table(odps, target, [("v", "bigint")])
    upload(odps, source, [[value] for value in dict(SCALARS)[kind]])
    upload(odps, target, [[1]])
    finished = runner.copy(source, target, expect=11)
    assert f"source column 'v' ({kind}) cannot become target column 'v' (bigint)" in finished.err
    assert download(odps, target) == [[1]]
