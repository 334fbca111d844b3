# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The mutations are what they say, and every field has some."""

import functools
import pathlib
import sys
import unittest

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import mutations  # noqa: E402
import schema as schemas  # noqa: E402

SMALL = {
    "type": "object", "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 8},
        "count": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 9},
        "mode": {"type": "string", "enum": ["fast", "slow"]},
        "tags": {"type": "object", "maxProperties": 2, "additionalProperties": {"type": "string", "maxLength": 4}},
        "list": {"type": "array", "maxItems": 2, "items": {"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}}},
    }}
SPEC = {"name": "x", "count": 3, "list": [{"a": True}]}
CRD = schemas.Crd("Small", "smalls", SMALL, ())
BASES = {"plain": {"covers": ["spec"], "spec": SPEC}}


def read_all():
    cases = yaml.safe_load((HERE / "cases.yaml").read_text(encoding="utf-8"))
    return [(schemas.read(kind), about) for kind, about in cases.items()]


@functools.cache
def generated():
    """All that the CRDs give; it takes a second or two."""
    return [(crd, about, mutations.generated(crd, about["bases"])) for crd, about in read_all()]


class Generated(unittest.TestCase):
    def made(self):
        return {(schemas.text_of(one.path), one.what): one for one in mutations.generated(CRD, BASES)}

    def test_numbers_stand_at_their_bounds(self):
        counts = {one.spec["count"]: one.refused for (path, _), one in self.made().items()
                  if path == "spec.count" and type(one.spec.get("count")) is int}
        self.assertEqual({number: counts[number] for number in (0, 1, 9, 10, 5)}, {0: True, 1: False, 9: False, 10: True, 5: False})

    def test_texts_stand_at_their_lengths(self):
        made = self.made()
        self.assertFalse(made["spec.name", "as long as it may be"].refused)
        self.assertTrue(made["spec.name", "one character more than it takes"].refused)
        self.assertTrue(made["spec.name", "empty"].refused)
        self.assertTrue(made["spec.name", "removed"].refused)
        self.assertTrue(made["spec.name", "null"].refused)

    def test_enums_have_each_value_and_strangers(self):
        made = self.made()
        self.assertFalse(made["spec.mode", "its value number 1"].refused)
        self.assertTrue(made["spec.mode", "another case"].refused)
        self.assertTrue(made["spec.mode", "a YAML word"].refused)

    def test_lists_and_maps_are_filled_and_emptied(self):
        made = self.made()
        self.assertEqual(made["spec.list", "one entry more than it takes"].spec["list"], [{"a": True}] * 3)
        self.assertTrue(made["spec.list", "one entry more than it takes"].refused)
        self.assertTrue(made["spec.list", "a null entry"].refused)
        self.assertTrue(made["spec.tags", "one entry more than it takes"].refused)
        self.assertFalse(made["spec.tags.KEY", "a YAML word"].refused)
        self.assertEqual(made["spec.list[0]", "empty"].spec["list"], [{}])

    def test_every_type_meets_others(self):
        made = self.made()
        for path, what in (("spec.count", '"4" of another type'), ("spec.count", "1.5 of another type"), ("spec.name", "7 of another type"),
                           ("spec.list", "{} of another type"), ("spec", "an unknown field"), ("spec.list[0].a", "0 of another type")):
            self.assertTrue(made[path, what].refused, what)

    def test_the_base_is_left_as_it_is(self):
        self.made()
        self.assertEqual(SPEC, {"name": "x", "count": 3, "list": [{"a": True}]})

    def test_none_changes_nothing_and_none_is_there_twice(self):
        for _, about, made in [(CRD, {"bases": BASES}, mutations.generated(CRD, BASES)), *generated()]:
            bases = {name: repr(base["spec"]) for name, base in about["bases"].items()}
            for one in made:
                self.assertNotEqual(repr(one.spec), bases[one.base], one.key)
            self.assertEqual(len(made), len({one.key for one in made}))


class Real(unittest.TestCase):
    def test_the_bases_are_taken(self):
        for crd, about in read_all():
            for base in about["bases"].values():
                self.assertEqual(schemas.faults(crd.spec, base["spec"]), [])

    def test_every_field_is_mutated(self):
        for crd, _, made in generated():
            reached = {one.path for one in made}
            self.assertEqual([schemas.text_of(path) for path, _ in schemas.nodes(crd.spec) if path not in reached], [])

    def test_every_field_of_a_job_is_edited(self):
        crd, about = read_all()[0]
        made = mutations.edits(crd, about["bases"], about["editable"])
        text = {schemas.plain(schemas.text_of(one.path)).removeprefix("spec.") for one in made}
        for place in about["editable"]:
            self.assertTrue(any(one == place or one.startswith(place + ".") for one in text), place)
        self.assertIn("target.maxCompute.table", text)
        self.assertIn("setting.verify", text)

    def test_cases_name_fields_and_bases_that_exist(self):
        for crd, about in read_all():
            known = {schemas.plain(schemas.text_of(path)) for path, _ in schemas.nodes(crd.spec)} | {"spec.metadata"}
            for one in mutations.written(crd, about["bases"], about["cases"]):
                self.assertIn(schemas.plain(schemas.text_of(one.path)), known, one.key)
                self.assertTrue(one.expect, one.key)

    def test_repeated_values(self):
        crd = schemas.Crd("Small", "smalls", SMALL, ())
        case = {"case": "many", "patch": {"name": {"times": 3, "of": "n"}, "list": {"times": 2, "of": {"a": False}}}, "expect": ["x"]}
        one = mutations.written(crd, BASES, [case])[0]
        self.assertEqual(one.spec, {"name": "nnn", "count": 3, "list": [{"a": False}, {"a": False}]})


class Sample(unittest.TestCase):
    def test_the_seed_decides(self):
        every = mutations.generated(CRD, BASES)
        first = [one.key for one in mutations.sample(every, 20, 7)]
        self.assertEqual(first, [one.key for one in mutations.sample(every, 20, 7)])
        self.assertNotEqual(first, [one.key for one in mutations.sample(every, 20, 8)])

    def test_every_field_comes_before_any_comes_twice(self):
        every = mutations.generated(CRD, BASES)
        paths = {one.path for one in every}
        self.assertEqual({one.path for one in mutations.sample(every, len(paths), 1)}, paths)

    def test_all_of_them_are_all(self):
        every = mutations.generated(CRD, BASES)
        self.assertEqual(sorted(one.key for one in mutations.sample(every, 10**6, 1)), sorted(one.key for one in every))


if __name__ == "__main__":
    unittest.main()
