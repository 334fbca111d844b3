# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""PyODPS's Cython record writer and reader, memory to memory, by this thread's CPU time.

Prints one JSON line: records a second for each, bytes a record. The rows are those of Corpus.java.
"""

import datetime
import decimal
import io
import json
import random
import statistics
import time

from odps import options
from odps.models import Record, TableSchema
from odps.tunnel.io import reader, reader_c, writer_c

COLUMNS = [
    ("id", "bigint"), ("qty", "bigint"), ("price", "double"), ("usr", "string"), ("city", "string"),
    ("ts", "datetime"), ("flag", "boolean"), ("amount", "decimal(18,2)"), ("cnt", "bigint"), ("note", "string"),
]
DISTINCT = 4096
RECORDS = 50_000
TAKES = 3


class OneStream:
    def __init__(self, content):
        self.file = io.BytesIO(content)

    def read(self, size=-1):
        return self.file.read(size)

    def close(self):
        self.file.close()


def make_records(schema):
    chance = random.Random(20130101)
    begin = datetime.datetime(2023, 11, 14)
    for number in range(DISTINCT):
        yield Record(schema=schema, values=[
            1_000_000 + number, chance.randrange(1000), chance.random() * 1000,
            f"user{chance.randrange(100_000):016}", f"city{chance.randrange(500):016}",
            begin + datetime.timedelta(milliseconds=chance.randrange(1_000_000_000)), chance.random() < 0.5,
            decimal.Decimal(chance.randrange(100_000_000)).scaleb(-2), chance.randrange(-(2**31), 2**31),
            "".join(chr(chance.randrange(33, 127)) for _ in range(20))])


def write(schema, records):
    out = io.BytesIO()
    writer = writer_c.BaseRecordWriter(schema, out)
    for number in range(RECORDS):
        writer.write(records[number % DISTINCT])
    writer.close()
    return out.getvalue()


def read(schema, content):
    records = reader.TunnelRecordReader(schema, lambda *_, **__: OneStream(content))
    count = 0
    while records.read() is not None:
        count += 1
    assert count == RECORDS, count


def rate(work):
    work()
    rates = []
    for _ in range(TAKES):
        begin = time.thread_time()
        work()
        rates.append(RECORDS / (time.thread_time() - begin))
    return statistics.median(rates)


def main():
    options.local_timezone = False
    assert issubclass(reader.TunnelRecordReader, reader_c.BaseTunnelRecordReader), "the C extension is not in use"
    schema = TableSchema.from_lists(*map(list, zip(*COLUMNS)))
    records = list(make_records(schema))
    content = write(schema, records)
    print(json.dumps({
        "bytes_per_record": round(len(content) / RECORDS, 2),
        "write": round(rate(lambda: write(schema, records))),
        "read": round(rate(lambda: read(schema, content))),
    }))


if __name__ == "__main__":
    main()
