#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""`make acto`: mutations of every field of the CRDs, one after the other, against the real operator before a real API server.

    CULVERT_TEST_KUBECONFIG=FILE tests/acto/walk.py                  as many as fit in --minutes
    CULVERT_TEST_KUBECONFIG=FILE tests/acto/walk.py --mutations 100  a sample; every field before any has its second

The API server has the Job controller and the garbage collector (tests/cluster/up --control-plane). The operator is one process from the
beginning to the end, the emulator another; pods are processes too. Lanes go at the same time, each with tables and objects of its own: a
mutated object is made or edited, looked at, taken back, and what it was before must come out again.

Six oracles: the answer is the one that the schema or a rule says, and names the field (1); the operator neither restarts, nor logs an
error, nor goes on writing (2); what becomes of an object does not depend on what it was before (3); after a refusal, a failure or an end
the base gives its result again (4); what is refused or fails before its rows leaves every table as it was (5); a status speaks of the
object's generation in documented words, has one end, and nothing that was written holds a key (6).

Prints each failure, and as its last line `acto: N mutations, R refused, A accepted, K restarts`.
"""

import argparse
import json
import os
import pathlib
import queue
import shutil
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse
import uuid

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests" / "bench" / "operator")]
sys.dont_write_bytecode = True

import mutations as makers  # noqa: E402
import oracles  # noqa: E402
import schema as schemas  # noqa: E402
from api import Api, Watched  # noqa: E402
from kubelet import Kubelet  # noqa: E402
from operator_process import OperatorProcess  # noqa: E402
from tables import Emulator  # noqa: E402

BIN = pathlib.Path(os.environ.get("CULVERT_BIN_DIR", ROOT / "build" / "release" / "bin"))
KINDS = ("SyncJob", "DataSource", "SyncSchedule")
LANES = 10  # at once, for two cores: most of the time of a run is that of the Job controller
KEY = ("AKACTOCANARYID", "acto-canary-secret-word")
END_SECONDS = 240  # of a run that must end
WAIT_SECONDS = 6  # of one that may wait for ever
QUIET_SECONDS = 3
CHANGES_MAX = 60  # of one object
SPARED = ("127.0.0.1", "localhost")  # where pods may connect to
FRESH_EVERY = 4  # of the accepted SyncJobs, one in so many is run once more where nothing was before


class Failed(Exception):
    """An oracle's words."""


