# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The leader killed twenty times, at any moment of runs of all shapes: what is there in the end, and what was created and deleted
for it, is what one undisturbed run of each leaves."""

import collections
import json
import os
import pathlib
import random
import signal
import time

import pytest

import conftest
import copies
import kube
import test_rights

KILLS = 20
SHAPES = {  # concurrent, consistent
    "small": (2, True),  # plan, work
    "shards": (4, True),  # plan, transfer, commit
    "prepared": (4, False),  # plan, prepare, transfer, commit
}
LEASE = {"leaseDurationSeconds": 3, "renewDeadlineSeconds": 2, "retryPeriodSeconds": 1}  # of 15 s each kill would take 15 s


@pytest.fixture(scope="module", autouse=True)
def short_lease(data, tmp_path_factory):
    values = tmp_path_factory.mktemp("helm") / "values.json"

    def install(election):
        operator = {**conftest.VALUES["operator"], "leaderElection": election}
        values.write_text(json.dumps({**conftest.VALUES, "operator": operator}))
        kube.run("helm", "upgrade", "culvert", conftest.ROOT / "charts" / "culvert", "-n", conftest.SYSTEM, "-f", values, "--wait",
                 "--timeout", "3m")

    install(LEASE)
    yield
    install({})


class Runs:
    """Runs of all shapes in a namespace of their own, each into a table of its own."""

    def __init__(self, odps, namespace):
        self.odps, self.namespace = odps, namespace
        self.started = []  # (SyncJob, table, shape)
        kube.restricted_namespace(namespace)
        kube.apply(copies.data_source(), namespace)

    def start(self, shape):
        name = f"{shape}-{len(self.started)}"
        table = f"{self.namespace}_{name}".replace("-", "_")
        self.odps.create_table(table, self.odps.get_table("flights").table_schema)
        concurrent, consistent = SHAPES[shape]
        kube.apply(copies.copy(name, table, {"concurrent": concurrent}, consistent, ttlSecondsAfterFinished=1), self.namespace)
        self.started.append((kube.Job(name, self.namespace), table, shape))

    def wait_for_the_end(self):
        """Each commits once, has its rows, and nothing but the SyncJob is left of it."""
        for job, table, _ in self.started:
            done = job.wait("Succeeded")
            assert done["status"]["attempt"] == 1, job.explain()
            copies.wait_gone(job, done["metadata"]["uid"])
            copies.assert_copied(self.odps, table)

    def deeds(self):
        """{shape: {(verb, resource, step or record): how many}} that the operator created or deleted, as the audit log has it."""
        shapes = {job.name: shape for job, _, shape in self.started}
        done = {shape: collections.Counter() for shape in SHAPES}
        seen = set()
        for one in test_rights.requests_of_the_operator():
            name = one["objectRef"].get("name", "")
            if one["verb"] not in ("create", "delete") or one["objectRef"].get("namespace") != self.namespace or \
                    one["objectRef"]["resource"] == "events" or one["responseStatus"]["code"] not in (200, 201):
                continue
            # A second leader may delete once more what the first one had deleted and nobody has removed yet.
            if (one["verb"], one["objectRef"]["resource"], name) in seen:
                assert one["verb"] == "delete", f"created twice: {name}"
                continue
            seen.add((one["verb"], one["objectRef"]["resource"], name))
            run, step = name.rsplit("-", 3)[0], name.rsplit("-", 1)[1]
            done[shapes[run]][one["verb"], one["objectRef"]["resource"], step] += 1
        return done


def leader():
    """The pod that holds the lease, if it is there."""
    name = (kube.get("lease", "culvert-operator", conftest.SYSTEM)["spec"].get("holderIdentity") or "").split("_")[0]
    return name if name and kube.get("pod", name, conftest.SYSTEM) else None


def kill(pod):
    """Its process, by SIGKILL, where it runs on this machine; then the pod, or its restarts would come later and later."""
    for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"POD_NAME={pod}".encode() in environment.read_bytes().split(b"\0"):
                os.kill(int(environment.parent.name), signal.SIGKILL)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue  # it ended, or is not ours
    kube.kubectl("-n", conftest.SYSTEM, "delete", "pod", pod, "--grace-period=0", "--force", "--wait=false")


def test_twenty_kills_leave_what_none_leaves(odps):
    seed = int(os.environ.get("CULVERT_SEED", time.time_ns() % 1_000_000_000))
    print(f"CULVERT_SEED={seed}")
    moments = random.Random(seed)
    undisturbed = Runs(odps, "leader-lives")
    for shape in SHAPES:
        undisturbed.start(shape)
    undisturbed.wait_for_the_end()

    killed = set()
    runs = Runs(odps, "leader-dies")
    shapes = list(SHAPES)
    for number in range(KILLS):
        if number % 2 == 0:
            runs.start(shapes[number // 2 % len(shapes)])
        pod = kube.wait_for("a leader", 60, lambda: leader() not in {None, *killed} and leader())
        moment = time.monotonic() + moments.uniform(0, 2)
        kube.wait_for("the moment of its end", 5, lambda moment=moment: time.monotonic() >= moment)
        kill(pod)
        killed.add(pod)
    runs.wait_for_the_end()
    if test_rights.AUDITED:
        expected, done = undisturbed.deeds(), runs.deeds()
        for shape in SHAPES:
            count = sum(one == shape for _, _, one in runs.started)
            assert done[shape] == collections.Counter({deed: times * count for deed, times in expected[shape].items()}), shape
