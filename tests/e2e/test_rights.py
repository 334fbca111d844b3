# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What the operator was seen to do is what the chart lets it do, no less and no more. Runs after the other files: by then the
operator has done all that it does."""

import json
import os
import pathlib

import pytest

import kube

AUDIT = pathlib.Path(__file__).resolve().parents[2] / "build" / "cluster" / "log" / "audit.jsonl"
ACCOUNT = "system:serviceaccount:culvert-system:culvert-operator"


AUDITED = not os.environ.get("CULVERT_IMAGE_REGISTRY")  # the audit log of a cluster that is not ours cannot be read


def requests_of_the_operator():
    whole, _, _ = AUDIT.read_text(encoding="utf-8").rpartition("\n")  # a line may be on its way
    entries = map(json.loads, whole.splitlines())
    return [one for one in entries if one["user"].get("username") == ACCOUNT and one.get("objectRef")]


@pytest.fixture(scope="module")
def requests():
    if not AUDITED:
        pytest.skip("the audit log of a cluster that is not ours cannot be read")
    return requests_of_the_operator()


def resource(reference):
    name = reference["resource"] + ("/" + reference["subresource"] if reference.get("subresource") else "")
    return reference.get("apiGroup", ""), name


def granted():
    """(verb, group, resource) of every role of the chart that is bound to the operator."""
    found = set()
    for kind in ("clusterroles", "roles"):
        for role in kube.list_of(kind, "culvert-system", "app.kubernetes.io/instance=culvert"):
            if role["metadata"]["labels"].get("app.kubernetes.io/component") != "operator" or "aggregationRule" in role:
                continue
            if any(label.startswith("rbac.authorization.k8s.io/aggregate-to") for label in role["metadata"]["labels"]):
                continue  # for users
            for rule in role["rules"]:
                found |= {(verb, group, name) for verb in rule["verbs"] for group in rule["apiGroups"]
                          for name in rule["resources"]}
    return found


def test_nothing_was_refused(requests):
    refused = [one for one in requests if one.get("responseStatus", {}).get("code") == 403]
    # Not for want of a right: nobody may create anything in a namespace that goes.
    assert [one for one in refused if not one["responseStatus"]["message"].endswith("because it is being terminated")] == []


def test_the_rights_used_are_the_rights_granted(requests):
    used = {(one["verb"], *resource(one["objectRef"])) for one in requests}
    # Asked for by the admission plugin OwnerReferencesPermissionEnforcement, which this cluster does not run.
    grants = {grant for grant in granted() if not grant[2].endswith("/finalizers")}
    assert used - grants == set(), "used, not granted"
    assert grants - used == set(), "granted, never used"


def test_no_secret_was_ever_asked_for(requests):
    assert [one for one in requests if one["objectRef"]["resource"] == "secrets"] == []
