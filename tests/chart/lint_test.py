# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What other people's linters say of the chart: helm lint, kubeconform, kube-score."""

import json
import pathlib
import tempfile
import unittest

import yaml

import kubernetes_schemas
from tools import CHART, CLUSTER, NAMESPACES, ROOT, manifests, render, run

SCOPES = {"cluster": CLUSTER, "namespaces": NAMESPACES}

# What kube-score finds and why it stays: check -> (objects, reason).
EXCEPTIONS = {
    "container-image-pull-policy": (None, "tags are versions and may be digests; `Always` makes each start depend on the registry"),
    "container-resources": (None, "no CPU limit: a throttled leader loses its Lease, a throttled copy is a slow copy; memory has a limit"),
    "networkpolicy-targets-pod": ({"culvert-runner"}, "the operator makes the pods that this policy is for"),
    "pod-networkpolicy": ({"culvert-test"}, "the test's pod opens no connection and serves none"),
    "pod-probes": ({"culvert-test", "culvert-emulator"},
                   "the test's pod serves nothing and ends by itself; a restart of the emulator would lose its tables"),
    "deployment-replicas": ({"culvert-emulator"}, "the emulator's memory is its data: one pod"),
    "deployment-strategy": ({"culvert-emulator"}, "two emulators at once would answer differently"),
}


class Lint(unittest.TestCase):
    """Clean, or an exception with its reason."""

    def test_helm_lint_strict(self):
        for name, values in {"default": {}, **SCOPES}.items():
            with self.subTest(scope=name):
                text = run("helm", "lint", "--strict", "--namespace", "culvert-system", CHART, "--values", "-", stdin=json.dumps(values))[1]
                self.assertNotIn("[WARNING]", text)
                self.assertIn("0 chart(s) failed", text)

    def test_kubeconform(self):
        texts = {name: manifests(values) for name, values in SCOPES.items()}
        texts["examples"] = "\n---\n".join(file.read_text() for file in sorted((ROOT / "examples").rglob("*.yaml")))
        texts["crds"] = "\n---\n".join(file.read_text() for file in sorted((ROOT / "crds").glob("*.yaml")))
        wanted = set()
        for text in texts.values():
            for one in yaml.safe_load_all(text):
                if one:
                    group, _, version = one["apiVersion"].rpartition("/")
                    wanted.add((group, version, one["kind"]))
        with tempfile.TemporaryDirectory() as directory:
            kubernetes_schemas.write(pathlib.Path(directory), wanted)
            location = f"{directory}/{kubernetes_schemas.LOCATION}"
            for name, text in texts.items():
                with self.subTest(manifests=name):
                    result = run("kubeconform", "-strict", "-summary", "-schema-location", location, "-", stdin=text)[1]
                    self.assertIn("Invalid: 0, Errors: 0, Skipped: 0", result)
            broken = texts["cluster"].replace("readOnlyRootFilesystem:", "readOnlyRootFileSystem:")
            code, result = run("kubeconform", "-strict", "-schema-location", location, "-", stdin=broken, check=False)
            self.assertNotEqual(code, 0, "a misspelt field must be found")
            self.assertIn("readOnlyRootFileSystem", result)

    def test_kube_score(self):
        used = set()
        for name, values in SCOPES.items():
            # It reads one object a document and knows no Events of Helm: only what is installed counts.
            text = yaml.safe_dump_all(one for one in render(values) if one["kind"] != "CustomResourceDefinition")
            scores = json.loads(run("kube-score", "score", "--output-format", "json", "-", stdin=text, check=False)[1])
            self.assertGreater(len(scores), 5)
            for one in scores:
                for check in one["checks"]:
                    if check["skipped"] or check["grade"] >= 10:
                        continue
                    objects, _ = EXCEPTIONS.get(check["check"]["id"], (set(), ""))
                    said = "; ".join(comment["summary"] for comment in check["comments"] or [])
                    self.assertTrue(objects is None or one["object_meta"]["name"] in objects,
                                    f"{name}: {one['object_name']}: {check['check']['id']}: {said}")
                    used.add(check["check"]["id"])
        self.assertEqual(used, set(EXCEPTIONS), "an exception that nothing needs is to be removed")


if __name__ == "__main__":
    unittest.main()
