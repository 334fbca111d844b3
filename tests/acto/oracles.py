# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold of an answer, a status, a log: each returns what is wrong, in words. Pure."""

import json
import re

import schema as schemas

# Where a run or a schedule stands; all other words are those of docs/reasons.md.
STANDING = frozenset({
    "Pending", "NotSuspended", "Valid", "Planning", "Planned", "Preparing", "Transferring", "Transferred", "Working", "Committing",
    "Committed", "NothingToCommit", "Retrying", "Stopping", "Succeeded", "Suspended", "SuspendedByUser", "Scheduled", "Backfilling",
    "Running"})
# A run waits with these for somebody, and need not end; InvalidSpec: the API server refuses its Job, and is asked again now and then.
WAITING = frozenset({"WaitingForDataSource", "WaitingForStreams", "WaitingForTarget", "Suspended", "CredentialsMissing",
                     "CredentialsRejected", "InvalidSpec"})
# Ends that may leave rows behind; with all the others the target is as it was.
AFTER_ROWS = frozenset({"PostSqlFailed", "VerificationFailed", "CommitOutcomeUnknown", "PartiallyCommitted", "DeadlineExceeded",
                        "RetriesExhausted", "DirtyLimitExceeded", "Succeeded"})


def reasons(page):
    """The words of docs/reasons.md, and the classes of errors that stand for what has none."""
    rows = re.findall(r"^\|((?: `\w+`,?)+) \|", page, re.M)
    return frozenset(re.findall(r"`(\w+)`", " ".join(rows)))


def condition(item, kind):
    return next((one for one in item.get("status", {}).get("conditions", []) if one["type"] == kind), {})


def outcome(item, kind="Succeeded"):
    """(status, reason) of the condition that sums up."""
    found = condition(item, kind)
    return found.get("status", ""), found.get("reason", "")


def is_over(item):
    return outcome(item)[0] in ("True", "False")


def is_current(item):
    return item.get("status", {}).get("observedGeneration") == item["metadata"]["generation"]


def refusal(answer, mutation, crd):
    """A refusal names a field of the mutation, or what depends on it, and says what is allowed; and its words are the schema's or a rule's."""
    message = answer.get("message", "")
    causes = answer.get("details", {}).get("causes", [])
    unknown = re.findall(r'(?:unknown|duplicate) field "([^"]+)"', message)
    if unknown:
        return [] if any(_related(field, mutation.path) for field in unknown) else [f"the refusal names {unknown}: {message}"]
    if not causes:
        return [f"the refusal names no field: {message}"]
    wrong = []
    if mutation.name and any(rule.path == "" and rule.message in message for rule in crd.rules):
        return []  # a rule of the whole object; the server calls its field <nil>
    leaf = next((part for part in reversed(mutation.path) if isinstance(part, str) and part != "KEY"), "spec")
    about_meta = bool(mutation.name or mutation.metadata)
    if not any(_related(cause.get("field", ""), mutation.path) or f"`{leaf}`" in cause["message"]
               or about_meta and cause.get("field", "").startswith("metadata.")
               or cause["reason"] == "FieldValueRequired" and _related(cause["field"].rpartition(".")[0], mutation.path) for cause in causes):
        wrong.append(f"the refusal names {', '.join(cause.get('field', '') for cause in causes)}, not the field that changed: {message}")
    by_rule = all(crd.is_rule(" ".join(cause["message"].split())) for cause in causes)
    if not mutation.refused and not by_rule and not about_meta:
        wrong.append(f"the schema takes it and no rule refuses it, but the server does: {message}")
    if any(len(cause["message"]) < 10 for cause in causes):
        wrong.append(f"the refusal does not say what is allowed: {message}")
    return wrong


def _related(field, path):
    """Whether one is above the other."""
    field, mine = schemas.plain(field), schemas.plain(schemas.text_of([part for part in path if part != "KEY"]))
    return field == mine or mine.startswith(field + ".") and field != "" or field.startswith(mine + ".")


def status(item, words):
    """A status that speaks of this generation, in words that are documented, and of one end at most."""
    wrong = []
    state = item.get("status", {})
    if not is_current(item):
        wrong.append(f"observedGeneration is {state.get('observedGeneration')}, generation {item['metadata']['generation']}")
    conditions = state.get("conditions", [])
    if not conditions:
        wrong.append("there is no condition")
    for one in conditions:
        if one["reason"] not in words and one["reason"] not in STANDING:
            wrong.append(f"condition {one['type']} has the reason {one['reason']}, which docs/reasons.md does not know")
        if one.get("observedGeneration", item["metadata"]["generation"]) > item["metadata"]["generation"]:
            wrong.append(f"condition {one['type']} speaks of a generation to come")
        if one["status"] == "False" and one["reason"] in words and not one["message"]:
            wrong.append(f"condition {one['type']} says {one['reason']} and nothing more")
    ended, reason = outcome(item)
    working, stalled = (condition(item, kind).get("status") == "True" for kind in ("Reconciling", "Stalled"))
    if ended == "True" and (working or stalled):
        wrong.append("it has succeeded, and is Reconciling or Stalled")
    if ended == "False" and (working or not stalled):
        wrong.append("it has failed, and is Reconciling or not Stalled")
    if working and stalled:
        wrong.append("it is Reconciling and Stalled")
    if reason in ("RunnerCrashed", "MessageUnreadable", "PlanInvalid", "JobFailed", "UnexpectedAnswer"):
        wrong.append(f"it ended with {reason}, which is nobody's doing but ours: {condition(item, 'Succeeded').get('message')}")
    return [f"{one} [{told(item)}]" for one in wrong]


def standing(item):
    """What two objects of the same spec must agree on, however they came to it."""
    state = item.get("status", {})
    report = {key: value for key, value in state.get("report", {}).items() if key.startswith("rows") or key in ("verified", "route")}
    plan = {key: value for key, value in state.get("plan", {}).items() if key not in ("hash", "schemaHash")}
    conditions = {one["type"]: (one["status"], one["reason"]) for one in state.get("conditions", [])}
    printed = {"printedSchedule": state["printedSchedule"]} if "printedSchedule" in state else {}
    if conditions.get("Valid", ("",))[0] == "True":  # else that of the times that were planned before, which a new one has not
        printed["timetableHash"] = state.get("timetableHash")
    return {"conditions": conditions, "report": report, "plan": plan, **printed}


def told(item):
    """A status in a line."""
    return "; ".join(f"{one['type']} {one['status']} {one['reason']} {one['message'][:300]}"
                     for one in (item or {}).get("status", {}).get("conditions", [])) or "no status"


def difference(a, b):
    """The first part in which two of them differ; empty: they agree."""
    for key in sorted({*a, *b}):
        if a.get(key) != b.get(key):
            return f"{key}: {json.dumps(a.get(key), sort_keys=True)} and {json.dumps(b.get(key), sort_keys=True)}"
    return ""


def log_faults(text):
    """Lines of the operator that tell of a fault of its own."""
    wrong = []
    for line in text.splitlines():
        try:
            level = json.loads(line).get("level")
        except ValueError:
            level = "none"
        if level not in ("info", "debug", "warn"):
            wrong.append(f"the operator's log: {line[:500]}")
    return wrong
