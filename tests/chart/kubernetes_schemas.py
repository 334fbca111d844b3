# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""JSON schemas for kubeconform without a download: from the OpenAPI document in the Kubernetes module that the cluster harness
pins, from crds/, and of ours in schemas/ for the kinds of the Prometheus Operator, as far as the chart uses them."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import yaml

from tools import ROOT, program

sys.path.append(str(ROOT / "tests" / "cluster"))
from harness.layout import KUBERNETES  # the version of the API server that the tests run

LOCATION = "{{ .ResourceKind }}{{ .KindSuffix }}.json"


def _strict(schema):
    """Refuses what an object does not know, and knows the two types that OpenAPI 2 cannot say."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "integer"]}
    result = {key: value if key in ("enum", "required") else _strict(value) for key, value in schema.items()
              if key not in ("default", "properties") and not key.startswith("x-kubernetes")}
    if "properties" in schema:  # whose keys are names of fields, `default` and `x-kubernetes-...` among them
        result["properties"] = {name: _strict(member) for name, member in schema["properties"].items()}
    open_ended = "additionalProperties" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in schema and not open_ended:
        result["additionalProperties"] = False
    return result


def _needed(name, definitions, found):
    """`name` and all definitions that it leads to."""
    if name in found:
        return
    found.add(name)
    todo = [definitions[name]]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            reference = one.get("$ref")
            if isinstance(reference, str):
                _needed(reference.removeprefix("#/definitions/"), definitions, found)
            todo += one.values()
        elif isinstance(one, list):
            todo += one


def _file_name(kind, group, version):
    return f"{kind.lower()}-{group.split('.')[0] + '-' if group else ''}{version}.json"


def write(directory: pathlib.Path, wanted):
    """Writes a schema for each (group, version, kind) of `wanted` that Kubernetes has, for our kinds and for those of schemas/."""
    # Outside of any module, so that a go command older than the pinned modules can do it.
    answer = subprocess.run([program("go"), "mod", "download", "-json", f"k8s.io/kubernetes@{KUBERNETES}"], cwd="/", text=True,
                            env={**os.environ, "GO111MODULE": "on"}, stdout=subprocess.PIPE, check=True, timeout=300).stdout
    swagger = json.loads((pathlib.Path(json.loads(answer)["Dir"]) / "api/openapi-spec/swagger.json").read_text(encoding="utf-8"))
    definitions = swagger["definitions"]
    definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"type": ["string", "number"]}
    for name, schema in definitions.items():
        for identity in schema.get("x-kubernetes-group-version-kind", []):
            if (identity["group"], identity["version"], identity["kind"]) in wanted:
                needed = set()
                _needed(name, definitions, needed)
                text = {"$ref": f"#/definitions/{name}", "definitions": {one: _strict(definitions[one]) for one in needed}}
                (directory / _file_name(identity["kind"], identity["group"], identity["version"])).write_text(json.dumps(text))
    for file in sorted((ROOT / "crds").glob("*.yaml")):
        crd = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]
        for version in crd["versions"]:
            schema = _strict(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object"}
            (directory / _file_name(crd["names"]["kind"], crd["group"], version["name"])).write_text(json.dumps(schema))
    for file in sorted((pathlib.Path(__file__).parent / "schemas").glob("*.json")):
        shutil.copy(file, directory)
