# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Each oracle finds what it is there for, and is content with what is right."""

import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import oracles  # noqa: E402
import schema as schemas  # noqa: E402
from mutations import Mutation  # noqa: E402

CRD = schemas.Crd("Small", "smalls", {}, (schemas.Rule("spec.a", "spec.a.b", "must be one of its own"),))
WORDS = frozenset({"NoSuchTable", "RunnerCrashed"})


def mutation(*path, refused=False):
    return Mutation("Small", "plain", ("spec", *path), "changed", {}, refused)


def answer(*causes, message="Small is invalid"):
    return {"message": message, "details": {"causes": [
        {"field": field, "message": text, "reason": reason} for field, text, reason in causes]}}


def item(status="True", reason="Succeeded", generation=1, observed=1, message="told", more=()):
    conditions = [{"type": "Succeeded", "status": status, "reason": reason, "message": message}, *more]
    return {"metadata": {"generation": generation}, "status": {"observedGeneration": observed, "conditions": conditions}}


def is_on(kind):
    return {"type": kind, "status": "True", "reason": "NoSuchTable", "message": "told"}


class Refusals(unittest.TestCase):
    def test_the_schema_names_the_field(self):
        good = answer(("spec.a.c", "Invalid value: must be at least 1", "FieldValueInvalid"))
        self.assertEqual(oracles.refusal(good, mutation("a", "c", refused=True), CRD), [])
        self.assertIn("not the field", oracles.refusal(good, mutation("d", refused=True), CRD)[0])

    def test_entries_are_named_by_their_number(self):
        good = answer(("spec.list[3].a", "Invalid value: must be a number", "FieldValueInvalid"))
        self.assertEqual(oracles.refusal(good, mutation("list", 0, "a", refused=True), CRD), [])

    def test_a_rule_names_its_own_field(self):
        told = "Invalid value: must be one of its own"
        self.assertEqual(oracles.refusal(answer(("spec.a.b", told, "FieldValueInvalid")), mutation("a", "b"), CRD), [])
        self.assertEqual(oracles.refusal(answer(("spec.x", told + " when `b` is true", "FieldValueInvalid")), mutation("a", "b"), CRD), [])

    def test_what_neither_schema_nor_rule_refuses(self):
        other = answer(("spec.a.b", "Invalid value: the server does not like it", "FieldValueInvalid"))
        self.assertIn("no rule refuses it", oracles.refusal(other, mutation("a", "b"), CRD)[0])

    def test_a_field_that_is_missing_beside_it(self):
        beside = answer(("spec.a.d", "Required value", "FieldValueRequired"))
        self.assertEqual(oracles.refusal(beside, mutation("a", "c", refused=True), CRD), [])

    def test_unknown_fields(self):
        text = answer(message='strict decoding error: unknown field "spec.a.acto"')
        self.assertEqual(oracles.refusal(text, mutation("a", refused=True), CRD), [])
        self.assertIn("names", oracles.refusal(text, mutation("d", refused=True), CRD)[0])

    def test_no_field_and_no_words(self):
        self.assertIn("names no field", oracles.refusal({"message": "no"}, mutation("a", refused=True), CRD)[0])
        self.assertIn("does not say", oracles.refusal(answer(("spec.a", "no", "x")), mutation("a", refused=True), CRD)[0])


class Statuses(unittest.TestCase):
    def wrong(self, *arguments, **more):
        return "; ".join(oracles.status(item(*arguments, **more), WORDS))

    def test_ends(self):
        self.assertEqual(self.wrong(), "")
        self.assertEqual(self.wrong("False", "NoSuchTable", more=[is_on("Stalled")]), "")

    def test_what_is_wrong_with_them(self):
        self.assertIn("observedGeneration is 1, generation 2", self.wrong(generation=2))
        self.assertIn("does not know", self.wrong("False", "Whatever", more=[is_on("Stalled")]))
        self.assertIn("nothing more", self.wrong("False", "NoSuchTable", message="", more=[is_on("Stalled")]))
        self.assertIn("not Stalled", self.wrong("False", "NoSuchTable"))
        self.assertIn("Reconciling or Stalled", self.wrong(more=[is_on("Reconciling")]))
        self.assertIn("Reconciling and Stalled", self.wrong("Unknown", "Pending", more=[is_on("Reconciling"), is_on("Stalled")]))
        self.assertIn("nobody's doing", self.wrong("False", "RunnerCrashed", more=[is_on("Stalled")]))
        self.assertIn("no condition", "; ".join(oracles.status({"metadata": {"generation": 1}, "status": {"observedGeneration": 1}}, WORDS)))

    def test_standings_differ_by_what_counts(self):
        one, other = item(), item()
        other["status"]["conditions"][0]["lastTransitionTime"] = "2026-01-01T00:00:00Z"
        self.assertEqual(oracles.difference(oracles.standing(one), oracles.standing(other)), "")
        other["status"]["report"] = {"rowsRead": 5}
        self.assertIn("report", oracles.difference(oracles.standing(one), oracles.standing(other)))


class Logs(unittest.TestCase):
    def test_errors_are_faults(self):
        text = "\n".join(json.dumps({"level": level, "msg": level}) for level in ("info", "warn", "error", "debug"))
        self.assertEqual(len(oracles.log_faults(text)), 1)
        self.assertEqual(len(oracles.log_faults("Segmentation fault\n")), 1)


class Schemas(unittest.TestCase):
    def test_reasons_are_read(self):
        self.assertLessEqual({"NoSuchTable", "InvalidSpec"}, oracles.reasons((schemas.ROOT / "docs/reasons.md").read_text(encoding="utf-8")))

    def test_a_null_is_as_none_in_an_object_and_not_in_a_list(self):
        text = {"type": "string", "maxLength": 3}
        self.assertEqual(schemas.faults({"type": "object", "properties": {"a": text}}, {"a": None}), [])
        self.assertEqual(schemas.faults({"type": "array", "maxItems": 2, "items": text}, [None]), [("spec", 0)])

    def test_keys_of_list_maps_are_there_once(self):
        entry = {"type": "object", "properties": {"name": {"type": "string"}}}
        node = {"type": "array", "maxItems": 9, "x-kubernetes-list-map-keys": ["name"], "items": entry}
        self.assertEqual(schemas.faults(node, [{"name": "a"}, {"name": "b"}, {"name": "a"}]), [("spec", 2)])


if __name__ == "__main__":
    unittest.main()
