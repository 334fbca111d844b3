# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at random points of a run that appends: no row lost, none twice, nothing half visible."""

import collections
import os
import random
import subprocess
import threading
import time

import pytest

from support import sync_job
from tables import count, download, make_table, upload

ROWS = 20_000
OLD_ROWS = [[-number, "was there"] for number in range(1, 11)]
POINTS = int(os.environ.get("CULVERT_KILL_POINTS", "50"))
SEED = int(os.environ.get("CULVERT_SEED", random.SystemRandom().randrange(2**32)))


class Poller:
    """Reads the target's row count over and over, as any other client would see it."""

    def __init__(self, odps, table):
        self.counts = []
        self.failure = None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(odps, table))

    def run(self, odps, table):
        try:
            while not self.stopped.is_set():
                self.counts.append(count(odps, table))
                self.stopped.wait(0.02)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()


@pytest.fixture(scope="module")
def source(odps):
    name = "kill_source"
    make_table(odps, name, [("id", "bigint"), ("s", "string")])
    upload(odps, name, [[number, f"value {number} " + "x" * (number % 50)] for number in range(ROWS)], blocks=4)
    return name


def multiset(rows):
    return collections.Counter(map(tuple, rows))


def make_job(source, target, consistent, name):
    # Throttled, so that the points fall into all phases of the run and not only into its start.
    return sync_job(
        {"maxCompute": {"table": source, "column": ["*"]}},
        {"maxCompute": {"table": target, "column": ["*"], "truncate": False,
                        "consistencyCommit": consistent}},
        {"speed": {"throttle": True, "mbps": 4, "concurrent": 3}}, {"threads": 3}, name)


def start(runner, job, state):
    return subprocess.Popen(runner.command(job, state=state), stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def time_of_a_whole_run(odps, runner, source, table_name, consistent):
    name = table_name("timed")
    make_table(odps, name, [("id", "bigint"), ("s", "string")])
    begin = time.monotonic()
    finished = runner.run(make_job(source, name, consistent, "timed"))
    assert finished.code == 0, finished.explain()
    return time.monotonic() - begin


@pytest.mark.parametrize("consistent,points", [(True, POINTS), (False, max(1, POINTS // 3))])
def test_killed_anywhere_and_run_again(odps, runner, table_name, source, consistent, points, record_property):
    print(f"seed {SEED}")
    record_property("seed", SEED)
    chance = random.Random(SEED)
    whole = time_of_a_whole_run(odps, runner, source, table_name, consistent)
    expected = multiset(download(odps, source)) + multiset(OLD_ROWS)
    killed = 0
    attempts = 0
    while killed < points:
        attempts += 1
        assert attempts < 4 * points, "too few runs were still alive when the signal came"
        name = table_name("killed")
        make_table(odps, name, [("id", "bigint"), ("s", "string")])
        upload(odps, name, OLD_ROWS)
        job = make_job(source, name, consistent, name.replace("_", "-"))
        state = runner.directory / f"state-{name}"
        # One point in five falls into the last tenth, where the commit is.
        delay = whole * (chance.uniform(0.9, 1.05) if chance.random() < 0.2 else chance.uniform(0, 1))
        with Poller(odps, name) as poller:
            process = start(runner, job, state)
            time.sleep(delay)
            process.kill()
            if process.wait() == -9:
                killed += 1
            for _ in range(2):
                finished = runner.run(job, state=state)
                if finished.code == 0:
                    break
        told = f"seed {SEED}, attempt {attempts}, killed after {delay:.3f} s of {whole:.3f} s"
        assert finished.code == 0, f"{told}\n{finished.explain()}"
        assert poller.failure is None, told
        assert multiset(download(odps, name)) == expected, told
        if consistent:
            assert set(poller.counts) <= {len(OLD_ROWS), len(OLD_ROWS) + ROWS}, told
        odps.delete_table(name)
    print(f"{killed} kills in {attempts} runs")


def test_a_finished_run_is_not_run_again(odps, runner, table_name, source):
    name = table_name()
    make_table(odps, name, [("id", "bigint"), ("s", "string")])
    job = make_job(source, name, True, "once")
    state = runner.directory / "once"
    first = runner.run(job, state=state)
    assert first.code == 0, first.explain()
    second = runner.run(job, state=state)
    assert second.code == 0, second.explain()
    assert "already done" in (second.out + second.err).lower(), second.explain()
    assert count(odps, name) == ROWS
    third = runner.run(job, "--again", state=state)
    assert third.code == 0, third.explain()
    assert count(odps, name) == 2 * ROWS
