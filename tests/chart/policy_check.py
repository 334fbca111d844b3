#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Puts objects before the admission policies on a real API server: those of policy_cases.yaml and of docs/admission.md. Every list of the
policies needs an object that is taken and one that is refused; the page's output must be what kubectl prints (--write puts it there).

The CRDs must be installed (server_check.py leaves them). KUBECONFIG must name an API server for tests alone.
"""

import argparse
import json
import re
import sys
import time

import yaml

from server_check import RELEASE_NAMESPACE, Server, kubectl
from tools import ROOT, render

PAGE = ROOT / "docs" / "admission.md"
BLOCK = re.compile(r"<!-- admission: (\w+) -->\n```(?:yaml|console)\n(.*?)```\n", re.S)
SECONDS_MAX = 30  # until the API server has seen a policy or an annotation; it looks every second
ANNOTATIONS = {
    "bare": {},
    "broken": {"culvert.dev/allowed-projects": "(.*), ^sales_raw$, .+"},
    "lab": {"culvert.dev/allowed-endpoints": "http://emulator.lab.svc:8080,[fd00::1]", "culvert.dev/allowed-projects": "*",
            "culvert.dev/allowed-image-pull-secrets": "registry-*", "culvert.dev/allowed-priority-classes": "batch",
            "culvert.dev/allowed-tolerations": "dedicated"},
    "free": {"culvert.dev/allowed-tolerations": "*", "culvert.dev/allowed-pod-annotations": "sidecar.istio.io/*"},
}


class Api:
    """Kinds of Culvert on an API server."""

    def __init__(self):
        self._server = Server(None)

    def close(self):
        self._server.close()

    @staticmethod
    def _path(one):
        return f"/apis/culvert.dev/v1alpha1/namespaces/{one['metadata']['namespace']}/{one['kind'].lower()}s"

    def refusal(self, one, dry=True):
        """Why the object is not created; empty: it is, or would be."""
        status, answer = self._server.request("POST", self._path(one) + ("?dryRun=All" if dry else ""), one)
        return "" if status == 201 else answer["message"]

    def change(self, one, patch):
        """Why the object is not changed; empty: it is."""
        status, answer = self._server.request("PATCH", f"{self._path(one)}/{one['metadata']['name']}", patch, "application/merge-patch+json")
        return "" if status == 200 else answer["message"]

    def delete(self, one):
        return self._server.request("DELETE", f"{self._path(one)}/{one['metadata']['name']}")[0] == 200

    def wait(self, one, text):
        """Until the object's refusal has this text, or there is none if it is empty."""
        until = time.monotonic() + SECONDS_MAX
        while True:
            said = self.refusal(one)
            if (text in said) if text else not said:
                return
            if time.monotonic() > until:
                raise SystemExit(f"policy_check: {one['kind']} in {one['metadata']['namespace']}: waited for '{text}', got '{said}'")
            time.sleep(0.1)


def example(kind, namespace, changes=None):
    """An object that the policies take in `sales`, with other values at paths of its spec."""
    if kind == "DataSource":
        spec = {"maxCompute": {"endpoint": "https://service.eu-central-1.maxcompute.aliyun.com/api", "project": "sales_raw",
                               "credentialsRef": {"name": "maxcompute-key"}}}
        if namespace == "lab" and "maxCompute.endpoint" not in (changes or {}):
            spec["maxCompute"]["endpoint"] = "https://[fd00::1]"
    else:
        spec = {"source": {"stream": {"count": 1, "column": [{"name": "id", "type": "bigint", "value": 1}]}},
                "target": {"maxCompute": {"dataSourceRef": {"name": "warehouse"}, "table": "rows", "column": ["*"], "truncate": False}}}
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        place = spec
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return {"apiVersion": "culvert.dev/v1alpha1", "kind": kind, "metadata": {"name": "case", "namespace": namespace}, "spec": spec}


def policies(values):
    """The admission policies and bindings of the chart."""
    return [one for one in render(values, namespace=RELEASE_NAMESPACE) if one["kind"].startswith("ValidatingAdmission")]


