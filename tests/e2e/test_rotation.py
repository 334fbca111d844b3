# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Access keys that are replaced while a run goes on. Long, so only in `make rotation`; the lifecycle has the short one.

An emulator of these tests' own revokes keys; kubelet brings a new Secret into the pods when it does, up to two minutes later.
"""

import json
import os
import threading
import time
import urllib.request

import pytest
from odps import ODPS

import kube
import tables

NAMESPACE = "rotation"
PARTS, ROWS = 60, 60_000  # each partition is one upload, of 40 s where the run takes ten minutes
EVERY = 30  # seconds between two keys
LONG = 600  # seconds that the run would take with one key
AWAY = 300  # seconds without a key that the service knows

pytestmark = pytest.mark.skipif(os.environ.get("CULVERT_FAULTS") != "all", reason="takes half an hour: make rotation")


def manifests(image):
    return [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lake", "labels": {"app": "lake"}},
         "spec": {"automountServiceAccountToken": False,
                  "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                  "containers": [{"name": "emulator", "image": image, "ports": [{"containerPort": 8080}],
                                  "args": ["--listen=0.0.0.0:8080", "--project=demo", "--admin=on", "--access-key=watcher:its-secret"],
                                  "readinessProbe": {"httpGet": {"path": "/metrics", "port": 8080}, "periodSeconds": 1},
                                  "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "lake"},
         "spec": {"selector": {"app": "lake"}, "ports": [{"port": 80, "targetPort": 8080}]}},
        {"apiVersion": "culvert.dev/v1alpha1", "kind": "DataSource", "metadata": {"name": "lake"},
         "spec": {"maxCompute": {"endpoint": f"http://lake.{NAMESPACE}.svc/api", "project": "demo", "allowInsecureHttp": True,
                                 "credentialsRef": {"name": "key"}}}},
    ]


class Lake:
    """The emulator, and the one key that its runs have."""

    def __init__(self, endpoint):
        self._endpoint = endpoint
        self._number = 0
        self.odps = ODPS("watcher", "its-secret", "demo", endpoint=f"{endpoint}/api")

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f"{self._endpoint}/_culvert/{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def replace_key(self):
        """The new key first, as whoever rotates keys does; the old one is refused from the moment that the Secret is written."""
        self._number += 1
        self.ask("POST", "keys", {"key": f"key{self._number}:secret{self._number}"})
        kube.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"},
                    "stringData": {"accessKeyId": f"key{self._number}", "accessKeySecret": f"secret{self._number}"}}, NAMESPACE)
        if self._number > 1:
            self.revoke(self._number - 1)
        return self._number

    def revoke(self, number=None):
        self.ask("POST", f"keys/key{number or self._number}/revoke")


@pytest.fixture(scope="module")
def lake(release):
    kube.restricted_namespace(NAMESPACE)
    image = kube.get("deployment", "culvert-emulator", "culvert-system")["spec"]["template"]["spec"]["containers"][0]["image"]
    kube.apply(manifests(image), NAMESPACE)
    kube.kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "pod/lake", "--timeout=2m")
    with kube.PortForward("pod/lake", 8080, NAMESPACE) as port:
        lake = Lake(f"http://127.0.0.1:{port}")
        table = lake.odps.create_table("numbers", ("n bigint, words string", "part bigint"))
        for part in range(PARTS):
            with table.open_writer(partition=f"part={part}", create_partition=True) as writer:
                writer.write([[number, f"row {number}"] for number in range(part, ROWS, PARTS)])
        yield lake


def run_of(lake, name, seconds):
    """A run in two pods that takes this long with a key that stays."""
    lake.odps.create_table(name, ("n bigint, words string", "part bigint"))
    kube.apply({"apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob", "metadata": {"name": name.replace("_", "-")},
                "spec": {"source": {"maxCompute": {"dataSourceRef": {"name": "lake"}, "table": "numbers", "partition": ["part=*"],
                                                   "column": ["*"]}},
                         "target": {"maxCompute": {"dataSourceRef": {"name": "lake"}, "table": name, "partitionFromSource": True,
                                                   "column": ["*"], "truncate": True, "consistencyCommit": True}},
                         "setting": {"speed": {"concurrent": 4, "throttle": True, "recordsPerSecond": ROWS // seconds}},
                         "runner": {"threads": 2}}}, NAMESPACE)
    return kube.Job(name.replace("_", "-"), NAMESPACE)


def transferring(job):
    """The two pods, once they run."""
    def pods():
        found = [pod for pod in job.children("pods")
                 if pod["metadata"]["labels"]["culvert.dev/step"] == "transfer" and pod["status"]["phase"] == "Running"]
        return found if len(found) == 2 else None
    return kube.wait_for("two pods transfer", 120, pods, job.explain)


def assert_exact(lake, name, job):
    status = job.read()["status"]
    assert status["attempt"] == 1, status
    assert tables.partitions(lake.odps, name) == tables.partitions(lake.odps, "numbers")
    for part in range(PARTS):
        assert tables.rows(lake.odps, name, f"part={part}") == tables.rows(lake.odps, "numbers", f"part={part}"), part
    assert status["report"]["rowsWritten"] == ROWS, status


def test_a_key_that_is_away_for_five_minutes_pauses_the_run(lake, prometheus):
    lake.replace_key()
    began = time.time()
    job = run_of(lake, "away_five_minutes", 60)
    transferring(job)
    lake.revoke()
    revoked = time.time()
    job.wait("Suspended", "True", "CredentialsRejected", seconds=AWAY)
    firing = f'ALERTS{{alertname="CulvertCredentialsRejected",namespace="{NAMESPACE}",alertstate="firing"}}'
    kube.wait_for("the alert fires", 60, lambda: prometheus.query(firing))
    kube.wait_for("five minutes", AWAY + 5, lambda: time.time() > revoked + AWAY)
    # Suspended, or between two pauses: pods look from time to time whether the key is accepted again.
    assert kube.condition(job.read(), "Succeeded")["status"] == "Unknown"
    lake.replace_key()
    job.wait("Succeeded", seconds=900)
    assert_exact(lake, "away_five_minutes", job)
    # Without a gap from its first firing until now: it came once.
    found = prometheus.ask("query_range", query=firing, start=began, end=time.time(), step=5)["result"]
    assert len(found) == 1, found
    moments = [moment for moment, _ in found[0]["values"]]
    assert [later - earlier for earlier, later in zip(moments, moments[1:])] == [5] * (len(moments) - 1), "it fired more than once"


def test_keys_that_are_replaced_every_half_minute_cost_no_pod(lake):
    lake.replace_key()
    job = run_of(lake, "every_half_minute", LONG)
    pods = {pod["metadata"]["uid"] for pod in transferring(job)}
    over, keys, failures = threading.Event(), [], []

    def rotate():
        while not over.wait(EVERY):
            try:
                keys.append(lake.replace_key())
            except Exception as error:  # pylint: disable=broad-except  # told by the test, not lost with the thread
                failures.append(error)
                return

    thread = threading.Thread(target=rotate)
    thread.start()
    try:
        job.wait("Succeeded", seconds=4 * LONG)
    finally:
        over.set()
        thread.join()
    assert failures == []
    assert len(keys) >= LONG // EVERY - 1, keys
    assert_exact(lake, "every_half_minute", job)
    after = job.children("pods")
    assert pods == {pod["metadata"]["uid"] for pod in after if pod["metadata"]["labels"]["culvert.dev/step"] == "transfer"}
    transfer = [one for one in job.children("jobs") if one["metadata"]["labels"]["culvert.dev/step"] == "transfer"]
    assert [one["status"].get("failed", 0) for one in transfer] == [0]
    assert [pod["metadata"]["name"] for pod in after
            for container in pod["status"].get("containerStatuses", []) if container["restartCount"]] == []
    print(f"rotation: {len(keys)} keys during the transfer by {len(pods)} pods")
