#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Installs the chart on a real API server. By Helm: an upgrade with the same values changes nothing, the CRDs and what was made of them
outlive the release, and a new release takes them over. By kubectl, in both scopes: nothing is refused or warned about in namespaces
that enforce `restricted`, applying again changes nothing, and the operator's account may do what the contract says and nothing else.

The CRDs stay installed. KUBECONFIG must name an API server without controllers, for tests alone: cluster-wide roles are made and deleted.
"""

import json
import os
import pathlib
import subprocess
import sys

import yaml

from tools import CHART, ROOT, render, run

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "crds"))
from run_cases import Server

RELEASE_NAMESPACE = "culvert-system"
SCOPES = {
    "Cluster": {"emulator": {"enabled": True}, "networkPolicy": {"enabled": True}},
    "Namespaces": {"emulator": {"enabled": True}, "networkPolicy": {"enabled": True},
                   "watch": {"mode": "Namespaces", "namespaces": ["sales", "lake"]}},
}
# verb, resource -> the namespaces in which it is allowed, of: the release's, a watched one, another one.
WATCHED = [f"{verb} {resource}" for resource, verbs in {
    "syncjobs.culvert.dev": "get list watch create delete", "syncschedules.culvert.dev": "get list watch",
    "syncschedules.culvert.dev/status": "update", "syncschedules.culvert.dev/finalizers": "update", "datasources.culvert.dev": "get list watch", "syncjobs.culvert.dev/status": "update",
    "syncjobs.culvert.dev/finalizers": "update", "jobs.batch": "get list watch create delete", "pods": "list watch", "pods/log": "get",
    "configmaps": "get list watch create update delete", "events.events.k8s.io": "create patch"}.items() for verb in verbs.split()]
OWN = [f"{verb} leases.coordination.k8s.io" for verb in ("get", "create", "update")]
NEVER = ["get secrets", "list secrets", "watch secrets", "create secrets", "create pods", "delete pods", "create pods/exec", "get pods/exec",
         "create pods/attach", "create pods/portforward", "update syncjobs.culvert.dev", "patch syncjobs.culvert.dev", "deletecollection syncjobs.culvert.dev",
         "create syncschedules.culvert.dev", "update syncschedules.culvert.dev", "delete syncschedules.culvert.dev",
         "get pods", "update datasources.culvert.dev", "update jobs.batch", "patch jobs.batch", "deletecollection jobs.batch",
         "create deployments.apps", "get serviceaccounts", "create serviceaccounts/token", "create roles.rbac.authorization.k8s.io",
         "create rolebindings.rbac.authorization.k8s.io", "impersonate users", "delete leases.coordination.k8s.io",
         "list leases.coordination.k8s.io", "get events", "delete configmaps/status"]


def kubectl(*command, stdin=None, check=True):
    """(exit code, standard output, standard error)"""
    done = subprocess.run([os.environ.get("KUBECTL", "kubectl"), *command], input=stdin, text=True, capture_output=True, check=False, timeout=120)
    if check and done.returncode != 0:
        raise SystemExit(f"server_check: kubectl {' '.join(command)} exited {done.returncode}\n{done.stdout}{done.stderr}")
    return done.returncode, done.stdout, done.stderr


class Access:
    """What the operator's account may do, as the API server judges it."""

    def __init__(self, server, account):
        self._server = server
        self._user = f"system:serviceaccount:{RELEASE_NAMESPACE}:{account}"

    def allowed(self, request, namespace):
        verb, resource = request.split(" ", 1)
        resource, _, subresource = resource.partition("/")
        name, _, group = resource.partition(".")
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": self._user, "groups": ["system:serviceaccounts", f"system:serviceaccounts:{RELEASE_NAMESPACE}", "system:authenticated"],
            "resourceAttributes": {"verb": verb, "group": group, "resource": name, "subresource": subresource, "namespace": namespace}}}
        status, answer = self._server.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        if status != 201:
            raise SystemExit(f"server_check: {request}: {answer}")
        return answer["status"]["allowed"]


def versions(text):
    """{object: resourceVersion} of what the manifests name."""
    listed = json.loads(kubectl("get", "--filename", "-", "--output", "json", stdin=text)[1])["items"]
    return {f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["resourceVersion"] for one in listed}


