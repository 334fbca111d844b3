#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Asks a real API server about every rule of the CRDs: what it accepts, what it refuses, and with which words.

    tests/crds/run_cases.py                       KUBECONFIG's cluster, where crds/ must be installed
    tests/crds/run_cases.py --kubeconfig FILE
    tests/crds/run_cases.py --coverage            no cluster: only whether each rule has its cases

A file of cases/ has `kind`; `bases`, specs by name, the first is the default; `rules` and `schema`. A case is a merge patch of a
base's spec. An entry of `rules` names a rule by the `path` of its schema (`[]` items, `{}` values of a map), the beginning of its
`message`, and its `field` where a path has several alike; at least one patch in `accept` and one in `refuse`. With `update: true` the base is
created, and the patches are changes of it. With `names: true` the cases are names of objects with the base's spec. A refused object must be refused by that rule alone. An entry of `schema` must be
refused with a text that holds `message`. Nothing but the bases of updates is stored; those are suspended, and deleted at the end.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.request
import uuid

import yaml

from merge_patch import merged

HERE = pathlib.Path(__file__).resolve().parent
CRDS = HERE.parent.parent / "crds"
PLURALS = {"SyncJob": "syncjobs", "DataSource": "datasources", "SyncSchedule": "syncschedules"}


def rules_of(schema, path=""):
    """(path, rule) of each x-kubernetes-validations entry."""
    for rule in schema.get("x-kubernetes-validations", []):
        yield path, rule
    for name, member in schema.get("properties", {}).items():
        yield from rules_of(member, f"{path}.{name}" if path else name)
    for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(key), dict):
            yield from rules_of(schema[key], path + mark)


def field_of(path, rule):
    return path + rule.get("fieldPath", "")


def crd_rules(kind):
    for file in CRDS.glob("*.yaml"):
        crd = yaml.safe_load(file.read_text(encoding="utf-8"))
        if crd["spec"]["names"]["kind"] == kind:
            return list(rules_of(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]))
    raise SystemExit(f"run_cases: no CRD of kind {kind}")


def uncovered(suite):
    """What is wrong with the suite itself: rules without cases, cases without a rule."""
    problems, rules = [], crd_rules(suite["kind"])
    covered = [0] * len(rules)
    for entry in suite["rules"]:
        name = f"{suite['kind']} {entry['path']}: {entry['message']!r}"
        found = [i for i, (path, rule) in enumerate(rules)
                 if path == entry["path"] and rule["message"].startswith(entry["message"])
                 and ("field" not in entry or re.sub(r"\[\d+\]", "[]", entry["field"]) == field_of(path, rule))]
        if len(found) != 1:
            problems.append(f"{name} names {len(found)} rules")
            continue
        covered[found[0]] += not entry.get("again", False)
        for verdict in ("accept", "refuse"):
            if not entry.get(verdict):
                problems.append(f"{name} has nothing to {verdict}")
    for (path, rule), times in zip(rules, covered):
        if times != 1:
            problems.append(f"{suite['kind']} {path}: {rule['message']!r} has {times} entries")
        if not rule["message"].startswith("must "):
            problems.append(f"{suite['kind']} {path}: a message begins with 'must '")
    return problems