class World:
    """What all lanes share."""

    def __init__(self, kubeconfig, directory):
        self.directory = directory
        self.crds = {kind: schemas.read(kind) for kind in KINDS}
        self.cases = yaml.safe_load((HERE / "cases.yaml").read_text(encoding="utf-8"))
        self.words = oracles.reasons((ROOT / "docs" / "reasons.md").read_text(encoding="utf-8"))
        self.api = Api(kubeconfig)
        self.namespace = f"acto-{uuid.uuid4().hex[:8]}"
        self._prepare()
        self.emulator = Emulator(BIN / "culvert-emulator", directory, KEY, (HERE / "tables.sql").read_text(encoding="utf-8"), 2 * LANES)
        self.shared_before = self.emulator.shared()
        self.secret()
        self.held = set()  # names of SyncJobs
        watch = {"SyncJob": self.path("SyncJob"), "SyncSchedule": self.path("SyncSchedule"),
                 "Pod": f"/api/v1/namespaces/{self.namespace}/pods"}
        self.watched = {kind: Watched(self.api, path, KEY[1].encode()) for kind, path in watch.items()}
        self.kubelet = Kubelet(self.api, self.namespace, self.watched["Pod"], BIN / "culvert-runner", directory / "pods", self.is_held)
        self.operator = OperatorProcess(
            [], BIN / "culvert-operator", kubeconfig, self.namespace,
            ["--leader-elect=false", "--requests-per-second=0", "--workers=8", "--progress-interval=0",
             "--endpoint-allow=default", "--endpoint-allow=127.0.0.1"], directory / "operator.log")
        self.operator.wait_until_ready()

    def _prepare(self):
        self.api.must("POST", "/api/v1/namespaces", {"metadata": {"name": self.namespace}})
        self.api.ask("POST", f"/api/v1/namespaces/{self.namespace}/serviceaccounts", {"metadata": {"name": "default"}})
        crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        for file in sorted((ROOT / "crds").glob("*.yaml")):
            crd = yaml.safe_load(file.read_text(encoding="utf-8"))
            name = crd["metadata"]["name"]
            self.api.must("PATCH", f"{crds}/{name}?fieldManager=acto&force=true", crd, "application/apply-patch+yaml")
        for kind in KINDS:
            until(30, f"{kind} is served", lambda kind=kind: self.api.ask("GET", self.path(kind))[0] == 200)

    def path(self, kind, name=""):
        group = f"/apis/culvert.dev/v1alpha1/namespaces/{self.namespace}/{self.crds[kind].plural}"
        return f"{group}/{urllib.parse.quote(name, safe='')}" if name else group

    def secret(self):
        self.api.must("POST", f"/api/v1/namespaces/{self.namespace}/secrets", {
            "metadata": {"name": "key"}, "stringData": {"accessKeyId": KEY[0], "accessKeySecret": KEY[1]}})
        self.api.must("POST", self.path("DataSource"), self.object("DataSource", "here", makers.merged(
            self.base("DataSource", "emulator", 0), {"maxCompute": {"limits": {"maxConcurrentStreams": 1000}}})))

    def is_held(self, pod):
        return pod["metadata"].get("annotations", {}).get("culvert.dev/syncjob") in self.held

    def filled(self, spec, lane):
        text = json.dumps(spec).replace("LANE", str(lane)).replace("ENDPOINT", self.emulator.endpoint)
        return json.loads(text)

    def base(self, kind, name, lane):
        return self.filled(self.cases[kind]["bases"][name]["spec"], lane)

    @staticmethod
    def object(kind, name, spec, metadata=()):
        return {"apiVersion": "culvert.dev/v1alpha1", "kind": kind, "metadata": {"name": name, **dict(metadata)}, "spec": spec}

    def mutations(self):
        every = []
        for kind in KINDS:
            about = self.cases[kind]
            every += makers.written(self.crds[kind], about["bases"], about["cases"])
            every += makers.generated(self.crds[kind], about["bases"])
        every += makers.edits(self.crds["SyncJob"], self.cases["SyncJob"]["bases"], self.cases["SyncJob"]["editable"])
        return every

    def stop(self):
        self.api.ask("DELETE", f"/api/v1/namespaces/{self.namespace}")
        self.operator.stop()
        self.kubelet.stop()
        self.emulator.stop()


def until(seconds, what, holds):
    """The one place where the walk waits for what no watch tells."""
    end = time.monotonic() + seconds
    while not (answer := holds()):
        if time.monotonic() > end:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return answer


