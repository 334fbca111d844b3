# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The runner's memory and start: bounded by streams, whatever the table; first request at once."""

import pytest

from support import Emulator, Runner, first_request_milliseconds, peak_memory, sync_job
from tables import make_table

MIB = 1024 * 1024
ROW_BYTES = 1024  # of payload
COLUMNS = [("id", "bigint"), ("s", "string")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An emulator of its own: its memory goes when this file is through."""
    emulator = Emulator()
    yield emulator.odps(), Runner(tmp_path_factory.mktemp("memory"), emulator)
    emulator.stop()


@pytest.fixture(scope="module")
def tables(place):
    odps, runner = place
    sizes = {64: "small", 1024: "large"}
    for mebibytes, name in sizes.items():
        make_table(odps, name, COLUMNS)
        finished = runner.run(sync_job(
            {"stream": {"count": mebibytes * MIB // ROW_BYTES, "column": [
                {"name": "id", "type": "bigint", "increasing": {"from": 0}},
                {"name": "s", "type": "string", "random": {"min": ROW_BYTES, "max": ROW_BYTES}}]}},
            {"maxCompute": {"table": name, "column": ["*"], "truncate": True, "consistencyCommit": True}},
            {"speed": {"concurrent": 2}}), timeout=300)
        assert finished.code == 0, finished.explain()
    return sizes


@pytest.mark.parametrize("mebibytes", [64, 1024])
@pytest.mark.parametrize("streams", [1, 16])
@pytest.mark.parametrize("route", ["pass-through", "typed", "zstd"])
def test_memory_is_bounded_by_streams(place, tables, streams, mebibytes, route):
    odps, runner = place
    if route == "zstd" and mebibytes == 1024 and streams == 1:
        return  # half a minute, and nothing that the others do not show
    target = f"target_{route.replace('-', '_')}_{mebibytes}_{streams}"
    columns = [("id", "string"), ("s", "string")] if route == "typed" else COLUMNS
    make_table(odps, target, columns)
    codec = {"codec": "zstd"} if route == "zstd" else {}
    job = sync_job(
        {"maxCompute": {"table": tables[mebibytes], "column": ["*"], **codec}},
        {"maxCompute": {"table": target, "column": ["*"], "truncate": True, "consistencyCommit": True, **codec}},
        {"speed": {"concurrent": streams}}, {"threads": streams})
    code, peak = peak_memory(runner.command(job))
    odps.delete_table(target)
    limit = 48 + 2.5 * streams
    print(f"{route}, {mebibytes} MiB, {streams} streams: {peak:.1f} MiB of {limit:.1f} MiB")
    assert code == 0
    assert 0 < peak <= limit


def test_the_first_request_is_sent_at_once(tmp_path):
    took = first_request_milliseconds(tmp_path, runs=9)
    # The least of them: other programs on the machine only ever add to it. `make bench` looks at the median.
    print(f"start to first request: {min(took):.1f} ms")
    assert min(took) <= 50
