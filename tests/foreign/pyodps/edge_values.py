# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The values at the edges of each type, and an equality that holds for all of them."""

import datetime
import decimal
import math
import struct
from collections import OrderedDict

import pandas

D = decimal.Decimal
decimal.getcontext().prec = 80  # PyODPS rounds to the context before it checks the digits
NAN = float("nan")
INF = float("inf")

# Varints change their length at 2^(7k) after zig-zag: at 2^(7k-1) and its neighbours.
VARINT_STEPS = sorted(
    {sign * (1 << shift) + delta for shift in range(6, 63, 7) for sign in (1, -1) for delta in (-1, 0, 1)}
)


def text_of(length):
    return ("0123456789abcdef" * (length // 16 + 1))[:length]


def moments(*texts):
    return [datetime.datetime.fromisoformat(text) for text in texts]


SCALARS = [
    ("tinyint", [0, -1, 1, 127, -128]),
    ("smallint", [0, -1, 32767, -32768]),
    ("int", [0, -1, 2**31 - 1, -(2**31)]),
    ("bigint", [0, -1, 2**63 - 1, -(2**63) + 1, *VARINT_STEPS]),
    ("boolean", [True, False]),
    ("float", [0.0, -0.0, 1.5, -1.5, INF, -INF, NAN, 2.0**-149, 3.4028234663852886e38]),
    ("double", [0.0, -0.0, INF, -INF, NAN, 5e-324, 1e-320, 1.7976931348623157e308, math.pi]),
    ("decimal(38,18)", [D(0), D("-0.5"), D("1." + "0" * 17 + "1"), D("9" * 20 + "." + "9" * 18),
                        -D("9" * 20 + "." + "9" * 18), D("123456789.000000000000000001")]),
    ("decimal(38,0)", [D("9" * 38), -D("9" * 38), D(0)]),
    ("decimal(10,2)", [D("0.01"), D("-0.50"), D("99999999.99"), D("100")]),
    ("string", ["", "a", "数据", "\0", "a\0b", "\U0001f600", "line\nbreak\t\"quoted\" \\N, comma",
                text_of(127), text_of(128), text_of(16383), text_of(16384)]),
    ("varchar(10)", ["", "abc", "0123456789", "数据数据数据数据数据"]),
    ("binary", [b"", b"\0", bytes(range(256)), b"\xff" * 128, b"\x80\xc0\xff\x7f"]),
    ("date", [datetime.date(1970, 1, 1), datetime.date(1969, 12, 31), datetime.date(1, 1, 1),
              datetime.date(9999, 12, 31), datetime.date(1582, 10, 4), datetime.date(1582, 10, 15),
              datetime.date(2024, 2, 29)]),
    ("datetime", moments("1970-01-01 00:00:00", "1969-12-31 23:59:59.999", "0001-01-01 00:00:00",
                         "9999-12-31 23:59:59.999", "2024-02-29 12:34:56.789", "1900-12-31 15:54:17",
                         "1986-05-03 18:30:00", "1991-09-14 16:30:00",
                         # The local time of Shanghai moved by 5 min 52 s at the end of 1927.
                         "1900-01-01 00:00:00", "1927-12-31 00:00:00", "1927-12-31 15:54:07",
                         "1927-12-31 15:54:08.001", "1969-06-15 12:00:00")),
    ("timestamp", [pandas.Timestamp(text) for text in (
        "1970-01-01", "2024-02-29 12:34:56.123456789", "1969-12-31 23:59:58.5",
        "1969-12-31 23:59:59.999999999", "1900-01-01 00:00:00.000000001", "2262-01-01 00:00:00.999999999")]),
    ("timestamp_ntz", [pandas.Timestamp(text) for text in (
        "1970-01-01", "2024-02-29 12:34:56.123456789", "1969-12-31 23:59:58.5")]),
    ("json", [{"a": 1, "b": [True, None]}, [], {}, "text", 3]),
]

NESTED = [
    ("array<bigint>", [[], [None], [1, None, -2], list(range(1000))]),
    ("array<string>", [["a", None, "bc", ""], [""], [None]]),
    ("array<double>", [[NAN, INF, -0.0]]),
    ("map<string,bigint>", [OrderedDict(), OrderedDict([("k1", 1), ("k2", None)]), OrderedDict([("", 0)])]),
    ("map<int,string>", [OrderedDict([(2**31 - 1, "most"), (-(2**31), None)])]),
    ("map<bigint,array<double>>", [OrderedDict([(9, [1.0, 2.5]), (-1, [])])]),
    ("struct<a:bigint,b:string,c:double>", [(7, None, 0.25), (None, None, None), (0, "", -0.0)]),
    ("array<struct<x:int,y:array<string>>>", [[], [(1, ["p", "q"]), None, (None, [])]]),
    ("map<string,array<struct<n:bigint,m:map<string,decimal(20,4)>>>>",
     [OrderedDict([("k", [(1, OrderedDict([("x", D("1.5"))])), None, (None, OrderedDict())]), ("e", [])])]),
    ("array<array<array<string>>>", [[], [[]], [[[]]], [[["deep", None], None], None]]),
]

ALL = SCALARS + NESTED


def rows_of(values):
    """Each value on a numbered row, with a null row before, between and after."""
    rows = []
    for value in values:
        rows.append([len(rows), value])
    return [[-1, None], *rows, [len(rows), None]]


def same(left, right):
    """Equality that tells -0.0 from 0.0, takes NaN for NaN, and compares decimals by value."""
    if left is None or right is None:
        return left is right
    if isinstance(left, float) or isinstance(right, float):
        left, right = float(left), float(right)
        if math.isnan(left) or math.isnan(right):
            return math.isnan(left) and math.isnan(right)
        return struct.pack("<d", left) == struct.pack("<d", right)
    if isinstance(left, dict) or isinstance(right, dict):
        return len(left) == len(right) and all(
            any(same(key, other) and same(value, right[other]) for other in right)
            for key, value in left.items())
    if isinstance(left, (list, tuple)) or isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def same_rows(left, right):
    return len(left) == len(right) and all(map(same, left, right))
