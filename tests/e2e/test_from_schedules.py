# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""SyncSchedules on a real cluster: the example waits for its night, a backfill makes the runs of its dates, a run that is in the way
is replaced."""

import pathlib

import pytest

import copies
import kube
import tables

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "cluster" / "schedule.yaml"
NAMESPACE = "planned"
DAYS = ["20250228", "20250301", "20250302"]


def schedule(name, source, target, **spec):
    return {"apiVersion": "culvert.dev/v1alpha1", "kind": "SyncSchedule", "metadata": {"name": name},
            "spec": {"timeZone": "UTC", "jobTemplate": {"spec": {"source": {"maxCompute": source}, "target": {"maxCompute": target}}},
                     **spec}}


def runs_of(name):
    return kube.list_of("syncjobs", NAMESPACE, f"culvert.dev/schedule={name}")


def condition_of(name, kind):
    return kube.condition(kube.get("syncschedule", name, NAMESPACE), kind)


@pytest.fixture(scope="module", autouse=True)
def planned(odps, data):
    odps.create_table("planned_days", ("carrier string, flight bigint, day string", "load string"), if_not_exists=True)
    kube.restricted_namespace(NAMESPACE)
    kube.apply(copies.data_source(), NAMESPACE)
    # Each minute one that can never begin: nothing is called `nowhere`.
    kube.apply(schedule("each-minute", {"dataSourceRef": {"name": "nowhere"}, "table": "flights", "partition": ["month=1"],
                                        "column": ["carrier"]},
                        {"dataSourceRef": {"name": "nowhere"}, "table": "t", "column": ["*"], "truncate": True,
                         "consistencyCommit": True},
                        schedule="* * * * *", concurrencyPolicy="Replace"), NAMESPACE)


def test_the_example_is_valid_and_waits_for_its_time():
    kube.apply(EXAMPLE.read_text(encoding="utf-8"), NAMESPACE)
    kube.wait_for("the example is ready", 30, lambda: condition_of("flights-nightly", "Ready").get("status") == "True",
                  lambda: str(kube.get("syncschedule", "flights-nightly", NAMESPACE)["status"]))
    assert kube.get("syncschedule", "flights-nightly", NAMESPACE)["status"]["nextScheduleTime"]
    assert runs_of("flights-nightly") == []


def test_a_backfill_makes_the_run_of_each_date_once(odps):
    kube.apply(schedule("daily", {"dataSourceRef": {"name": "emulator"}, "table": "flights", "partition": ["month=1"],
                                  "column": ["carrier", "flight", "'${day}'"]},
                        {"dataSourceRef": {"name": "emulator"}, "table": "planned_days", "partition": "load=${day}",
                         "column": ["*"], "truncate": True, "consistencyCommit": True},
                        schedule="10 0 * * *", parameters=[{"name": "day", "value": "${yyyymmdd}"}],
                        backfill={"name": "leap", "from": "2025-02-28", "to": "2025-03-02", "parallelism": 2}), NAMESPACE)
    kube.wait_for("the backfill is over", 180,
                  lambda: "leap" in kube.get("syncschedule", "daily", NAMESPACE).get("status", {}).get("finishedBackfills", []),
                  lambda: str(kube.get("syncschedule", "daily", NAMESPACE).get("status")))
    made = runs_of("daily")
    assert len(made) == len(DAYS), [one["metadata"]["name"] for one in made]
    assert sorted(known["value"] for one in made for known in one["status"]["resolvedParameters"]
                  if known["name"] == "bizdate") == DAYS
    expected = sum(tables.rows(odps, "flights", "month=1", ["carrier"]).values())
    for day in DAYS:
        found = tables.rows(odps, "planned_days", f"load={day}", ["day"])
        assert found == {(day,): expected}, day


def test_a_run_in_the_way_is_replaced():
    first = kube.wait_for("a run that cannot begin", 130, lambda: runs_of("each-minute"))[0]["metadata"]["name"]
    kube.wait_for("another one in its place", 130,
                  lambda: runs_of("each-minute") and first not in {one["metadata"]["name"] for one in runs_of("each-minute")},
                  lambda: str(kube.get("syncschedule", "each-minute", NAMESPACE).get("status")))
    kube.kubectl("-n", NAMESPACE, "patch", "syncschedule", "each-minute", "--type=merge", "-p", '{"spec": {"suspend": true}}')
    kube.wait_for("it is suspended", 30, lambda: condition_of("each-minute", "Ready").get("reason") == "Suspended")


def test_what_the_api_server_refuses_is_said_before_any_run():
    broken = schedule("broken", {"dataSourceRef": {"name": "emulator"}, "table": "flights", "partition": ["month=1"], "column": ["*"]},
                      {"dataSourceRef": {"name": "emulator"}, "table": "t", "column": ["*"], "truncate": True, "consistencyCommit": True},
                      schedule="10 0 * * *")
    broken["spec"]["jobTemplate"]["spec"]["runner"] = {"threads": 65}
    kube.apply(broken, NAMESPACE)
    kube.wait_for("a verdict", 30, lambda: condition_of("broken", "Valid").get("status") == "False",
                  lambda: str(kube.get("syncschedule", "broken", NAMESPACE).get("status")))
    assert runs_of("broken") == []
