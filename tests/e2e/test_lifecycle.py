# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What happens to a run from outside: suspended, deleted, evicted, drained, its operator killed, its key renewed. Each time no
row is lost or doubled, nothing is left behind and nothing hangs."""

import json

import pytest

import copies
import kube
import tables

NAMESPACE = "lifecycle"
SLOW = {"concurrent": 8, "throttle": True, "mbps": 1}  # of eight streams two are at work: it takes 16 s
QUICK = {"concurrent": 8, "throttle": False}


@pytest.fixture(scope="module", autouse=True)
def namespace(data):
    kube.restricted_namespace(NAMESPACE)
    kube.apply(copies.data_source(), NAMESPACE)


@pytest.fixture
def table(odps, request):
    """A new table like flights, of the test's own."""
    name = "lc_" + "".join(c if c.isalnum() else "_" for c in request.node.name).lower()[:60]
    odps.create_table(name, odps.get_table("flights").table_schema)
    return name


def running_pods(job):
    return [pod for pod in job.children("pods") if pod["status"]["phase"] == "Running"]


def wait_transferring(job):
    """Until pods transfer and rows have arrived."""
    kube.wait_for(f"rows of {job.name}", 120,
                  lambda: (job.read() or {}).get("status", {}).get("progress", {}).get("rows", 0) > 0, job.explain)
    return kube.wait_for(f"running pods of {job.name}", 60, lambda: running_pods(job), job.explain)


def test_suspend_and_resume_in_the_middle(odps, table):
    kube.apply(copies.copy("suspended", table, SLOW), NAMESPACE)
    job = kube.Job("suspended", NAMESPACE)
    wait_transferring(job)
    job.patch({"suspend": True})
    job.wait("Suspended", "True", "SuspendedByUser")
    kube.wait_for("no pod runs", 60, lambda: not running_pods(job), job.explain)
    assert tables.partitions(odps, table) == [] or all(tables.count(odps, table, name) == 0 for name in copies.MONTHS)
    job.patch({"suspend": False, "setting": {"speed": QUICK}})
    done = job.wait("Succeeded")
    assert done["status"]["attempt"] == 1
    copies.assert_copied(odps, table)


@pytest.mark.parametrize("step", ["plan", "prepare", "transfer", "commit", "work"])
def test_delete_in_each_step(odps, table, step):
    name = f"deleted-in-{step}"
    speed = {"transfer": SLOW, "work": {**SLOW, "concurrent": 2}}.get(step, QUICK)
    kube.apply(copies.copy(name, table, speed, consistent=step != "prepare"), NAMESPACE)
    job = kube.Job(name, NAMESPACE)
    kube.wait_for(f"step {step}", 120, lambda: [one for one in job.children("jobs")
                                                if one["metadata"]["labels"]["culvert.dev/step"] == step], job.explain)
    uid = job.read()["metadata"]["uid"]
    kube.kubectl("-n", NAMESPACE, "delete", "syncjob", name, "--timeout=60s")
    copies.wait_gone(job, uid)
    if step != "commit":  # it may have come too late
        assert all(tables.count(odps, table, one) == 0 for one in tables.partitions(odps, table))
    # The same name again is a run of its own; into another table, as the overwriting session of the deleted run cannot be
    # aborted and keeps others away until it expires.
    again = table + "_again"
    odps.create_table(again, odps.get_table("flights").table_schema)
    kube.apply(copies.copy(name, again, QUICK), NAMESPACE)
    job.wait("Succeeded")
    copies.assert_copied(odps, again)


def test_an_evicted_pod_is_replaced(odps, table):
    kube.apply(copies.copy("evicted", table, SLOW), NAMESPACE)
    job = kube.Job("evicted", NAMESPACE)
    pod = wait_transferring(job)[0]["metadata"]["name"]
    kube.kubectl("create", "--raw", f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction", "-f", "-",
                 stdin=json.dumps({"apiVersion": "policy/v1", "kind": "Eviction",
                                   "metadata": {"name": pod, "namespace": NAMESPACE}}))
    job.patch({"setting": {"speed": QUICK}})
    job.wait("Succeeded")
    copies.assert_copied(odps, table)


