# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Looks for the canary key while the tests run, in what is gone when they end: each version of each object, the logs of pods, the
environment and the arguments of the product's processes on this node."""

import http.client
import json
import os
import pathlib
import subprocess
import threading
import urllib.error
import urllib.request

import canary

WATCHED = {
    "SyncJob": "/apis/culvert.dev/v1alpha1/syncjobs", "SyncSchedule": "/apis/culvert.dev/v1alpha1/syncschedules",
    "DataSource": "/apis/culvert.dev/v1alpha1/datasources", "Job": "/apis/batch/v1/jobs", "Pod": "/api/v1/pods",
    "ConfigMap": "/api/v1/configmaps", "Event": "/apis/events.k8s.io/v1/events", "Lease": "/apis/coordination.k8s.io/v1/leases",
}
POD_LOGS = pathlib.Path("/var/log/pods")
PROGRAMS = ("/usr/bin/culvert-operator", "/usr/bin/culvert-runner")  # of images: those of this machine's build are elsewhere
OVERLAP = max(map(len, canary.FORMS))
SECONDS_BETWEEN = 0.5


class Witness:
    """Watches from its making until `stop`. `on_this_node`: the cluster's pods are processes of this machine."""

    def __init__(self, on_this_node):
        self.found = set()  # places that hold the key
        self.failures = []  # what could not be watched to the end
        self.seen = dict.fromkeys([*WATCHED, *PROGRAMS, "log bytes"], 0)
        self.readable = set()  # programs that let others of their user read their memory, seen so twice: not only as they began
        self._stop = threading.Event()
        self._offsets = {}
        self._readable_before = set()  # process ids
        self._proxy = subprocess.Popen(["kubectl", "proxy", "--port=0"], stdout=subprocess.PIPE, text=True)
        self._url = "http://" + self._proxy.stdout.readline().split()[-1]
        self._threads = [threading.Thread(target=self._watch, args=one, daemon=True) for one in WATCHED.items()]
        if on_this_node:
            self._threads.append(threading.Thread(target=self._look_at_the_node))
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Ends all watches; what they found is complete."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._proxy.terminate()
        self._proxy.wait(timeout=20)
        self._proxy.stdout.close()
        for thread in self._threads:
            thread.join(timeout=30)

    def _watch(self, kind, path):
        version = None
        while not self._stop.is_set():
            try:
                if version is None:
                    with urllib.request.urlopen(self._url + path, timeout=60) as answer:
                        listed = json.load(answer)
                    for one in listed["items"]:
                        self._see(kind, one)
                    version = listed["metadata"]["resourceVersion"]
                address = f"{self._url}{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=7200&resourceVersion={version}"
                with urllib.request.urlopen(address, timeout=7200) as events:
                    for line in events:
                        event = json.loads(line)
                        if event["type"] == "ERROR":  # versions are forgotten that nobody has looked at: this is no proof
                            self.failures.append(f"watch of {kind}: {event['object']}")
                            return
                        version = event["object"]["metadata"]["resourceVersion"]
                        if event["type"] != "BOOKMARK":
                            self._see(kind, event["object"])
            except (OSError, ValueError, http.client.HTTPException) as error:
                if isinstance(error, urllib.error.HTTPError) and error.code == http.client.GONE:
                    self.failures.append(f"watch of {kind}: {error}")
                    return
                # The next watch goes on where this one ended; that of a new kind is refused for a second.
                self._stop.wait(SECONDS_BETWEEN)

    def _see(self, kind, one):
        self.seen[kind] += 1
        self.found.update(canary.objects_with_the_key([{**one, "kind": kind}]))

    def _look_at_the_node(self):
        while not self._stop.wait(SECONDS_BETWEEN):
            self._look_at_processes()
            self._look_at_logs()
        self._look_at_logs()

    def _look_at_processes(self):
        for process in pathlib.Path("/proc").iterdir():
            if not process.name.isdigit():
                continue
            try:
                program = os.readlink(process / "exe")
                if program not in PROGRAMS:
                    continue
                for name in ("environ", "cmdline"):
                    if canary.found_in((process / name).read_bytes()):
                        self.found.add(f"{name} of {program}")
                self.seen[program] += 1
                # Root's, once the program has given up being dumped; the user's of the pod until then.
                if (process / "environ").stat().st_uid == 0:
                    self._readable_before.discard(process.name)
                elif process.name in self._readable_before:
                    self.readable.add(program)
                else:
                    self._readable_before.add(process.name)
            except OSError:  # gone
                continue

    def _look_at_logs(self):
        for log in POD_LOGS.glob("*/*/*.log"):
            if "culvert-emulator" in log.parts[-3]:
                continue
            try:
                with open(log, "rb") as file:
                    start = self._offsets.get(log, 0)
                    file.seek(max(0, start - OVERLAP))
                    text = file.read()
                    self._offsets[log] = file.tell()
                self.seen["log bytes"] += max(0, self._offsets[log] - start)
            except OSError:
                continue
            if canary.found_in(text):
                self.found.add(f"log {log}")
