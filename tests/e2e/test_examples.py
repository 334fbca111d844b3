# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""`kubectl apply -f examples/cluster`: what each example says about itself comes true, and PyODPS finds the rows."""

import pathlib

import pytest

import kube
import tables
from canary import KEY

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "cluster"
NAMESPACE = "examples"
FLIGHTS = 336776


@pytest.fixture(scope="module", autouse=True)
def manifests(data, tmp_path_factory):
    """The examples with the key of this run, applied."""
    folder = tmp_path_factory.mktemp("examples")
    for file in EXAMPLES.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        text = text.replace("accessKeyId: emulator", f"accessKeyId: {KEY[0]}").replace("accessKeySecret: emulator-secret", f"accessKeySecret: {KEY[1]}")
        (folder / file.name).write_text(text, encoding="utf-8")
    kube.restricted_namespace(NAMESPACE)
    kube.kubectl("-n", NAMESPACE, "apply", "-f", folder)
    return folder


def job(name):
    return kube.Job(name, NAMESPACE)


def started_pods(one):
    """(step, pod) of every pod that the run ever had, as the events tell: some are gone already."""
    prefix = f"{one.name}-{one.read()['metadata']['uid'][:8]}-"
    names = {event["involvedObject"]["name"] for event in kube.list_of("events", NAMESPACE)
             if event["involvedObject"]["kind"] == "Pod" and event["reason"] == "Started"}
    return [(name[len(prefix):].split("-")[1], name) for name in names if name.startswith(prefix)]


def test_the_parallel_example_moves_twelve_partitions_in_four_pods(odps):
    one = job("flights-parallel")
    status = one.wait("Succeeded", seconds=300)["status"]
    assert status["progress"]["rows"] == FLIGHTS, status
    assert status["report"]["committedPartitionsTotal"] == 12, status
    transfer = [found for found in one.children("jobs") if found["metadata"]["labels"]["culvert.dev/step"] == "transfer"]
    assert [found["spec"]["parallelism"] for found in transfer] == [4]
    assert len([pod for step, pod in started_pods(one) if step == "transfer"]) >= 4
    names = tables.partitions(odps, "flights")
    assert len(names) == 12
    assert tables.partitions(odps, "flights_copy") == names
    assert sum(tables.count(odps, "flights_copy", name) for name in names) == FLIGHTS
    for name in names[:2]:  # every value of two of them; of all twelve the runner compared content hashes
        assert tables.rows(odps, "flights_copy", name) == tables.rows(odps, "flights", name), name


def test_the_append_example_adds_one_partition_with_constants(odps):
    job("flights-log").wait("Succeeded")
    columns = ["carrier", "flight", "dep_delay", "month"]
    written = tables.rows(odps, "flights_log", "load=20130101", [*columns, "tag"])
    read = tables.rows(odps, "flights", "month=1", columns)
    assert written == {(*row, "nightly"): times for row, times in read.items()}


def test_the_small_example_takes_two_pods(odps):
    one = job("planes-single-pod")
    one.wait("Succeeded")
    assert sorted(step for step, _ in started_pods(one)) == ["plan", "work"]
    assert tables.rows(odps, "planes_copy") == tables.rows(odps, "planes")


def test_the_stream_examples_write_and_read_a_million_rows(odps):
    job("rows-generated").wait("Succeeded", seconds=300)
    assert tables.count(odps, "generated") == 1_000_000
    counted = job("airports-counted").wait("Succeeded")["status"]
    assert counted["report"]["rowsRead"] == tables.count(odps, "airports")


@pytest.mark.parametrize("name, reason", [("fails-bad-column", "SchemaMismatch"),
                                          ("fails-missing-partition", "PartitionNotFound")])
def test_the_failing_examples_say_why(name, reason):
    one = job(name)
    failed = one.wait("Succeeded", "False", reason)
    message = kube.condition(failed, "Succeeded")["message"]
    assert len(message) > 20
    assert kube.condition(failed, "Stalled").get("status") == "True"
    assert not [found for found in one.children("jobs") if found["metadata"]["labels"]["culvert.dev/step"] != "plan"]


def test_the_held_example_starts_nothing_until_it_may():
    one = job("weather-held")
    one.wait("Suspended", "True", "SuspendedByUser")
    assert one.children("jobs") == []
    kube.kubectl("-n", NAMESPACE, "patch", "syncjob", "weather-held", "--type", "merge", "--patch", '{"spec":{"suspend":false}}')
    one.wait("Succeeded")


def versions_of_secrets():
    return {one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in kube.list_of("secrets", NAMESPACE)}


def jobs_of_finished_runs():
    """The uids of their Jobs. The example with the bad key is not over yet: its Job is replaced until its time is."""
    ended = {one["metadata"]["uid"] for one in kube.list_of("syncjobs", NAMESPACE)
             if kube.condition(one, "Succeeded").get("status") in ("True", "False")}
    return {one["metadata"]["uid"]: one["metadata"]["labels"]["culvert.dev/run-uid"] for one in kube.list_of("jobs", NAMESPACE)
            if one["metadata"]["labels"]["culvert.dev/run-uid"] in ended}


def test_applying_the_examples_again_changes_nothing(manifests):
    before = jobs_of_finished_runs()
    assert len(set(before.values())) >= 8
    secrets = versions_of_secrets()
    kube.kubectl("-n", NAMESPACE, "patch", "syncjob", "weather-held", "--type", "merge", "--patch", '{"spec":{"suspend":true}}')
    again = kube.kubectl("-n", NAMESPACE, "apply", "-f", manifests).splitlines()
    # Of a Secret's stringData, which is never there to be read, kubectl says each time that it configured it.
    assert [line for line in again if not line.endswith("unchanged") and not line.startswith("secret/")] == []
    assert versions_of_secrets() == secrets
    for name in ("flights-parallel", "planes-single-pod", "flights-log"):
        job(name).wait("Succeeded", seconds=5)
    after = jobs_of_finished_runs()
    assert {uid: after.get(uid) for uid in before} == before
    # Nor did one of these runs start another Job.
    assert {uid for uid, run in after.items() if run in before.values()} == set(before)