def test_a_drained_node_gets_its_pods_back(odps, table):
    kube.apply(copies.copy("drained", table, SLOW), NAMESPACE)
    job = kube.Job("drained", NAMESPACE)
    pod = wait_transferring(job)[0]
    node = pod["spec"]["nodeName"]
    # Of this run alone: the pod with the rejected key would begin its three minutes again.
    run = "culvert.dev/run-uid=" + pod["metadata"]["labels"]["culvert.dev/run-uid"]
    try:
        kube.kubectl("drain", node, f"--pod-selector={run}", "--ignore-daemonsets", "--timeout=90s")
        job.patch({"setting": {"speed": QUICK}})
    finally:
        kube.kubectl("uncordon", node)
    job.wait("Succeeded", seconds=240)
    copies.assert_copied(odps, table)


def holder_of_the_lease():
    """The pod's name; its process put a word of its own behind it."""
    return kube.get("lease", "culvert-operator", "culvert-system")["spec"]["holderIdentity"].split("_")[0]


def test_the_leader_is_killed(odps, table):
    kube.apply(copies.copy("leaderless", table, SLOW), NAMESPACE)
    job = kube.Job("leaderless", NAMESPACE)
    wait_transferring(job)
    leader = holder_of_the_lease()
    kube.kubectl("-n", "culvert-system", "delete", "pod", leader, "--grace-period=0", "--force")
    job.patch({"setting": {"speed": QUICK}})
    done = job.wait("Succeeded", seconds=240)
    assert done["status"]["attempt"] == 1
    assert holder_of_the_lease() != leader
    copies.assert_copied(odps, table)


def test_a_manifest_applied_again_after_its_ttl_runs_nothing(odps, table):
    manifest = copies.copy("forgotten", table, QUICK, ttlSecondsAfterFinished=1)
    kube.apply(manifest, NAMESPACE)
    job = kube.Job("forgotten", NAMESPACE)
    done = job.wait("Succeeded")
    copies.wait_gone(job, done["metadata"]["uid"])
    odps.execute_sql(f"TRUNCATE TABLE {table} PARTITION ({copies.MONTHS[0]})".replace("=1", "='1'"))  # a second run would undo this
    assert kube.apply(manifest, NAMESPACE).strip().endswith("unchanged")
    kube.kubectl("-n", NAMESPACE, "annotate", "syncjob", "forgotten", "looked-at=again")
    job.wait("Succeeded", seconds=5)
    assert job.children("jobs") == []
    assert tables.count(odps, table, copies.MONTHS[0]) == 0


def test_a_namespace_goes_in_the_middle(table):
    name = "lifecycle-going"
    kube.restricted_namespace(name)
    kube.apply([*copies.data_source(), copies.copy("going", table, SLOW)], name)
    wait_transferring(kube.Job("going", name))
    kube.kubectl("delete", "namespace", name, "--timeout=120s")


def test_two_runs_never_write_one_target_at_once(odps, table):
    kube.apply(copies.copy("first", table, SLOW), NAMESPACE)
    first = kube.Job("first", NAMESPACE)
    wait_transferring(first)
    other = "lifecycle-other"
    kube.restricted_namespace(other)
    kube.apply([*copies.data_source(), copies.copy("second", table, QUICK)], other)
    second = kube.Job("second", other)
    second.wait_reason("WaitingForTarget")
    assert second.children("jobs") == []
    first.patch({"setting": {"speed": QUICK}})
    first.wait("Succeeded")
    second.wait("Succeeded")
    copies.assert_copied(odps, table)


