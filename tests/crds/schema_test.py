# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""House rules for the CRDs: documented, bounded, small."""

import json
import pathlib
import re
import subprocess
import sys
import unittest

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FILES = sorted((ROOT / "crds").glob("*.yaml"))
BYTES_MAX = 48 * 1024
BUILT_IN_SHORT_NAMES = {"cm", "cs", "ep", "ev", "limits", "ns", "no", "pvc", "pv", "po", "rc", "quota", "sa", "svc", "crd", "crds", "deploy", "ds",
                        "rs", "sts", "hpa", "cj", "csr", "ing", "netpol", "pdb", "pc", "sc", "vwc"}


def fields(schema, path=""):
    """(path, schema) of every node."""
    yield path, schema
    for name, member in schema.get("properties", {}).items():
        yield from fields(member, f"{path}.{name}" if path else name)
    for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(key), dict):
            yield from fields(schema[key], path + mark)


class Schemas(unittest.TestCase):
    """Every node of every schema."""

    def setUp(self):
        self.crds = {file: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
        self.assertEqual(len(self.crds), 3)

    def nodes(self):
        for crd in self.crds.values():
            for version in crd["spec"]["versions"]:
                for path, schema in fields(version["schema"]["openAPIV3Schema"]):
                    yield f"{crd['spec']['names']['kind']} {path}", schema

    def test_files_are_small(self):
        for file, crd in self.crds.items():  # as the API server and the annotation of client-side apply keep it: docs/adr/0016
            self.assertLess(len(json.dumps(crd, separators=(",", ":"), ensure_ascii=False).encode()), BYTES_MAX, file.name)

    def test_files_are_named_after_what_they_hold(self):
        for file, crd in self.crds.items():
            self.assertEqual(file.name, f"{crd['spec']['group']}_{crd['spec']['names']['plural']}.yaml")

    def test_every_field_is_described(self):
        for path, schema in self.nodes():
            name = path.split()[-1]
            if name in ("SyncJob", "SyncSchedule", "DataSource", "metadata") or name.endswith(("[]", "{}")):
                continue
            text = schema.get("description", "")
            self.assertTrue(text.endswith(".") and text[0].isupper(), f"{path}: {text!r}")

    def test_defaults_are_said(self):
        for path, schema in self.nodes():
            if isinstance(schema.get("default"), (bool, int, str)):
                value = schema["default"]
                shown = str(value).lower() if isinstance(value, bool) else str(value)
                self.assertRegex(schema["description"], rf"Default `?{re.escape(shown)}`?[.,]?", path)

    def test_everything_has_a_bound(self):
        for path, schema in self.nodes():
            kind = schema.get("type")
            if path.endswith((" metadata", " apiVersion", " kind")) or path.split()[-1] in ("SyncJob", "SyncSchedule", "DataSource"):
                continue
            if schema.get("x-kubernetes-int-or-string"):
                self.assertIn("maxLength", schema, path)
            elif kind == "string":
                self.assertTrue("maxLength" in schema or "enum" in schema or schema.get("format") == "date-time", path)
            elif kind == "array":
                self.assertIn("maxItems", schema, path)
                self.assertIn(schema.get("x-kubernetes-list-type"), ("atomic", "map", "set"), path)
            elif kind == "object" and "additionalProperties" in schema:
                self.assertIn("maxProperties", schema, path)
            elif kind == "integer":
                self.assertIn(schema.get("format"), ("int32", "int64"), path)
                generated = ".column[].increasing." in path or ".column[].random." in path  # bounded by their type
                self.assertTrue("minimum" in schema or generated, path)
                self.assertTrue("maximum" in schema or schema["format"] == "int64", path)
            else:
                self.assertIn(kind, ("object", "boolean"), path)

    def test_what_is_without_a_schema(self):
        open_ended = [path for path, schema in self.nodes() if schema.get("x-kubernetes-preserve-unknown-fields")]
        self.assertEqual(open_ended, ["SyncJob spec.runner.affinity", "SyncSchedule spec.jobTemplate.spec"])

    def test_names(self):
        for crd in self.crds.values():
            names = crd["spec"]["names"]
            self.assertEqual(names["categories"], ["culvert"])
            self.assertFalse(set(names["shortNames"]) & BUILT_IN_SHORT_NAMES)
            self.assertEqual(names["listKind"], names["kind"] + "List")

    def test_columns_of_kubectl_get(self):
        columns = {crd["spec"]["names"]["kind"]: crd["spec"]["versions"][0]["additionalPrinterColumns"] for crd in self.crds.values()}
        shown = [column["name"] for column in columns["SyncJob"] if not column.get("priority")]
        wide = [column["name"] for column in columns["SyncJob"] if column.get("priority")]
        self.assertEqual(shown, ["Status", "Progress", "Rows", "Age"])
        self.assertEqual(wide, ["Rate", "Shards", "Attempt"])
        shown = [column["name"] for column in columns["SyncSchedule"] if not column.get("priority")]
        self.assertEqual(shown, ["Schedule", "TimeZone", "Suspend", "Active", "Last Run", "Next Run", "Age"])
        for column in columns["SyncJob"] + columns["SyncSchedule"] + columns["DataSource"]:
            self.assertTrue(column["description"].endswith("."))

    def test_columns_show_fields_that_exist(self):
        for crd in self.crds.values():
            version = crd["spec"]["versions"][0]
            known = {path for path, _ in fields(version["schema"]["openAPIV3Schema"])} | {"metadata.creationTimestamp"}
            for column in version["additionalPrinterColumns"]:
                path = re.sub(r"\[.*?\]", "[]", column["jsonPath"]).removeprefix(".")
                self.assertIn(path, known)

    def test_every_rule_has_its_cases(self):
        done = subprocess.run([sys.executable, HERE / "run_cases.py", "--coverage"], text=True, capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