class Server:
    """The API server behind `kubectl proxy`, which knows every way to log in."""

    def __init__(self, kubeconfig):
        command = [os.environ.get("KUBECTL", "kubectl"), "proxy", "--port=0"]
        self._proxy = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                                       env={**os.environ, **({"KUBECONFIG": kubeconfig} if kubeconfig else {})})
        line = self._proxy.stdout.readline()
        match = re.search(r"(127\.0\.0\.1:\d+)", line)
        if not match:
            raise SystemExit(f"run_cases: kubectl proxy said {line!r}")
        self._base = f"http://{match[1]}"

    def close(self):
        self._proxy.terminate()
        self._proxy.wait(timeout=30)

    def request(self, method, path, body=None, content_type="application/json"):
        """(status, object)"""
        request = urllib.request.Request(self._base + path, method=method, headers={"Content-Type": content_type},
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


class Suite:
    """One file of cases against one server."""

    def __init__(self, suite, server, namespace):
        self._suite, self._server = suite, server
        self._path = f"/apis/culvert.dev/v1alpha1/namespaces/{namespace}/{PLURALS[suite['kind']]}"
        self.count, self.failures = 0, []
        self._stored = {}

    def _object(self, name, spec):
        return {"apiVersion": "culvert.dev/v1alpha1", "kind": self._suite["kind"], "metadata": {"name": name}, "spec": spec}

    def _base(self, entry):
        name = entry.get("base", next(iter(self._suite["bases"])))
        return name, self._suite["bases"][name]

    def _ask(self, entry, patch):
        name, base = self._base(entry)
        if entry.get("names"):
            return self._server.request("POST", self._path + "?dryRun=All&fieldValidation=Strict", self._object(patch, base))
        if not entry.get("update"):
            return self._server.request("POST", self._path + "?dryRun=All&fieldValidation=Strict",
                                        self._object("case", merged(base, patch)))
        if name not in self._stored:
            stored = f"case-{name}-{uuid.uuid4().hex[:8]}"
            status, answer = self._server.request("POST", self._path, self._object(stored, base))
            if status != 201:
                raise SystemExit(f"run_cases: base {name} is refused: {answer.get('message')}")
            self._stored[name] = stored
        return self._server.request("PATCH", f"{self._path}/{self._stored[name]}?dryRun=All&fieldValidation=Strict", {"spec": patch},
                                    "application/merge-patch+json")

    def _fail(self, entry, patch, what):
        self.failures.append(f"{self._suite['kind']} {entry.get('path', '')} {entry['message']!r}\n  {json.dumps(patch)}\n  {what}")

    def run(self):
        for entry in self._suite["rules"]:
            for patch in entry["accept"]:
                self.count += 1
                status, answer = self._ask(entry, patch)
                if status not in (200, 201):
                    self._fail(entry, patch, f"is refused: {answer.get('message')}")
            for patch in entry["refuse"]:
                self.count += 1
                self._check_refusal(entry, patch)
        for entry in self._suite["schema"]:
            self.count += 1
            status, answer = self._ask(entry, entry["patch"])
            if status not in (400, 422) or entry["message"] not in answer.get("message", ""):
                self._fail(entry, entry["patch"], f"{status}: {answer.get('message', 'is accepted')}")

    def _check_refusal(self, entry, patch):
        status, answer = self._ask(entry, patch)
        if status != 422:
            self._fail(entry, patch, f"{status}: {answer.get('message', 'is accepted')}")
            return
        causes = answer["details"].get("causes", [])
        ours = [cause for cause in causes if entry["message"] in cause["message"]
                and ("field" not in entry or cause["field"] == entry["field"])]
        if len(ours) != 1 or len(causes) != 1:
            self._fail(entry, patch, "is refused by " + "; ".join(f"{cause['field']}: {cause['message']}" for cause in causes))

    def close(self):
        for name in self._stored.values():
            self._server.request("DELETE", f"{self._path}/{name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kubeconfig", help="instead of KUBECONFIG")
    parser.add_argument("--namespace", default="default")
    parser.add_argument("--coverage", action="store_true", help="only check that every rule has its cases")
    arguments = parser.parse_args()
    suites = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted((HERE / "cases").glob("*.yaml"))]
    failures = [problem for suite in suites for problem in uncovered(suite)]
    count = sum(len(crd_rules(suite["kind"])) for suite in suites)
    if not arguments.coverage:
        server = Server(arguments.kubeconfig)
        try:
            for suite in suites:
                run = Suite(suite, server, arguments.namespace)
                try:
                    run.run()
                finally:
                    run.close()
                count += run.count
                failures += run.failures
        finally:
            server.close()
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"crds: {count - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