def check_cases(api, cases, lists):
    """Failures of the cases, and of the lists that they leave out."""
    failures, seen = [], set()
    for case in cases:
        said = api.refusal(example(case["kind"], case["namespace"], case["set"]))
        wanted = case.get("refused")
        seen.add((case["list"], wanted is not None))
        if (wanted is None and said) or (wanted is not None and wanted not in said):
            failures.append(f"{case['list']}: {case['set']} in {case['namespace']}: expected {wanted or 'no refusal'}, got '{said}'")
        if wanted is not None and f"admissionPolicy.{case['list']} of the chart" not in said:
            failures.append(f"{case['list']}: {case['set']} in {case['namespace']} is refused by something else: '{said}'")
    failures += [f"{name} has no case that is {'refused' if refused else 'taken'}" for name in lists for refused in (False, True)
                 if (name, refused) not in seen]
    return failures


def check_page(blocks, write):
    """Failures of the page's manifests and output."""
    failures = []
    code, _, error = kubectl("create", "--dry-run=server", "--filename", "-", stdin=blocks["accepted"], check=False)
    if code != 0:
        failures.append(f"{PAGE}: the accepted object is refused: {error}")
    code, _, error = kubectl("create", "--dry-run=server", "--filename", "-", stdin=blocks["refused"], check=False)
    if code == 0:
        failures.append(f"{PAGE}: the refused object is accepted")
    if error != blocks["output"]:
        if write:
            PAGE.write_text(PAGE.read_text(encoding="utf-8").replace(blocks["output"], error), encoding="utf-8")
        else:
            failures.append(f"{PAGE}: kubectl prints {error!r} (policy_check.py --write)")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="puts what kubectl prints into the page")
    write = parser.parse_args().write
    blocks = dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    values = yaml.safe_load(blocks["values"])
    for name, annotations in ANNOTATIONS.items():
        kubectl("apply", "--filename", "-",
                stdin=json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "annotations": annotations}}))
    kubectl("apply", "--filename", "-", stdin=blocks["namespace"])
    cases = yaml.safe_load((ROOT / "tests/chart/policy_cases.yaml").read_text(encoding="utf-8"))
    objects = policies(values)
    lists = re.findall(r"variables\.(\w+)Refused\.size", json.dumps(objects))
    api = Api()
    try:
        failures = []
        old = example("DataSource", "bare")
        old["metadata"]["name"] = "older-than-the-policy"
        running = example("SyncJob", "bare", {"runner.labels": {"app": "x"}})
        running["metadata"]["name"] = "older-than-the-policy"
        for one in (old, running):
            if said := api.refusal(one, dry=False):
                raise SystemExit(f"policy_check: there is a policy already: {said}")
        kubectl("apply", "--filename", "-", stdin=yaml.safe_dump_all(objects))
        api.wait(old | {"metadata": {"name": "case", "namespace": "bare"}}, "allowed: none")
        api.wait(example("SyncJob", "bare", {"runner.labels": {"app": "x"}}), "label 'app'")
        failures += check_cases(api, cases, lists)
        failures += check_page(blocks, write)
        if said := api.change(old, {"metadata": {"labels": {"team": "sales"}, "finalizers": ["example.com/held"]}}):
            failures.append(f"an object of before cannot get a label: {said}")
        if "allowed: none" not in (said := api.change(old, {"spec": {"maxCompute": {"quotaName": "ot_1"}}})):
            failures.append(f"an object of before can change its spec: '{said}'")
        if said := api.change(old, {"metadata": {"finalizers": None}}):
            failures.append(f"an object of before cannot lose its finalizer: {said}")
        if said := api.change(running, {"spec": {"suspend": True}}):
            failures.append(f"a SyncJob of before cannot be suspended: {said}")
        if "must not change" not in (said := api.change(running, {"spec": {"runner": {"labels": {"app": "y"}}}})):
            failures.append(f"a SyncJob of before can get another label on its pods: '{said}'")
        failures += [f"{one['kind']} of before cannot be deleted" for one in (old, running) if not api.delete(one)]
        watching = policies({**values, "watch": {"mode": "Namespaces", "namespaces": ["sales", "lake"]}})
        kubectl("apply", "--filename", "-", stdin=yaml.safe_dump_all(watching))
        api.wait(example("DataSource", "bare"), "")  # not watched
        api.wait(example("DataSource", "sales", {"maxCompute.project": "finance"}), "project 'finance'")
        kubectl("delete", "--filename", "-", stdin=yaml.safe_dump_all(objects))
        api.wait(example("DataSource", "sales", {"maxCompute.project": "finance"}), "")
    finally:
        api.close()
    for failure in failures:
        print(failure, file=sys.stderr)
    count = len(cases) + 12
    print(f"admission policy: {count - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
