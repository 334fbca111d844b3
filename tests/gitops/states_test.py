# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What kstatus (Flux, `kubectl apply --prune` tools) and Argo CD make of each state of a SyncJob and a SyncSchedule."""

import json
import pathlib
import re
import shutil
import subprocess
import unittest

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LUA = ROOT / "docs" / "argocd" / "culvert.dev"


def states():
    return yaml.safe_load((HERE / "states.yaml").read_text(encoding="utf-8"))


def kind_of(state):
    return state.get("kind", "SyncJob")


def as_object(state):
    """The object of a state."""
    status = {"observedGeneration": state.get("observedGeneration", 2)}
    if "conditions" in state:
        status["conditions"] = [{"type": kind, "status": value, "reason": reason, "message": message, "observedGeneration": 2,
                                 "lastTransitionTime": "2026-01-02T03:04:05Z"} for kind, (value, reason, message) in state["conditions"].items()]
    metadata = {"name": "flights-copy", "namespace": "sales", "generation": 2}
    if state.get("deleting"):
        metadata["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    return {"apiVersion": "culvert.dev/v1alpha1", "kind": kind_of(state), "metadata": metadata, "spec": {}, "status": status}


def kstatus(one):
    """The status of a custom resource by kstatus' published rules: deletion, then the generation, then the standard conditions in
    their order, then `Ready`; what says nothing is Current."""
    if "deletionTimestamp" in one["metadata"]:
        return "Terminating"
    status = one.get("status", {})
    observed = status.get("observedGeneration")
    if observed is not None and observed != one["metadata"]["generation"]:
        return "InProgress"
    for condition in status.get("conditions", []):
        if condition["type"] == "Reconciling" and condition["status"] == "True":
            return "InProgress"
        if condition["type"] == "Stalled" and condition["status"] == "True":
            return "Failed"
    for condition in status.get("conditions", []):
        if condition["type"] == "Ready":
            return "Current" if condition["status"] == "True" else "InProgress"
    return "Current"


def lua(value):
    """A Lua literal."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{lua(key)}] = {lua(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(lua(member) for member in value) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def argo(kind, one):
    """(status, message) that the script of a kind gives an object."""
    interpreter = shutil.which("lua5.4")
    if interpreter is None:
        raise AssertionError("lua5.4 is not on PATH: tools/install_debian.sh --test")
    script = (LUA / kind / "health.lua").read_text(encoding="utf-8")
    program = (f"obj = {lua(one)}\nlocal health = (function()\n{script}\nend)()\n"
               'io.write(health.status, "\\n", health.message, "\\n")')
    done = subprocess.run([interpreter, "-"], input=program, text=True, capture_output=True, check=True, timeout=30)
    return tuple(done.stdout.split("\n", 1)[:1] + [done.stdout.split("\n", 1)[1].rstrip("\n")])


class States(unittest.TestCase):
    """One row, one state."""

    def test_kstatus(self):
        for state in states():
            with self.subTest(state=state["state"]):
                self.assertEqual(kstatus(as_object(state)), state["kstatus"])

    def test_argo_cd(self):
        for state in states():
            with self.subTest(state=state["state"]):
                status, message = argo(kind_of(state), as_object(state))
                self.assertEqual(status, state["argo"])
                self.assertIn(state.get("message", ""), message)
                self.assertNotEqual(message, "")

    def test_argo_cd_survives_whatever_is_missing(self):
        bare = {"apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob", "metadata": {"name": "x", "generation": 1}}
        for status in (None, {}, {"observedGeneration": 1}, {"observedGeneration": 1, "conditions": []},
                       {"observedGeneration": 1, "conditions": [{"type": "Succeeded", "status": "Unknown", "reason": "Pending"}]}):
            one = {**bare, **({"status": status} if status is not None else {})}
            for kind in ("SyncJob", "SyncSchedule"):
                self.assertEqual(argo(kind, {**one, "kind": kind})[0], "Progressing")

    def test_a_data_source_is_healthy(self):
        self.assertEqual(argo("DataSource", {"metadata": {"name": "demo"}, "spec": {}})[0], "Healthy")

    def test_every_outcome_is_among_the_states(self):
        self.assertEqual({state["kstatus"] for state in states()}, {"InProgress", "Current", "Failed", "Terminating"})
        self.assertEqual({state["argo"] for state in states()}, {"Progressing", "Healthy", "Degraded", "Suspended"})

    def test_reasons_are_those_of_the_contract(self):
        text = (ROOT / "docs/adr/0008-pods-and-their-contract.md").read_text() + (ROOT / "docs/reasons.md").read_text()
        text += (ROOT / "docs/spec/v1alpha1/syncschedule.md").read_text()
        known = set(re.findall(r"`([A-Z][A-Za-z]+)`", text))
        for state in states():
            for kind, (_, reason, _) in state.get("conditions", {}).items():
                self.assertIn(kind, known)
                self.assertIn(reason, known, state["state"])


class Document(unittest.TestCase):
    """docs/gitops.md shows what is tested here."""

    def test_the_scripts_in_the_document_are_the_files(self):
        text = (ROOT / "docs" / "gitops.md").read_text(encoding="utf-8")
        shown = yaml.safe_load(re.search(r"```yaml\n(apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\n.*?)```", text, re.S)[1])
        for kind in ("SyncJob", "SyncSchedule", "DataSource"):
            self.assertEqual(shown["data"][f"resource.customizations.health.culvert.dev_{kind}"].strip(),
                             (LUA / kind / "health.lua").read_text(encoding="utf-8").strip())

    def test_the_table_in_the_document_is_the_table_here(self):
        text = (ROOT / "docs" / "gitops.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| ([^|]+) \| ([A-Z][A-Za-z]+) \| ([A-Z][a-z]+) \|$", text, re.M)
        self.assertEqual(rows, [(state["state"], state["kstatus"], state["argo"]) for state in states()])


if __name__ == "__main__":
    unittest.main()