class Lane:
    """One mutation after the other, on tables and names of its own."""

    def __init__(self, world, number):
        self.world, self.number = world, number
        self.api, self.jobs = world.api, world.watched["SyncJob"]
        self.results = {}  # base -> (standing, prints) of its first run here

    # A SyncJob, from its beginning to its end.

    def make(self, kind, name, spec, metadata=()):
        path = self.world.path(kind) + "?fieldValidation=Strict"
        return self.api.ask("POST", path, self.world.object(kind, name, spec, metadata))

    def settle(self, name, unending, answer, wanted=()):
        """The SyncJob that the server answered, once it has ended, or waits and says so."""
        meta = answer["metadata"]
        def holds():
            item = self.jobs.get(name)
            if not item or item["metadata"]["uid"] != meta["uid"] or item["metadata"]["generation"] < meta["generation"] or (
                    not oracles.is_current(item)):
                return None
            reason = oracles.outcome(item)[1]
            waits = reason in oracles.WAITING and (unending or reason in wanted)
            return item if oracles.is_over(item) or waits else None
        item, end = None, time.monotonic() + END_SECONDS
        while not item and time.monotonic() < end:
            before = self.jobs.get(name)
            item = self.jobs.wait(holds, WAIT_SECONDS if unending else END_SECONDS)
            if unending and not item and self.jobs.get(name) is before and oracles.is_current(before or {"metadata": {"generation": 0}}):
                item = before  # it stands still
        if not item:
            raise Failed(f"no end within {END_SECONDS} s: {oracles.told(self.jobs.get(name))}")
        self.check(oracles.status(item, self.world.words))
        changes = self.jobs.changes.get(item["metadata"]["uid"], 0)
        if changes > CHANGES_MAX:
            raise Failed(f"the SyncJob was written {changes} times")
        return item

    def remove(self, kind, name):
        """The object and all that is its own; whoever waits for its target or its streams may go on."""
        status, answer = self.api.ask("DELETE", self.world.path(kind, name) + "?propagationPolicy=Background")
        if status not in (200, 404):
            raise Failed(f"it cannot be deleted: {answer.get('message')}")
        watched = self.world.watched.get(kind)
        if watched and not watched.wait(lambda: watched.get(name) is None, 60):
            raise Failed("it was deleted, and is still there after a minute")
        if kind == "SyncJob":
            pods = self.world.watched["Pod"]
            mine = [pod["metadata"]["name"] for pod in pods.all()
                    if pod["metadata"].get("annotations", {}).get("culvert.dev/syncjob") == name]
            if not pods.wait(lambda: not any(pods.get(one) for one in mine), 60):
                raise Failed(f"its pods are still there after a minute: {mine}")

    def check(self, wrong):
        if wrong:
            raise Failed("; ".join(wrong))

    def run_base(self, name, base):
        """The result of a base, which is the same every time."""
        status, answer = self.make("SyncJob", name, self.world.base("SyncJob", base, self.number))
        if status != 201:
            raise Failed(f"the base {base} is refused: {answer.get('message')}")
        try:
            item = self.settle(name, False, answer)
        finally:
            self.remove("SyncJob", name)
        if oracles.outcome(item)[0] != "True":
            raise Failed(f"the base {base} does not succeed: {oracles.told(item)}")
        result = oracles.standing(item), self.world.emulator.prints(self.number)
        written = {"copy": "copied", "filtered": "copied", "generated": "copied", "parts": "parted"}.get(base)
        first = self.results.setdefault(base, result)
        self.check([f"the base {base} differs from its first run: {found}" for found in [
            oracles.difference(first[0], result[0]) or written and first[1][written] != result[1][written] and f"table {written}"] if found])

    # One mutation.

    def walk(self, mutation):
        """Whether the API server took it."""
        if mutation.edit:
            return self.edit_job(mutation)
        return {"SyncJob": self.job, "DataSource": self.data_source, "SyncSchedule": self.schedule}[mutation.kind](mutation)

    def refused(self, status, answer, mutation):
        """Checks the answer of the API server; whether it is a refusal."""
        if status in (200, 201):
            if mutation.refused:
                raise Failed("the schema refuses it, and the server takes it")
            named = [word for word in mutation.expect if word.startswith("refused: ")]
            if named:
                raise Failed(f"it is taken, but should be {named[0]}")
            return False
        if status not in (400, 422):
            raise Failed(f"the server answers {status}: {answer.get('message')}")
        self.check(oracles.refusal(answer, mutation, self.world.crds[mutation.kind]))
        if mutation.expect:
            fields = [cause.get("field", "") for cause in answer.get("details", {}).get("causes", [])]
            wanted = [word.removeprefix("refused: ") for word in mutation.expect if word.startswith("refused: ")]
            if not any(field.startswith(want) or want in answer["message"] for want in wanted for field in [*fields, ""]):
                raise Failed(f"it should be {mutation.expect}, and the server says: {answer['message']}")
        return True

    def untouched(self, before):
        after = self.world.emulator.prints(self.number)
        changed = [table for table in before if before[table] != after[table]]
        self.check([f"table {table} has changed" for table in changed])

    def expected(self, mutation, item, kind="Succeeded"):
        status, reason = oracles.outcome(item, kind)
        if mutation.expect and reason not in mutation.expect:
            raise Failed(f"it should end as {' or '.join(mutation.expect)}, and is {status} {reason}: "
                         f"{oracles.condition(item, kind).get('message')}")

    def may_not_end(self, mutation):
        places = self.world.cases[mutation.kind]["unending"]
        text = schemas.plain(schemas.text_of(mutation.path)).removeprefix("spec.")
        return mutation.held or any(text.startswith(place) for place in places)

    def job(self, mutation):
        name = mutation.name or f"{mutation.base}-{self.number}"
        if mutation.base not in self.results:
            self.run_base(f"{mutation.base}-{self.number}", mutation.base)
        before = self.world.emulator.prints(self.number)
        spec = self.world.filled(mutation.spec, self.number)
        if mutation.held or endless(spec):
            self.world.held.add(name)
        status, answer = self.make("SyncJob", name, spec, mutation.metadata)
        if self.refused(status, answer, mutation):
            self.untouched(before)
            return False
        try:
            item = self.settle(name, self.may_not_end(mutation), answer, mutation.expect)
            self.expected(mutation, item)
            if oracles.outcome(item)[1] not in oracles.AFTER_ROWS and oracles.is_over(item):
                self.untouched(before)
            mutation_result = oracles.standing(item)
        finally:
            self.remove("SyncJob", name)
            self.world.held.discard(name)
        self.run_base(name, mutation.base)
        if oracles.is_over(item) and hash_of(mutation.key) % FRESH_EVERY == 0:
            self.fresh_job(mutation, name, mutation_result)
        return True

    def fresh_job(self, mutation, name, before):
        """The same where no other object has been: the same comes of it."""
        lane = self.number + LANES
        name = mutation.name or f"fresh-{lane}"
        status, answer = self.make("SyncJob", name, self.world.filled(mutation.spec, lane), mutation.metadata)
        if status != 201:
            raise Failed(f"it was taken, and is refused the second time: {answer.get('message')}")
        try:
            item = self.settle(name, False, answer)
        finally:
            self.remove("SyncJob", name)
        found = oracles.difference(before, oracles.standing(item))
        self.check([f"it comes out another way where nothing was before: {found}"] if found else [])

    def edit_job(self, mutation):
        """An edit of a suspended SyncJob: taken where the field may change, else refused and without effect."""
        name = f"edited-{self.number}"
        base = {**self.world.base("SyncJob", mutation.base, self.number), "suspend": True}
        after = {**self.world.filled(mutation.spec, self.number)}
        if mutation.path[1] != "suspend":
            after["suspend"] = True
        status, answer = self.make("SyncJob", name, base)
        if status != 201:
            raise Failed(f"the base is refused: {answer.get('message')}")
        try:
            item = self.settle(name, True, answer)
            first = oracles.standing(item)
            status, answer = self.replace("SyncJob", name, after)
            text = schemas.plain(schemas.text_of(mutation.path)).removeprefix("spec.")
            editable = any(text == place or text.startswith(place + ".") for place in self.world.cases["SyncJob"]["editable"])
            if status != 200:
                self.check(oracles.refusal(answer, mutation, self.world.crds["SyncJob"]))
                now = self.api.must("GET", self.world.path("SyncJob", name))
                if now["metadata"]["generation"] != item["metadata"]["generation"]:
                    raise Failed("the edit was refused, and the generation has changed")
                return False
            if not editable and answer["metadata"]["generation"] != item["metadata"]["generation"]:
                raise Failed("a field that is fixed once the object is there was changed")
            item = self.settle(name, True, answer)
            status, answer = self.replace("SyncJob", name, base)
            if status != 200:
                raise Failed(f"the edit was taken, and taking it back is refused: {answer.get('message')}")
            item = self.settle(name, True, answer)
            if mutation.path[1] not in ("suspend", "runNonce"):
                found = oracles.difference(first, oracles.standing(item))
                self.check([f"taken back, it is not what it was: {found}"] if found else [])
        finally:
            self.remove("SyncJob", name)
        return True

    def data_source(self, mutation):
        """A DataSource of the lane's own, and a run by it: with the mutation, and with the base again."""
        name, job = mutation.name or f"source-{self.number}", f"by-source-{self.number}"
        base = self.world.base("DataSource", mutation.base, self.number)
        spec = self.world.filled(mutation.spec, self.number)
        status, answer = self.make("DataSource", name, base)
        if status != 201:
            raise Failed(f"the base is refused: {answer.get('message')}")
        try:
            version = answer["metadata"]["resourceVersion"]
            before = self.world.emulator.prints(self.number)
            status, answer = self.replace("DataSource", name, spec)
            if self.refused(status, answer, mutation):
                now = self.api.must("GET", self.world.path("DataSource", name))["metadata"]["resourceVersion"]
                self.check(["the refused edit has changed it"] if now != version else [])
                self.untouched(before)
                return False
            if mutation.held or not is_spared(spec):
                self.world.held.add(job)
            self.let_it_be_seen()
            item = self.run_by(job, name, mutation)
            if oracles.is_over(item) and oracles.outcome(item)[1] not in oracles.AFTER_ROWS:
                self.untouched(before)
            self.remove("SyncJob", job)
            self.world.held.discard(job)
            status, answer = self.replace("DataSource", name, base)
            if status != 200:
                raise Failed(f"taking it back is refused: {answer.get('message')}")
            self.let_it_be_seen()
            item = self.run_by(job, name, None)
            if oracles.outcome(item)[0] != "True":
                raise Failed(f"with the base again, a run does not succeed: {oracles.told(item)}")
        finally:
            self.remove("SyncJob", job)
            self.world.held.discard(job)
            for left in (name, f"newest-{self.number}"):
                self.remove("DataSource", left)
            self.remove("SyncJob", f"newest-{self.number}")
        return True

    def let_it_be_seen(self):
        """Until the operator has seen all that was done to DataSources: one that is newer is known to it."""
        name = f"newest-{self.number}"
        self.remove("SyncJob", name)
        self.remove("DataSource", name)
        self.world.held.add(name)
        self.make("DataSource", name, self.world.base("DataSource", "emulator", self.number))
        spec = self.world.base("SyncJob", "counted", self.number)
        spec["source"] = self.world.base("SyncJob", "copy", self.number)["source"]
        spec["source"]["maxCompute"]["dataSourceRef"]["name"] = name
        _, answer = self.make("SyncJob", name, spec)
        seen = self.jobs.wait(lambda: self.jobs.get(name) and self.jobs.get(name)["metadata"]["uid"] == answer["metadata"]["uid"]
                              and oracles.condition(self.jobs.get(name), "Validated").get("status") == "True", END_SECONDS)
        if not seen:
            raise Failed(f"a new DataSource is not seen: {oracles.told(self.jobs.get(name))}")

    def replace(self, kind, name, spec):
        """Edits an object; the operator may write its status at the same time."""
        return self.api.ask("PATCH", self.world.path(kind, name) + "?fieldValidation=Strict",
                            [{"op": "replace", "path": "/spec", "value": spec}], "application/json-patch+json")

    def run_by(self, job, source, mutation):
        spec = self.world.base("SyncJob", "copy", self.number)
        for side in ("source", "target"):
            spec[side]["maxCompute"]["dataSourceRef"]["name"] = source
        status, answer = self.make("SyncJob", job, spec)
        if status != 201:
            raise Failed(f"a run by it is refused: {answer.get('message')}")
        item = self.settle(job, mutation is not None, answer)
        if mutation is not None:
            self.expected(mutation, item)
        return item

    def schedule(self, mutation):
        """A SyncSchedule that is edited and edited back, and another one that begins with the mutation."""
        name = f"schedule-{self.number}"
        spec = self.world.filled(mutation.spec, self.number)
        if mutation.name:
            status, answer = self.make("SyncSchedule", mutation.name, spec)
            if not self.refused(status, answer, mutation):
                raise Failed("it is taken")
            return False
        base = self.world.base("SyncSchedule", mutation.base, self.number)
        status, answer = self.make("SyncSchedule", name, base)
        if status != 201:
            raise Failed(f"the base is refused: {answer.get('message')}")
        try:
            first = oracles.standing(self.settled_schedule(name, answer))
            status, answer = self.replace("SyncSchedule", name, spec)
            if self.refused(status, answer, mutation):
                return False
            item = self.settled_schedule(name, answer)
            self.expected(mutation, item, "Ready")
            self.fresh_schedule(mutation, spec, oracles.standing(item))
            status, answer = self.replace("SyncSchedule", name, base)
            if status != 200:
                raise Failed(f"taking it back is refused: {answer.get('message')}")
            found = oracles.difference(first, oracles.standing(self.settled_schedule(name, answer)))
            self.check([f"taken back, it is not what it was: {found}"] if found else [])
        finally:
            self.remove("SyncSchedule", name)
        return True

    def fresh_schedule(self, mutation, spec, before):
        name = f"fresh-schedule-{self.number}"
        status, answer = self.make("SyncSchedule", name, spec)
        if status != 201:
            raise Failed(f"it was taken as an edit, and is refused as a new one: {answer.get('message')}")
        try:
            found = oracles.difference(before, oracles.standing(self.settled_schedule(name, answer)))
            self.check([f"it comes out another way where nothing was before: {found}"] if found else [])
        finally:
            self.remove("SyncSchedule", name)

    def settled_schedule(self, name, answer):
        """The schedule once its status speaks of the generation that the server answered, and no run of it is on its way."""
        watched = self.world.watched["SyncSchedule"]
        def holds():
            item = watched.get(name)
            there = item and item["metadata"]["uid"] == answer["metadata"]["uid"] and (
                item["metadata"]["generation"] >= answer["metadata"]["generation"]) and oracles.is_current(item)
            return item if there and oracles.condition(item, "Reconciling").get("status") != "True" else None
        item = watched.wait(holds, END_SECONDS)
        if not item:
            raise Failed(f"no status within {END_SECONDS} s: {oracles.told(watched.get(name))}")
        wrong = oracles.status(item, self.world.words)
        self.check(wrong)
        return item


