# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Uploads and downloads through PyODPS's Tunnel client, rows as lists."""

from odps.models import TableSchema
from odps.tunnel import TableTunnel
from odps.tunnel.io.stream import CompressOption

ALGORITHMS = CompressOption.CompressAlgorithm
CODECS = {
    "raw": ALGORITHMS.ODPS_RAW,
    "deflate": ALGORITHMS.ODPS_ZLIB,
    "zstd": ALGORITHMS.ODPS_ZSTD,
    "lz4": ALGORITHMS.ODPS_LZ4,
    "snappy": ALGORITHMS.ODPS_SNAPPY,
}


def make_table(odps, name, columns, partitions=()):
    """`columns` and `partitions` are (name, type) pairs."""
    schema = TableSchema.from_lists(
        [name for name, _ in columns], [kind for _, kind in columns],
        [name for name, _ in partitions] or None, [kind for _, kind in partitions] or None)
    return odps.create_table(name, schema)


def option(codec):
    return CompressOption(compress_algo=CODECS[codec])


def upload(odps, table, rows, partition=None, overwrite=False, codec="raw", blocks=1, commit=True):
    """One session; row i goes into block i modulo `blocks`."""
    session = TableTunnel(odps).create_upload_session(
        table, partition_spec=partition, overwrite=overwrite, compress_option=option(codec))
    for block in range(blocks):
        with session.open_record_writer(block, compress=True) as writer:
            for row in rows[block::blocks]:
                writer.write(session.new_record(list(row)))
    if commit:
        session.commit(list(range(blocks)))
    return session


def download(odps, table, partition=None, codec="raw", start=0, count=None, columns=None):
    session = TableTunnel(odps).create_download_session(
        table, partition_spec=partition, compress_option=option(codec))
    if count is None:
        count = session.count - start
    with session.open_record_reader(start, count, compress=True, columns=columns,
                                    append_partitions=False) as reader:
        return [list(record.values) for record in reader]


def count(odps, table, partition=None):
    return TableTunnel(odps).create_download_session(table, partition_spec=partition).count
