# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""One installation for all tests: the chart with two replicas and the emulator, loaded with the quickstart's tables."""

import json
import os
import pathlib
import subprocess

import pytest
from odps import ODPS, options

import history
import kube
from canary import KEY
from prometheus import Prometheus
from witness import Witness

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CULVERT_BIN_DIR", ROOT / "build" / "release" / "bin"))
DATA = ROOT / "build" / "data"
SYSTEM = "culvert-system"
TABLES = {"flights": "month", "planes": None, "weather": None, "airports": None}
VALUES = {
    "global": {"imageRegistry": os.environ.get("CULVERT_IMAGE_REGISTRY", "localhost")},
    # The rotation has an emulator of its own, a Service as the chart's.
    "operator": {"replicas": 2, "progressIntervalSeconds": 1, "endpointAllow": ["default", "lake.rotation.svc"]},
    "emulator": {"enabled": True, "projects": ["demo", "lake"], "sql": "CREATE TABLE began (at DATETIME);",
                 "accessKeyId": KEY[0], "accessKeySecret": KEY[1]},
}

options.local_timezone = False
options.sql.use_odps2_extension = True
options.verbose = False


@pytest.fixture(scope="session", autouse=True)
def release(tmp_path_factory):
    """`helm install`, in a namespace of the level `restricted`."""
    kube.restricted_namespace(SYSTEM)
    values = tmp_path_factory.mktemp("helm") / "values.json"
    values.write_text(json.dumps(VALUES))
    kube.run("helm", "upgrade", "--install", "culvert", ROOT / "charts" / "culvert", "-n", SYSTEM, "-f", values, "--wait",
             "--timeout", "3m")
    history.serve_events(SYSTEM)
    # On a cluster that was kept: data and open upload sessions of an earlier round must not count. It holds both in memory.
    kube.kubectl("-n", SYSTEM, "rollout", "restart", "deployment/culvert-emulator")
    kube.kubectl("-n", SYSTEM, "rollout", "status", "deployment/culvert-emulator", "--timeout=2m")


@pytest.fixture(scope="session", autouse=True)
def witness(release):
    """Looks for the key from before it is in any Secret of a test."""
    one = Witness(on_this_node=not os.environ.get("CULVERT_IMAGE_REGISTRY"))
    yield one
    one.stop()


@pytest.fixture(scope="session")
def emulator(release):
    """The endpoint of the cluster's emulator, seen from this machine."""
    with kube.PortForward("service/culvert-emulator", 80, SYSTEM) as port:
        yield f"http://127.0.0.1:{port}/api"


@pytest.fixture(scope="session", autouse=True)
def checked_history(emulator, tmp_path_factory):
    """Once all tests are over, what happened to the data is held against what the runs meant to do and said that they did."""
    recorder = history.Recorder(emulator, tmp_path_factory.mktemp("history"))
    yield
    done = subprocess.run([BIN / "culvert-history", *recorder.stop()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="session")
def odps(emulator):
    return ODPS(*KEY, "demo", endpoint=emulator)


@pytest.fixture(scope="session", autouse=True)
def data(witness, emulator, odps, tmp_path_factory):
    """The quickstart's tables, in the cluster's emulator: moved there by the runner from an emulator of this machine."""
    folder = tmp_path_factory.mktemp("load")
    flags = []
    for table, partition in TABLES.items():
        flags += ["--load", f"{table}={DATA / table}.csv" + (f",partition={partition}" if partition else "")]
    process = subprocess.Popen([BIN / "culvert-emulator", "--listen", "127.0.0.1:0", "--project", "demo", "--access-key",
                                ":".join(KEY), *flags], stdout=subprocess.PIPE, text=True)
    try:
        local = json.loads(process.stdout.readline())["endpoint"]
        for table, partition in TABLES.items():
            odps.create_table(table, ODPS(*KEY, "demo", endpoint=local).get_table(table).table_schema)
            manifest = folder / f"{table}.json"
            manifest.write_text("\n---\n".join(map(json.dumps, _load_job(table, partition, local, emulator))))
            kube.run(BIN / "culvert-runner", "run", "-f", manifest, "--state", folder / table)
    finally:
        process.terminate()
        process.wait(timeout=20)
    for statement in (ROOT / "examples" / "setup.sql").read_text().split(";"):
        text = "\n".join(line for line in statement.splitlines() if not line.startswith("--")).strip()
        if text:
            odps.execute_sql(text)


@pytest.fixture(scope="session", autouse=True)
def prometheus(data, tmp_path_factory):
    """Watches from before the first job."""
    process = Prometheus(tmp_path_factory.mktemp("prometheus"))
    yield process
    process.stop()


def _load_job(table, partition, source, target):
    def data_source(name, endpoint):
        return {"apiVersion": "culvert.dev/v1alpha1", "kind": "DataSource", "metadata": {"name": name},
                "spec": {"maxCompute": {"endpoint": endpoint, "project": "demo", "credentialsRef": {"name": "key"},
                                        "allowInsecureHttp": True}}}
    reading = {"dataSourceRef": {"name": "here"}, "table": table, "column": ["*"]}
    writing = {"dataSourceRef": {"name": "there"}, "table": table, "column": ["*"], "truncate": True}
    if partition:
        reading["partition"] = [f"{partition}=*"]
        writing["partitionFromSource"] = True
    return [
        data_source("here", source), data_source("there", target),
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"},
         "stringData": {"accessKeyId": KEY[0], "accessKeySecret": KEY[1]}},
        {"apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob", "metadata": {"name": f"load-{table}"},
         "spec": {"source": {"maxCompute": reading}, "target": {"maxCompute": writing},
                  "setting": {"speed": {"concurrent": 4}}}},
    ]
