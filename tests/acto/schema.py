# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The CRDs of crds/ as the API server reads them: their fields, what these take by themselves, and their rules.

Rules in CEL are not evaluated: `faults` says what the schema alone refuses, `Crd.rules` what else may be refused and by which words.
"""

import dataclasses
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FREE_FORM = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING = "x-kubernetes-int-or-string"


def text_of(path):
    """`spec.source.stream.column[0].name` of ("spec", "source", "stream", "column", 0, "name")."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def plain(field):
    """A field's path without the numbers of entries and the keys of maps."""
    return re.sub(r"\[[^\]]*\]", "", field)


@dataclasses.dataclass(frozen=True)
class Rule:
    """One of x-kubernetes-validations: where it stands, the field that it names, its words."""

    path: str
    field: str
    message: str


@dataclasses.dataclass(frozen=True)
class Crd:
    kind: str
    plural: str
    spec: dict  # the schema of .spec
    rules: tuple

    def is_rule(self, message):
        """Whether these are the words of one of its rules, with what the server writes before them."""
        return any(rule.message in message for rule in self.rules)


def read(kind):
    for file in sorted((ROOT / "crds").glob("*.yaml")):
        crd = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]
        if crd["names"]["kind"] == kind:
            whole = crd["versions"][0]["schema"]["openAPIV3Schema"]
            return Crd(kind, crd["names"]["plural"], whole["properties"]["spec"], tuple(_rules(whole, "")))
    raise KeyError(kind)


def _rules(schema, path):
    for rule in schema.get("x-kubernetes-validations", []):
        yield Rule(path, path + rule.get("fieldPath", ""), " ".join(rule["message"].split()))
    for name, member in schema.get("properties", {}).items():
        yield from _rules(member, f"{path}.{name}" if path else name)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _rules(schema[key], path)


def nodes(schema, path=("spec",)):
    """(path, schema) of every field; entries of lists are number 0, values of maps are `KEY`."""
    yield path, schema
    for name, member in schema.get("properties", {}).items():
        yield from nodes(member, (*path, name))
    if isinstance(schema.get("items"), dict):
        yield from nodes(schema["items"], (*path, 0))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from nodes(schema["additionalProperties"], (*path, "KEY"))


def faults(schema, value, path=("spec",)):
    """The paths at which the schema refuses `value`, with strict field validation; rules in CEL apart.

    A null where a property may be is the same as none, in a list it is refused (apiextensions, "Nullable").
    """
    if schema.get(INT_OR_STRING):
        good = isinstance(value, (int, str)) and not isinstance(value, bool)
        return _text_faults(schema, value, path) if isinstance(value, str) else [] if good else [path]
    kind = schema.get("type")
    if kind == "object":
        return _object_faults(schema, value, path)
    if kind == "array":
        return _array_faults(schema, value, path)
    if kind == "string":
        return _text_faults(schema, value, path) if isinstance(value, str) else [path]
    if kind == "boolean":
        return [] if isinstance(value, bool) else [path]
    assert kind == "integer", path
    if not isinstance(value, int) or isinstance(value, bool):
        return [path]
    low, high = bounds(schema)
    return [] if low <= value <= high else [path]


def bounds(schema):
    """The smallest and the largest integer of a field: the schema's, else its format's."""
    bits = 31 if schema.get("format") == "int32" else 63
    return schema.get("minimum", -(2**bits)), schema.get("maximum", 2**bits - 1)


def _object_faults(schema, value, path):
    if not isinstance(value, dict):
        return [path]
    value = {key: member for key, member in value.items() if member is not None}
    found = [(*path, name) for name in schema.get("required", []) if name not in value]
    properties = schema.get("properties", {})
    more = schema.get("additionalProperties")
    if len(value) > schema.get("maxProperties", len(value)):
        found.append(path)
    for key, member in value.items():
        if key in properties:
            found += faults(properties[key], member, (*path, key))
        elif isinstance(more, dict):
            found += faults(more, member, (*path, key))
        elif not schema.get(FREE_FORM):
            found.append((*path, key))
    return found


def _array_faults(schema, value, path):
    if not isinstance(value, list):
        return [path]
    found = []
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        found.append(path)
    for number, item in enumerate(value):
        found += faults(schema["items"], item, (*path, number))
    keys = schema.get("x-kubernetes-list-map-keys")
    if keys and all(isinstance(item, dict) for item in value):
        marks = [repr([item.get(key) for key in keys]) for item in value]
        found += [(*path, number) for number, mark in enumerate(marks) if mark in marks[:number]]
    return found


def _text_faults(schema, value, path):
    fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
    fits = fits and value in schema.get("enum", [value])
    if schema.get("pattern"):
        fits = fits and re.search(schema["pattern"].replace("$", r"\Z"), value) is not None
    return [] if fits else [path]
