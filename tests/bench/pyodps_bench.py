# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""PyODPS's Cython record writer and reader, memory to memory, by this thread's CPU time.

Its argument: a file of `codec_bench --stream`, whose 4,096 first records are taken. Prints one JSON line: records a
second for each.
"""

import io
import json
import pathlib
import statistics
import sys
import time

from odps import options
from odps.models import TableSchema
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
    whole = reader.TunnelRecordReader(
        schema, lambda *_, **__: OneStream(pathlib.Path(sys.argv[1]).read_bytes()))
    records = [whole.read() for _ in range(DISTINCT)]
    content = write(schema, records)
    print(json.dumps({
        "write": round(rate(lambda: write(schema, records))),
        "read": round(rate(lambda: read(schema, content))),
    }))


if __name__ == "__main__":
    main()
