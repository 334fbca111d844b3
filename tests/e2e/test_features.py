# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What a job may ask for beside copying, in pods: a filter with statements around it, dirty rows kept on a volume, a refusal
before anything is touched, another log level while it runs."""

import collections
import json
import os
import pathlib
import shutil
import tempfile

import pytest

import copies
import kube
import tables

NAMESPACE = "features"
SYSTEM = "culvert-system"
ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = not os.environ.get("CULVERT_IMAGE_REGISTRY")  # the node is this machine
SLOW = {"concurrent": 8, "throttle": True, "mbps": "0.1"}  # minutes: a knob is in its volume before the copy ends
QUICK = {"concurrent": 8, "throttle": False}


@pytest.fixture(scope="module", autouse=True)
def namespace(data):
    kube.restricted_namespace(NAMESPACE)
    kube.apply(copies.data_source(), NAMESPACE)


def job_of(name, source, target, **spec):
    reference = {"dataSourceRef": {"name": "emulator"}}
    return {"apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob", "metadata": {"name": name},
            "spec": {"source": {"maxCompute": {**reference, **source}}, "target": {"maxCompute": {**reference, **target}}, **spec}}


@pytest.mark.parametrize("concurrent", [2, 4])  # in one pod; in a pod for each step
def test_a_filter_and_statements_run_where_they_belong(odps, concurrent):
    table, log = f"fe_filtered_{concurrent}", f"fe_log_{concurrent}"
    kinds = {column.name: str(column.type) for column in odps.get_table("flights").table_schema.columns}
    odps.create_table(table, f"carrier {kinds['carrier']}, flight {kinds['flight']}, dest string")
    odps.create_table(log, "what string")

    def tell(when):
        return [f"INSERT INTO {log} SELECT CONCAT('{when} ', CAST(COUNT(*) AS STRING)) FROM {table}"]

    kube.apply(job_of(f"filtered-{concurrent}",
                      {"table": "flights", "partition": ["month=1"], "column": ["carrier", "flight", "lower(dest)"],
                       "enableWhere": True, "where": "dep_delay > 30 AND carrier IN ('UA', 'AA')"},
                      {"table": table, "column": ["*"], "truncate": True, "consistencyCommit": True,
                       "preSql": tell("before"), "postSql": tell("after")},
                      setting={"speed": {"concurrent": concurrent}}, runner={"threads": 2}), NAMESPACE)
    job = kube.Job(f"filtered-{concurrent}", NAMESPACE)
    done = job.wait("Succeeded")
    wanted = collections.Counter()
    for (carrier, flight, dest, delay), times in tables.rows(odps, "flights", "month=1",
                                                             ["carrier", "flight", "dest", "dep_delay"]).items():
        if delay is not None and delay > 30 and carrier in ("UA", "AA"):
            wanted[carrier, flight, dest.lower()] += times
    assert tables.rows(odps, table) == wanted
    rows = sum(wanted.values())
    assert rows > 100
    assert done["status"]["report"]["rowsRead"] == rows
    assert tables.rows(odps, log) == {("before 0",): 1, (f"after {rows}",): 1}
    steps = {one["metadata"]["labels"]["culvert.dev/step"] for one in job.children("jobs")}
    assert steps == ({"plan", "work"} if concurrent == 2 else {"plan", "prepare", "transfer", "commit"})


@pytest.fixture(scope="module")
def volume():
    """A directory of the node behind a claim; its name and the directory."""
    if not OURS:
        pytest.skip("the directories of a node that is not this machine cannot be read")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="culvert-e2e-dirty-"))
    directory.chmod(0o777)  # for the runner's user: nobody gives it a directory of the node
    common = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
    name = "dirty-rows"
    kube.apply([{"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"{NAMESPACE}-{name}"},
                 "spec": {**common, "capacity": {"storage": "1Gi"}, "persistentVolumeReclaimPolicy": "Retain",
                          "hostPath": {"path": str(directory), "type": "Directory"},
                          "claimRef": {"namespace": NAMESPACE, "name": name}}},
                {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
                 "spec": {**common, "volumeName": f"{NAMESPACE}-{name}", "resources": {"requests": {"storage": "1Gi"}}}}], NAMESPACE)
    kube.wait_for("the claim has its volume", 60, lambda: kube.get("pvc", name, NAMESPACE)["status"].get("phase") == "Bound",
                  lambda: kube.kubectl("-n", NAMESPACE, "describe", "pvc", name))
    yield name, directory
    kube.kubectl("-n", NAMESPACE, "delete", "pvc", name, "--wait=false")
    kube.kubectl("delete", "pv", f"{NAMESPACE}-{name}", "--wait=false")
    shutil.rmtree(directory)


@pytest.mark.parametrize("concurrent", [2, 4])  # in one pod; in a pod for each step
def test_dirty_rows_are_kept_on_a_volume(odps, volume, concurrent):
    claim, directory = volume
    source, target, name = f"fe_text_{concurrent}", f"fe_number_{concurrent}", f"dirty-{concurrent}"
    odps.create_table(source, ("s string", "p string"))
    odps.create_table(target, "n bigint")
    words = {"1": ["1", "2", "three", "4", ""], "2": ["10", "eleven", "12", "0x13"]}
    for part, values in words.items():
        odps.execute_sql(f"INSERT INTO {source} PARTITION (p='{part}') VALUES " + ", ".join(f"('{one}')" for one in values))
    kube.apply(job_of(name, {"table": source, "partition": ["p=*"], "column": ["s"]},
                      {"table": target, "column": ["*"], "truncate": False, "consistencyCommit": True},
                      setting={"speed": {"concurrent": concurrent}, "errorLimit": {"record": 4},
                               "dirtySink": {"file": {"persistentVolumeClaim": {"claimName": claim}}}},
                      runner={"threads": 2}), NAMESPACE)
    job = kube.Job(name, NAMESPACE)
    done = job.wait("Succeeded")
    assert done["status"]["report"]["rowsDirty"] == 4
    assert tables.rows(odps, target) == {(number,): 1 for number in (1, 2, 4, 10, 12)}
    (run,) = (directory / NAMESPACE / name).iterdir()
    assert json.loads((run / "run.json").read_text(encoding="utf-8")) == {"job": f"{NAMESPACE}/{name}", "attempt": 1, "rowsDirty": 4}
    lines = [json.loads(line) for file in run.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
    kept = sorted((line["partition"], line["row"], line["values"][0]["value"]) for line in lines)
    assert kept == [("p=1", 2, "three"), ("p=1", 4, ""), ("p=2", 1, "eleven"), ("p=2", 3, "0x13")]
    assert {(line["job"], line["column"], line["reason"]) for line in lines} == {(f"{NAMESPACE}/{name}", "n", "ConversionFailed")}
    assert {file.stat().st_mode & 0o777 for file in run.iterdir()} == {0o600}, "they hold values"


def test_a_refusal_before_anything_is_touched_is_a_terminal_condition(odps):
    odps.create_table("fe_kept", odps.get_table("planes").table_schema)
    odps.execute_sql("INSERT INTO fe_kept SELECT * FROM planes")
    odps.create_table("fe_log_refused", "what string")
    odps.execute_sql("CREATE VIEW fe_view AS SELECT * FROM planes")
    kube.apply(job_of("refused-view", {"table": "fe_view", "column": ["*"]},
                      {"table": "fe_kept", "column": ["*"], "truncate": True,
                       "preSql": ["INSERT INTO fe_log_refused VALUES ('never')"]}), NAMESPACE)
    job = kube.Job("refused-view", NAMESPACE)
    failed = job.wait("Succeeded", "False", "ViewNotSupported")
    assert "fe_view is a view" in kube.condition(failed, "Succeeded")["message"]
    assert kube.condition(failed, "Planned").get("status") == "False"
    assert kube.condition(failed, "Stalled").get("status") == "True"
    assert {one["metadata"]["labels"]["culvert.dev/step"] for one in job.children("jobs")} == {"plan"}
    assert tables.rows(odps, "fe_kept") == tables.rows(odps, "planes")
    assert tables.count(odps, "fe_log_refused") == 0


def operator_logs():
    pods = kube.list_of("pods", SYSTEM, "app.kubernetes.io/component=operator")
    return {pod["metadata"]["name"]: kube.kubectl("-n", SYSTEM, "logs", pod["metadata"]["name"], check=False) for pod in pods}


def test_the_log_level_changes_while_pods_run(odps):
    """The commands are those of docs/operations.md."""
    pods = operator_logs().keys()
    kube.run("helm", "upgrade", "culvert", ROOT / "charts" / "culvert", "--namespace", SYSTEM, "--reuse-values", "--set",
             "operator.logLevel=debug")
    try:
        odps.create_table("fe_levels", odps.get_table("flights").table_schema)
        kube.apply(copies.copy("levels", "fe_levels", SLOW), NAMESPACE)
        job = kube.Job("levels", NAMESPACE)

        def transfer_pods():
            return [pod["metadata"]["name"] for pod in job.children("pods")
                    if pod["metadata"]["labels"]["culvert.dev/step"] == "transfer" and pod["status"]["phase"] == "Running"]

        pod = kube.wait_for("a pod transfers", 120, transfer_pods, job.explain)[0]
        kube.kubectl("--namespace", NAMESPACE, "patch", "syncjob", "levels", "--type", "merge", "--patch",
                     '{"spec": {"runner": {"logLevel": "debug"}}}')
        kube.wait_for("the pod logs more", 120,
                      lambda: '"msg":"log level changed","from":"info","to":"debug"' in kube.kubectl("-n", NAMESPACE, "logs", pod),
                      job.explain)
        job.patch({"setting": {"speed": QUICK}})
        assert job.wait("Succeeded")["status"]["attempt"] == 1
        copies.assert_copied(odps, "fe_levels")
        kube.wait_for("both replicas log more", 150, lambda: all(
            '"msg":"log level changed","from":"info","to":"debug"' in text for text in operator_logs().values()),
                      lambda: "\n".join(operator_logs().values())[-3000:])
    finally:
        kube.kubectl("--namespace", SYSTEM, "patch", "configmap", "culvert-operator-log", "--type", "merge", "--patch",
                     '{"data": {"level": "info"}}')
    assert operator_logs().keys() == pods, "a pod was replaced"
    kube.wait_for("the leader looked at SyncJobs for whoever debugs", 60,
                  lambda: any('"level":"debug","msg":"reconciled"' in text for text in operator_logs().values()))
