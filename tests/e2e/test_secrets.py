# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The key that every test of this directory used is in no log, object, metric, process or image. Runs after the other files."""

import json
import os
import pathlib
import tarfile

import pytest

import canary
import kube

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "cluster" / "log"
IMAGES = ROOT / "build" / "images"
OURS = not os.environ.get("CULVERT_IMAGE_REGISTRY")  # the node of a cluster that is not ours cannot be looked at
KINDS = "syncjobs,syncschedules,datasources,jobs,pods,configmaps,events,leases,deployments,replicasets,services,serviceaccounts,namespaces"


def pods(selector):
    return [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in kube.list_of("pods", None, selector)]


def test_the_search_finds_the_key_where_it_has_to_be():
    secrets = kube.list_of("secrets", None)
    holding = [one["metadata"]["name"] for one in secrets if canary.found_in(json.dumps(one))]
    assert "key" in holding and "emulator-key" in holding, holding
    emulator = kube.list_of("pods", "culvert-system", "app.kubernetes.io/component=emulator")
    assert emulator and canary.found_in(json.dumps(emulator))
    assert canary.objects_with_the_key(emulator) == []


def test_no_version_of_an_object_held_the_key(witness):
    witness.stop()
    print(f"e2e: the witness saw {witness.seen}")
    assert witness.failures == []
    assert witness.found == set()
    assert [name for name, times in witness.seen.items() if times == 0 and (OURS or "/" not in name and name != "log bytes")] == []
    assert witness.readable == set(), "others of the pod's user can read the memory of a running program"


def test_no_object_holds_the_key():
    objects = kube.list_of(KINDS, None)
    assert len(objects) > 50
    assert canary.objects_with_the_key(objects) == []


def test_no_pod_says_the_key():
    named = pods("app.kubernetes.io/part-of=culvert,app.kubernetes.io/component notin (emulator)")
    assert any("operator" in name for _, name in named)
    for namespace, name in named:
        log = kube.kubectl("-n", namespace, "logs", name, "--all-containers", check=False)
        assert not canary.found_in(log), f"log of {namespace}/{name}"


def test_no_metric_names_the_key(prometheus):
    series = prometheus.ask("series", **{"match[]": '{__name__=~".+"}', "start": 0})
    assert len(series) > 100
    assert not canary.found_in(json.dumps(series))
    for namespace, name in pods("app.kubernetes.io/component=operator"):
        with kube.PortForward(f"pod/{name}", 8080, namespace) as port:
            page = kube.run("curl", "--silent", "--fail", f"http://127.0.0.1:{port}/metrics")
        assert "culvert_" in page
        assert not canary.found_in(page)


@pytest.mark.skipif(not OURS, reason="the logs of a cluster that is not ours cannot be read")
def test_no_log_of_the_cluster_holds_the_key():
    logs = sorted(LOGS.glob("*"))
    assert {"audit.jsonl", "api.log", "kubelet.log", "containerd.log"} <= {log.name for log in logs}
    assert [log.name for log in logs if canary.found_in(log.read_bytes())] == []


@pytest.mark.skipif(not OURS, reason="images of a registry were not built here")
def test_no_image_holds_the_key():
    files = 0
    for archive in sorted(IMAGES.glob("*.tar")):
        with tarfile.open(archive) as image:
            for blob in image.getmembers():
                if not blob.isfile():
                    continue
                content = image.extractfile(blob)
                try:
                    with tarfile.open(fileobj=content) as layer:
                        for entry in layer.getmembers():
                            if entry.isfile():
                                files += 1
                                assert not canary.found_in(layer.extractfile(entry).read()), f"{archive.name}: {entry.name}"
                except tarfile.ReadError:  # a manifest
                    content.seek(0)
                    assert not canary.found_in(content.read()), f"{archive.name}: {blob.name}"
    assert files > 100
