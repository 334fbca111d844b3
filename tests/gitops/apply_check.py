#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Applies the examples again and again to a real API server: nothing may change after the first time.

    tests/gitops/apply_check.py [--kubeconfig FILE]

Client-side, server-side, and with a status written in between as the operator does; in a namespace of its own, where no operator
looks (or the one in --namespace), which is deleted at the end. crds/ must be installed.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
STATUS = {"observedGeneration": 1, "attempt": 1, "conditions": [
    {"type": kind, "status": "True", "reason": "Succeeded", "message": "", "lastTransitionTime": "2026-01-02T03:04:05Z", "observedGeneration": 1}
    for kind in ("Validated", "Planned", "Transferred", "Committed", "Succeeded")]}


class Kubectl:
    """kubectl with one kubeconfig and one namespace."""

    def __init__(self, kubeconfig, namespace):
        self._environment = {**os.environ, **({"KUBECONFIG": kubeconfig} if kubeconfig else {})}
        self._start = [os.environ.get("KUBECTL", "kubectl"), "--namespace", namespace]

    def __call__(self, *command, expect=0):
        done = subprocess.run([*self._start, *map(str, command)], env=self._environment, text=True, capture_output=True, check=False, timeout=120)
        if done.returncode != expect:
            raise SystemExit(f"apply_check: kubectl {' '.join(map(str, command))} exited {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def versions(self):
        """{name: (resourceVersion, generation)} of our objects."""
        listed = json.loads(self("get", "syncjobs,datasources", "--output", "json"))["items"]
        return {f"{one['kind']}/{one['metadata']['name']}": (one["metadata"]["resourceVersion"], one["metadata"]["generation"]) for one in listed}


def check(kubectl, flags, what):
    """Failures of one way to apply."""
    files = [f"--filename={file}" for file in sorted(EXAMPLES.rglob("*.yaml"))]
    failures = []
    # The API server stores a new object without status, and reads it with the default one: whoever writes next, the operator as a
    # rule, stores that. Here nobody does but the second apply.
    kubectl("apply", *flags, *files)
    kubectl("apply", *flags, *files)
    first = kubectl.versions()
    kubectl("apply", *flags, *files)
    if kubectl.versions() != first:
        failures.append(f"{what}: applying again changes {set(kubectl.versions().items()) ^ set(first.items())}")
    kubectl("diff", *[flag for flag in flags if flag != "--force-conflicts"], *files)  # exits 1 where something differs
    for name in first:
        if name.startswith("SyncJob/"):
            kubectl("patch", name, "--subresource=status", "--type=merge", "--patch", json.dumps({"status": STATUS}))
    finished = kubectl.versions()
    kubectl("apply", *flags, *files)
    if kubectl.versions() != finished:
        failures.append(f"{what}: applying a finished job again changes it")
    if any(generation != 1 for _, generation in finished.values()):
        failures.append(f"{what}: a status changes the generation")
    kubectl("diff", *[flag for flag in flags if flag != "--force-conflicts"], *files)
    return failures, len(first)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kubeconfig", help="instead of KUBECONFIG")
    parser.add_argument("--namespace", help="one that is there, and stays; default: a new one")
    arguments = parser.parse_args()
    failures, count = [], 0
    for what, flags in (("client-side", []), ("server-side", ["--server-side"])):
        namespace = arguments.namespace or f"apply-check-{uuid.uuid4().hex[:8]}"
        kubectl = Kubectl(arguments.kubeconfig, namespace)
        if not arguments.namespace:
            kubectl("create", "namespace", namespace)
        try:
            found, objects = check(kubectl, flags, what)
            failures += found
            count += 4 * objects
            kubectl("delete", "syncjobs,datasources", "--all")
        finally:
            if not arguments.namespace:
                kubectl("delete", "namespace", namespace, "--wait=false")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"apply: {count - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
