# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What the tables hold, as PyODPS reads it."""

import collections


def rows(odps, table, partition=None, columns=None):
    """All rows as tuples, counted: the order of a table means nothing, a row that is there twice does."""
    with odps.get_table(table).open_reader(partition=partition) as reader:
        if reader.count == 0:
            return collections.Counter()
        return collections.Counter(tuple(record[name] for name in columns) if columns else tuple(record.values)
                                   for record in reader.read())


def count(odps, table, partition=None):
    with odps.get_table(table).open_reader(partition=partition) as reader:
        return reader.count


def partitions(odps, table):
    return sorted(str(one.partition_spec) for one in odps.get_table(table).partitions)
