# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Record streams in files, written and read by PyODPS's own record classes, without HTTP."""

import io

from odps.models import Record, TableSchema
from odps.tunnel.io.reader import TunnelRecordReader
from odps.tunnel.io.writer import BaseRecordWriter


def schema_of(kinds):
    return TableSchema.from_lists([f"c{index}" for index in range(len(kinds))], list(kinds))


def write(kinds, rows):
    """The bytes of one stream, trailer included."""
    schema = schema_of(kinds)
    out = io.BytesIO()
    writer = BaseRecordWriter(schema, out)
    for row in rows:
        writer.write(Record(schema=schema, values=list(row)))
    writer.close()
    return out.getvalue()


class OneStream:
    """What the reader asks for bytes: a stream that is a file."""

    def __init__(self, content):
        self.file = io.BytesIO(content)

    def read(self, size=-1):
        return self.file.read(size)

    def close(self):
        self.file.close()


def read(kinds, content):
    reader = TunnelRecordReader(schema_of(kinds), lambda *_, **__: OneStream(content))
    return [list(record.values) for record in reader]