def test_a_renewed_key_costs_no_attempt(odps, table):
    name = "lifecycle-key"
    kube.restricted_namespace(name)
    kube.apply([*copies.data_source("outdated"), copies.copy("rekeyed", table, QUICK)], name)
    job = kube.Job("rekeyed", name)
    kube.wait_for("the plan's pod runs", 90, lambda: running_pods(job), job.explain)
    kube.apply(copies.data_source(), name)
    done = job.wait("Succeeded", seconds=300)
    assert done["status"]["attempt"] == 1
    copies.assert_copied(odps, table)


def test_a_name_that_is_taken_is_told_until_it_is_free(odps, table):
    kube.apply(copies.copy("taken", table, QUICK, suspend=True), NAMESPACE)
    job = kube.Job("taken", NAMESPACE)
    held = job.wait("Suspended", "True", "SuspendedByUser")
    foreign = f"taken-{held['metadata']['uid'][:8]}-1-plan"
    kube.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": foreign},
                "spec": {"suspend": True, "template": {"spec": {"restartPolicy": "Never",
                                                                "containers": [{"name": "c", "image": "nothing"}]}}}}, NAMESPACE)
    job.patch({"suspend": False})
    job.wait_reason("NameConflict")
    kube.kubectl("-n", NAMESPACE, "annotate", "syncjob", "taken", "looked-at=again")
    kube.wait_for("one event counts how often that was seen", 60, lambda: [
        one for one in kube.list_of("events.events.k8s.io", NAMESPACE)
        if (one["regarding"].get("name"), one["reason"]) == ("taken", "NameConflict") and one.get("series", {}).get("count", 0) > 1
    ], job.explain)
    kube.kubectl("-n", NAMESPACE, "delete", "job", foreign)
    kube.kubectl("-n", NAMESPACE, "annotate", "syncjob", "taken", "looked-at-after=deletion")
    job.wait("Succeeded")
    copies.assert_copied(odps, table)


def test_a_plan_too_large_for_a_message_comes_by_the_log(odps):
    names = [f"p={number}" for number in range(150)]
    for table in ("lc_wide", "lc_wide_copy"):
        odps.create_table(table, ("id bigint", "p string"))
    odps.execute_sql("ALTER TABLE lc_wide ADD " + " ".join(f"PARTITION ({name})".replace("=", "='").replace(")", "')")
                                                           for name in names))
    manifest = copies.copy("wide", "lc_wide_copy", {"concurrent": 2})
    manifest["spec"]["source"]["maxCompute"].update(table="lc_wide", partition=["p=*"])
    kube.apply(manifest, NAMESPACE)
    job = kube.Job("wide", NAMESPACE)
    done = job.wait("Succeeded")
    said = [pod["status"]["containerStatuses"][0]["state"]["terminated"]["message"] for pod in job.children("pods")
            if pod["metadata"]["labels"]["culvert.dev/step"] == "plan"]
    assert ["text" in json.loads(one)["plan"] for one in said] == [False]
    assert done["status"]["plan"]["partitions"] == len(names)
    assert len(tables.partitions(odps, "lc_wide_copy")) == len(names)


def test_nothing_is_left_of_all_that():
    """Each child belongs to a SyncJob that is there, and nobody holds a target any more."""
    living = {one["metadata"]["uid"] for one in kube.list_of("syncjobs", None)}
    orphans = [(one["kind"], one["metadata"]["namespace"], one["metadata"]["name"])
               for one in kube.list_of("jobs,pods,configmaps", None, "culvert.dev/run-uid")
               if one["metadata"]["labels"]["culvert.dev/run-uid"] not in living]
    assert orphans == []
    kube.wait_for("the claims of runs that are over or gone are released", 60,
                  lambda: kube.list_of("configmaps", "culvert-system", "culvert.dev/claim") == [])


def test_a_key_that_nobody_knows_is_given_up():
    """Of the examples; it was over long ago, unless only these tests were asked for."""
    job = kube.Job("fails-bad-key", "examples")
    failed = job.wait("Succeeded", "False", "CredentialsExpired", seconds=240)
    assert "does not accept the access key" in kube.condition(failed, "Succeeded")["message"]
    assert "nobody" not in str(failed["status"]), "an access key id is in the status"
