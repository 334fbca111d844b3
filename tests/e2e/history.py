# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What happened to the data while the tests ran: the emulator's events and the objects of the runs, for culvert-history."""

import json
import pathlib
import subprocess
import threading
import urllib.request

import kube

RESOURCES = ("syncjobs.culvert.dev", "configmaps")
PROGRAM = "/usr/bin/culvert-emulator"  # the image's entry point
POLL_SECONDS = 3  # the emulator keeps its last 100,000 events


def serve_events(namespace):
    """Turns the emulator's own routes on, which it serves on loopback only unless it is told to. As `command`, which the chart does
    not set: an upgrade puts `args` back as the chart has them."""
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "emulator", "command": [PROGRAM, "--admin=on"]}]}}}}
    kube.kubectl("-n", namespace, "patch", "deployment/culvert-emulator", "-p", json.dumps(patch))


class Recorder:
    """Writes both down, from its beginning to `stop`, into files of `folder`."""

    def __init__(self, emulator, folder):
        self._url = emulator.removesuffix("/api") + "/_culvert/events?after="
        self._folder = pathlib.Path(folder)
        self._events = self._folder / "events"
        self._events.touch()
        self._last = 0
        self._stop = threading.Event()
        self._watches = {}
        self._threads = [threading.Thread(target=self._poll, daemon=True),
                         *(threading.Thread(target=self._watch, args=(resource,), daemon=True) for resource in RESOURCES)]
        for thread in self._threads:
            thread.start()

    def _fetch(self):
        with urllib.request.urlopen(self._url + str(self._last), timeout=30) as answer:
            text = answer.read().decode()
        if not text:
            return
        lines = text.splitlines()
        first = json.loads(lines[0])["seq"]
        assert first == self._last + 1, f"the events {self._last + 1} to {first - 1} are gone"
        with self._events.open("a", encoding="utf-8") as out:
            out.write(text)
        self._last = json.loads(lines[-1])["seq"]

    def _poll(self):
        while not self._stop.wait(POLL_SECONDS):
            try:
                self._fetch()
            except OSError:
                continue  # the port forward, or the API server behind it: `stop` asks once more

    def _watch(self, resource):
        number = 0
        while not self._stop.is_set():
            number += 1  # a watch that was cut may leave half an object behind: each has its own file
            with (self._folder / f"{resource}-{number}.json").open("wb") as out:
                process = subprocess.Popen(["kubectl", "get", resource, "-A", "--watch", "-o", "json"], stdout=out,
                                           stderr=subprocess.DEVNULL)
                self._watches[resource] = process
                process.wait()
            self._stop.wait(1)

    def stop(self):
        """The arguments of culvert-history."""
        self._stop.set()
        for process in self._watches.values():
            process.terminate()
        for thread in self._threads:
            thread.join(timeout=60)
        self._fetch()
        objects = sorted(path for resource in RESOURCES for path in self._folder.glob(f"{resource}-*.json"))
        return ["--events", str(self._events), *(word for path in objects for word in ("--objects", str(path)))]