def check_scope(mode, values, server):
    """(number of checks, failures) of one scope."""
    objects = [one for one in render(values, namespace=RELEASE_NAMESPACE) if one["kind"] != "CustomResourceDefinition"]
    text = yaml.safe_dump_all(objects)
    failures, count = [], 2
    _, _, warnings = kubectl("apply", "--filename", "-", stdin=text)
    if warnings.strip():
        failures.append(f"{mode}: warnings: {warnings.strip()}")
    first = versions(text)
    again = kubectl("apply", "--filename", "-", stdin=text)[1]
    # kubectl sends the selector of a PodDisruptionBudget every time; the API server finds nothing new in it.
    changed = [line for line in again.splitlines() if not line.endswith(" unchanged") and not line.startswith("poddisruptionbudget")]
    if changed or versions(text) != first:
        failures.append(f"{mode}: applying again: {'; '.join(changed)} {set(versions(text).items()) ^ set(first.items())}")
    account = next(one["spec"]["template"]["spec"]["serviceAccountName"] for one in objects
                   if one["kind"] == "Deployment" and one["metadata"]["name"].endswith("-operator"))
    access = Access(server, account)
    everywhere = mode == "Cluster"
    expected = [(request, place, place in ("sales", "lake") or everywhere) for request in WATCHED for place in ("sales", "lake", "elsewhere")]
    expected += [(request, RELEASE_NAMESPACE, True) for request in OWN]
    expected += [(request, "sales", False) for request in OWN]
    expected += [(request, RELEASE_NAMESPACE, everywhere or "configmaps" in request) for request in WATCHED]
    expected += [("list servicecidrs.networking.k8s.io", "", everywhere), ("get servicecidrs.networking.k8s.io", "", False)]
    expected += [(request, place, False) for request in NEVER for place in ("sales", RELEASE_NAMESPACE)]
    for request, place, right in expected:
        count += 1
        if access.allowed(request, place) != right:
            failures.append(f"{mode}: {request} in {place} is {'refused' if right else 'allowed'}")
    kubectl("delete", "--wait=false", "--filename", "-", stdin=text)
    return count, failures


def check_release():
    """(number of checks, failures) of a release's life."""
    failures = []

    def helm(*command):
        return run("helm", *command, "--namespace", RELEASE_NAMESPACE)[1]

    def state():
        return versions(helm("get", "manifest", "culvert"))

    settings = [CHART, "--set", "emulator.enabled=true,networkPolicy.enabled=true"]
    helm("install", "culvert", *settings)
    first = state()
    helm("upgrade", "culvert", *settings)
    if state() != first:
        failures.append(f"release: an upgrade with the same values changes {set(state().items()) ^ set(first.items())}")
    kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/syncjobs.culvert.dev", "crd/datasources.culvert.dev")
    kubectl("--namespace", "sales", "apply", "--filename", str(ROOT / "examples/cluster/suspended.yaml"))
    helm("uninstall", "culvert")
    if kubectl("--namespace", "sales", "get", "syncjob", "weather-held", check=False)[0] != 0:
        failures.append("release: the SyncJob is gone with the release")
    left = kubectl("--namespace", RELEASE_NAMESPACE, "get", "deployments,services,roles,serviceaccounts", "--output", "name")[1].split()
    if left != ["serviceaccount/default"]:
        failures.append(f"release: uninstalling leaves {left}")
    helm("install", "culvert", *settings)
    helm("uninstall", "culvert")
    return 4, failures


def main():
    for namespace in (RELEASE_NAMESPACE, "sales", "lake", "elsewhere"):  # with what a controller would add
        labels = {f"pod-security.kubernetes.io/{what}": "restricted" for what in ("enforce", "warn")}
        kubectl("apply", "--filename", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}))
        kubectl("apply", "--filename", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}))
    count, failures = check_release()
    server = Server(None)
    try:
        for mode, values in SCOPES.items():
            checked, found = check_scope(mode, values, server)
            count += checked
            failures += found
    finally:
        server.close()
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"chart: {count - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