def hash_of(text):
    """The same in each process."""
    return sum((number + 1) * byte for number, byte in enumerate(text.encode()))


def endless(spec):
    """Whether a run would make more rows than this machine has time for."""
    stream = spec.get("source", {}).get("stream") if isinstance(spec, dict) and isinstance(spec.get("source"), dict) else None
    count = stream.get("count") if isinstance(stream, dict) else 0
    return isinstance(count, int) and count > 1_000_000


def is_spared(spec):
    """Whether pods that use this DataSource stay on this machine."""
    source = spec.get("maxCompute", {})
    for name in ("endpoint", "tunnelEndpoint"):
        address = source.get(name) or ""
        if address and urllib.parse.urlsplit(address).hostname not in SPARED:
            return False
    return True


class Walk:
    """All lanes, and what they found."""

    def __init__(self, world, chosen, minutes, at_least):
        self.world, self.chosen, self.at_least = world, queue.SimpleQueue(), at_least
        for mutation in chosen:
            self.chosen.put(mutation)
        self.end = time.monotonic() + 60 * minutes
        self.lock = threading.Lock()
        self.refused = self.accepted = 0
        self.failures = []
        self.seconds = []

    def run(self):
        threads = [threading.Thread(target=self._lane, args=(number,)) for number in range(LANES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _lane(self, number):
        lane = Lane(self.world, number)
        while time.monotonic() < self.end or self.refused + self.accepted < self.at_least:
            try:
                mutation = self.chosen.get_nowait()
            except queue.Empty:
                return
            began = time.monotonic()
            taken, wrong = None, None
            try:
                taken = lane.walk(mutation)
            except Failed as error:
                wrong = str(error)
            except Exception:  # pylint: disable=broad-except; a fault of the walk is a failure of it
                wrong = traceback.format_exc()
            with self.lock:
                self.refused += taken is False
                self.accepted += taken is not False
                self.seconds.append((time.monotonic() - began, mutation.key))
                if wrong:
                    self.failures.append(f"{mutation.key}: {wrong}")
                    print(f"acto: {self.failures[-1]}", flush=True)
            if wrong:  # the lane begins anew, with other tables than the failure left
                lane.results.clear()

    def after(self):
        """What is to be seen when all is over; the number of restarts."""
        world = self.world
        quiet = [watched.writes() for watched in world.watched.values()]
        time.sleep(QUIET_SECONDS)
        if [watched.writes() for watched in world.watched.values()] != quiet:
            self.failures.append("objects are still written when nothing is left to do")
        if world.emulator.shared() != world.shared_before:
            self.failures.append("a table that is only read has changed")
        self.failures += world.kubelet.faults
        for code in sorted(set(world.kubelet.exits) - DOCUMENTED):
            self.failures.append(f"{world.kubelet.exits[code]} pods ended with {code}, which docs/reasons.md does not know")
        restarts = int(not world.operator.is_alive())
        log = (world.directory / "operator.log").read_text(encoding="utf-8", errors="replace")
        self.failures += oracles.log_faults(log)[:10]
        events = json.dumps(world.api.must("GET", f"/apis/events.k8s.io/v1/namespaces/{world.namespace}/events"))
        self.failures += [f"{name} held the key" for watched in world.watched.values() for name in sorted(watched.leaks)]
        told = [("the operator's log", log), ("an event", events)]
        told += [(f"the log of pod {file.parent.name}", file.read_text(encoding="utf-8", errors="replace"))
                 for file in (world.directory / "pods").glob("*/log")]
        self.failures += sorted({f"{where} holds the key" for where, text in told if KEY[1] in text})
        return restarts


# Exit codes of the runner: docs/reasons.md. 143: it was told to stop.
DOCUMENTED = {0, 10, 11, 12, 13, 14, 15, 16, 17, 20, 21, 30, 31, 32, 40, 41, 143}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutations", type=int, default=1_000_000, help="at most so many (default: all)")
    parser.add_argument("--minutes", type=float, default=15, help="no new one after so many minutes (default: 15)")
    parser.add_argument("--at-least", type=int, default=0, help="but go on until there were so many; fail where there are not")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the order")
    parser.add_argument("--only", default="", metavar="WORDS", help="mutations whose line holds these words")
    parser.add_argument("--cases", action="store_true", help="only those of cases.yaml")
    parser.add_argument("--timings", action="store_true", help="print the ten that took the longest")
    arguments = parser.parse_args()
    kubeconfig = os.environ.get("CULVERT_TEST_KUBECONFIG", "")
    if not kubeconfig:
        raise SystemExit("acto: CULVERT_TEST_KUBECONFIG names no API server; tests/acto/run.sh starts one")
    work = ROOT / "build" / "acto"
    work.mkdir(parents=True, exist_ok=True)
    directory = pathlib.Path(tempfile.mkdtemp(dir=work))
    began = time.monotonic()
    world = World(kubeconfig, directory)
    try:
        every = world.mutations()
        asked = [one for one in every if arguments.only in one.key and (one.expect or not arguments.cases)]
        chosen = makers.sample(asked, arguments.mutations, arguments.seed)
        print(f"acto: seed {arguments.seed}; {len(chosen)} of {len(every)} mutations", flush=True)
        walk = Walk(world, chosen, arguments.minutes, arguments.at_least)
        walk.run()
        restarts = walk.after()
    finally:
        world.stop()
    count = walk.refused + walk.accepted
    if arguments.timings:
        for seconds, key in sorted(walk.seconds)[-10:]:
            print(f"acto: {seconds:.1f} s for {key}")
    if count < arguments.at_least:
        walk.failures.append(f"there were {count} mutations, not {arguments.at_least}")
    print(f"acto: {world.kubelet.started} pods, {time.monotonic() - began:.0f} s")
    if walk.failures:
        for failure in walk.failures:
            print(f"acto: FAILED {failure[:600]}")
        print(f"acto: logs are in {directory.relative_to(ROOT)}")
    else:
        shutil.rmtree(directory)
    print(f"acto: {count} mutations, {walk.refused} refused, {walk.accepted} accepted, {restarts} restarts"
          + (f", {len(walk.failures)} failures" if walk.failures else ""))
    return 1 if walk.failures or restarts else 0


if __name__ == "__main__":
    sys.exit(main())
