# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The run that most of these tests make: two months of flights into a table of the test's own."""

import kube
import tables
from canary import KEY

MONTHS = [f"month={number}" for number in (1, 2)]


def data_source(secret=KEY[1]):
    return [
        {"apiVersion": "culvert.dev/v1alpha1", "kind": "DataSource", "metadata": {"name": "emulator"},
         "spec": {"maxCompute": {"endpoint": "http://culvert-emulator.culvert-system.svc/api", "project": "demo",
                                 "credentialsRef": {"name": "key"}, "allowInsecureHttp": True}}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"},
         "stringData": {"accessKeyId": KEY[0], "accessKeySecret": secret}},
    ]


def copy(name, table, speed, consistent=True, **spec):
    """Two months of flights into `table`, in two pods; every run of it gives the same rows.

    Two streams are few enough for one pod. Not consistent: partitions are truncated by SQL first, and each shard commits its own.
    """
    return {"apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob", "metadata": {"name": name},
            "spec": {"source": {"maxCompute": {"dataSourceRef": {"name": "emulator"}, "table": "flights", "partition": MONTHS,
                                               "column": ["*"]}},
                     "target": {"maxCompute": {"dataSourceRef": {"name": "emulator"}, "table": table,
                                               "partitionFromSource": True, "column": ["*"], "truncate": True,
                                               "consistencyCommit": consistent}},
                     "setting": {"speed": speed}, "runner": {"threads": 2}, **spec}}


def assert_copied(odps, table):
    assert tables.partitions(odps, table) == [name.replace("=", "='") + "'" for name in MONTHS]
    for name in MONTHS:
        assert tables.rows(odps, table, name) == tables.rows(odps, "flights", name), name


def wait_gone(job, uid):
    for kind in ("jobs", "pods", "configmaps"):
        kube.wait_for(f"{kind} of the deleted {job.name} are gone", 90,
                      lambda kind=kind: not kube.list_of(kind, job.namespace, f"culvert.dev/run-uid={uid}"))
