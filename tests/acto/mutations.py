# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Mutations of objects, made from their schema: for each field what its type suggests, and the written ones of cases.yaml.

Pure: the same schema, bases and seed give the same list. The operations on each type are those of Acto (SOSP'23), with the
boundaries of numbers and of texts and values of other types added.
"""

import copy
import dataclasses
import json
import pathlib
import random
import sys

import schema as schemas

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "crds"))

from merge_patch import merged  # noqa: E402  (tests/crds)

MISSING = object()
TEXT_MAX = 64 * 1024  # of a text as long as its field takes; requests of more than 3 MiB are no matter of the schema
ITEMS_MAX = 3000

TEXTS = (
    ("a word", "ACTOKEY"), ("spaces", " padded "), ("accents and signs", "Übergrößenträger-表-🜁"), ("a NUL", "a\0b"),
    ("a line break", "a\r\nb"), ("a byte order mark", "\ufeffx"), ("right to left", "\u202eabc"), ("a way out", "../../etc/passwd"),
    ("a coded NUL", "%00"), ("quotes", "'\"`"), ("a statement", "x; drop table people"), ("a YAML word", "no"), ("a YAML number", "1e3"),
    ("a YAML hexadecimal", "0x10"), ("a placeholder", "${bizdate}"), ("a long text", "x" * 300), ("a template", "{{ .Values.x }}"),
    ("dots", "a.b.c"), ("upper case", "UPPER"), ("a leading digit", "9a"))
NUMBER_TEXTS = ("0", "1", "-1", "12", "0.5", "1.0", "1e3", "0x10", "no", "", " 1", "+1", "٣", "1,5", "999999999999999999", "NaN", "Infinity")
NUMBERS = (0, 1, -1, 12, 2**31, 2**63 - 1)


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One change of a base object. `refused`: the schema alone refuses it; else rules in CEL may, or nothing does."""

    kind: str
    base: str
    path: tuple  # ("spec", ...)
    what: str
    spec: object  # the whole spec after it
    refused: bool = False
    edit: bool = False  # of an object that is there, else of a new one
    name: str = ""  # of the object; a name of the walk's where empty
    metadata: tuple = ()  # more of it, as (key, value)
    expect: tuple = ()  # words of the answer or reasons of the end, where a case says them; `accepted`
    held: bool = False  # its pods are not to run

    @property
    def key(self):
        verb = "edit " if self.edit else ""
        return f"{verb}{self.kind} {schemas.text_of(self.path)}: {self.what} (base {self.base})"


def at(value, path):
    """What is at a path of a spec, MISSING if nothing is."""
    for part in path[1:]:
        if isinstance(part, int):
            if not isinstance(value, list) or part >= len(value):
                return MISSING
        elif not isinstance(value, dict) or part not in value:
            return MISSING
        value = value[part]
    return value


def changed(spec, path, value):
    """A copy of `spec` with `value` at `path`, which is made where it is missing; MISSING takes it away."""
    if len(path) == 1:
        return {} if value is MISSING else value
    spec = copy.deepcopy(spec)
    here = spec
    for part, following in zip(path[1:-1], path[2:]):
        fresh = [] if isinstance(following, int) else {}
        if isinstance(part, int):
            if part >= len(here):
                here.append(fresh)
        elif not isinstance(here.get(part), (dict, list)):
            here[part] = fresh
        here = here[part]
    last = path[-1]
    if value is MISSING:
        if isinstance(last, int):
            del here[last:last + 1]
        else:
            here.pop(last, None)
    elif isinstance(last, int) and last >= len(here):
        here.append(value)
    else:
        here[last] = value
    return spec


def values(schema, now):
    """(what, value) for a field that holds `now`."""
    if now is not MISSING:
        yield "removed", MISSING
    yield "null", None
    if schema.get(schemas.INT_OR_STRING):
        yield from ((f"the text {text!r}", text) for text in NUMBER_TEXTS)
        yield from ((f"the number {number}", number) for number in NUMBERS)
        yield from _too_long(schema)
        yield from _of_other_types(1.5, True, [], {})
        return
    yield from {"object": _objects, "array": _arrays, "string": _texts, "boolean": _booleans, "integer": _integers}[schema["type"]](
        schema, now)


def _of_other_types(*others):
    return ((f"{json.dumps(other)} of another type", other) for other in others)


def _too_long(schema):
    most = schema.get("maxLength", TEXT_MAX)
    if most < TEXT_MAX:
        yield "one character more than it takes", "1" * (most + 1)


def _texts(schema, now):
    yield "empty", ""
    for number, value in enumerate(schema.get("enum", [])):
        yield f"its value number {number}", value
    if "enum" in schema:
        yield "another case", (schema["enum"][0].swapcase() or "X")
    yield from TEXTS
    yield from _too_long(schema)
    if schema.get("maxLength", 0) <= TEXT_MAX and "maxLength" in schema:
        yield "as long as it may be", "x" * schema["maxLength"]
    yield from _of_other_types(7, True, [], {}, 1.5)


def _integers(schema, now):
    low, high = schemas.bounds(schema)
    for number in sorted({low - 1, low, low + 1, high - 1, high, high + 1, 0, -1, 2, 2**31, 2**63 - 1}):
        if -(2**63) <= number < 2**63:  # more than that is no number of the server's parser
            yield f"{number}", number
    if isinstance(now, int):
        yield "two more", now + 2
    yield from _of_other_types("4", "", 1.5, True, [], {})


def _booleans(schema, now):
    yield "true", True
    yield "false", False
    yield from _of_other_types("true", "no", 0, 1, [], {})


def _arrays(schema, now):
    entries = now if isinstance(now, list) else []
    yield "empty", []
    if entries:
        yield "its last entry twice", [*entries, entries[-1]]
        yield "one entry less", entries[:-1]
        yield "the other way round", entries[::-1]
        if schema["maxItems"] < ITEMS_MAX:
            yield "one entry more than it takes", [entries[0]] * (schema["maxItems"] + 1)
    yield "a null entry", [*entries, None]
    yield from _of_other_types({}, "x", 7)


def _objects(schema, now):
    yield "empty", {}
    whole = now if isinstance(now, dict) else {}
    if not schema.get(schemas.FREE_FORM) and "additionalProperties" not in schema:
        yield "an unknown field", {**whole, "actoUnknown": 1}
        for name in sorted(schema.get("properties", {}))[:1]:
            yield "a field in another case", {**whole, name.swapcase(): 1}
    if isinstance(schema.get("additionalProperties"), dict):
        some = next(iter(whole.values()), "1")
        for what, key in (("an empty key", ""), ("a long key", "k" * 300), ("a key of signs", "a b/c/表"), ("a key", "acto")):
            yield what, {**whole, key: some}
        yield "one entry more than it takes", {f"k{number}": some for number in range(schema["maxProperties"] + 1)}
    yield from _of_other_types([], "x", 7)


def base_of(bases, path):
    """The name of the base that covers a field: the one with the longest path before it."""
    text = schemas.plain(schemas.text_of(path))
    covering = [(len(place), name) for name, base in bases.items() for place in base["covers"]
                if text == place or text.startswith(place + ".")]
    return max(covering)[1]


def generated(crd, bases):
    """Every mutation that the schema suggests, without those that change nothing or make the same object."""
    made, seen = [], set()
    for path, node in schemas.nodes(crd.spec):
        name = base_of(bases, path)
        spec = bases[name]["spec"]
        if isinstance(at(spec, path[:-1]), str):
            continue
        for what, value in values(node, at(spec, path)):
            after = changed(spec, path, value)
            mark = (name, json.dumps(after, sort_keys=True))
            if mark in seen or after == spec and type(value) is type(at(spec, path)):
                continue
            seen.add(mark)
            refused = bool(schemas.faults(crd.spec, after))
            made.append(Mutation(crd.kind, name, path, what, after, refused))
    return made


def edits(crd, bases, editable):
    """One change of each field of an object that is there: to another value of its type, else away with it.

    Fields in `editable` take the change, the others keep what they have.
    """
    made = []
    for path, node in schemas.nodes(crd.spec):
        if "properties" in node or path[-1] == 0 and node.get("type") == "object":
            continue
        name = base_of(bases, path)
        spec = bases[name]["spec"]
        now = at(spec, path)
        if isinstance(at(spec, path[:-1]), str):
            continue
        for what, value in values(node, now):
            after = changed(spec, path, value)
            same = value is None or after == spec or now is MISSING and value == node.get("default", MISSING)
            if same or schemas.faults(crd.spec, after):
                continue
            made.append(Mutation(crd.kind, name, path, what, after, edit=True))
            if schemas.plain(schemas.text_of(path)).removeprefix("spec.") not in editable:
                break  # one is enough where every one is refused
    return made


def _repeated(value):
    """`{times: N, of: X}` as N times X: entries, or a text."""
    if isinstance(value, dict) and set(value) == {"times", "of"}:
        return value["of"] * value["times"] if isinstance(value["of"], str) else [value["of"]] * value["times"]
    if isinstance(value, dict):
        return {key: _repeated(member) for key, member in value.items()}
    return [_repeated(item) for item in value] if isinstance(value, list) else value


def written(crd, bases, cases):
    """The cases of cases.yaml for one kind."""
    made = []
    for case in cases:
        base = case.get("base", next(iter(bases)))
        after = merged(bases[base]["spec"], _repeated(case.get("patch", {})))
        made.append(Mutation(
            crd.kind, base, ("spec", *case.get("field", "").split(".")) if case.get("field") else ("spec",), case["case"], after,
            bool(schemas.faults(crd.spec, after)), name=_repeated(case.get("name", "")),
            metadata=tuple(sorted(_repeated(case.get("metadata", {})).items())), expect=tuple(case["expect"]),
            held=case.get("held", False)))
    return made


def sample(mutations, count, seed):
    """So many of them, in an order of the seed: each field once before any has its second."""
    chance = random.Random(seed)
    queues = {}
    for mutation in mutations:
        queues.setdefault((mutation.kind, mutation.path, mutation.edit), []).append(mutation)
    order = list(queues.values())
    chance.shuffle(order)
    for queue in order:
        chance.shuffle(queue)
    taken = []
    while order and len(taken) < count:
        for queue in order:
            if len(taken) < count:
                taken.append(queue.pop())
        order = [queue for queue in order if queue]
    return taken
