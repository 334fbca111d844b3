# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Pods as processes of this machine: what a node does, without one. As tests/support/local_kubelet.cc, in Python."""

import base64
import datetime
import os
import pathlib
import shutil
import subprocess
import threading
import time

TICK = 0.1  # seconds between two looks
MESSAGE_MAX = 4096


class Kubelet:
    """Runs the pods that `watched` has, but for those whose SyncJob `is_held` names; on a thread of its own."""

    def __init__(self, api, namespace, watched, runner, directory, is_held):
        self._api, self._watched, self._runner, self._is_held = api, watched, runner, is_held
        self._path = f"/api/v1/namespaces/{namespace}"
        self._directory = pathlib.Path(directory)
        self._processes = {}  # by uid
        self._told = set()
        self.started, self.exits, self.faults = 0, {}, []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def stop(self):
        self._ending.set()
        self._thread.join()
        for process, _ in self._processes.values():
            _end(process)

    def _loop(self):
        while not self._ending.is_set():
            try:
                self._look()
            except Exception as error:  # pylint: disable=broad-except; told at the end of the walk
                self.faults.append(f"the kubelet of the walk: {error!r}")
            time.sleep(TICK)

    def _look(self):
        pods = {pod["metadata"]["uid"]: pod for pod in self._watched.all()}
        for uid in [uid for uid in self._processes if uid not in pods]:
            _end(self._processes.pop(uid)[0])
        for uid, pod in pods.items():
            if uid in self._told or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
                continue
            if uid in self._processes:
                self._tell_end(uid, pod)
            elif "deletionTimestamp" not in pod["metadata"] and not self._is_held(pod):
                self._start(uid, pod)

    def _start(self, uid, pod):
        room = self._directory / uid
        shutil.rmtree(room, ignore_errors=True)
        if not self._mount(pod, room):
            return
        word = room / "termination-log"
        word.touch()
        args, before = [str(self._runner)], ""
        for arg in pod["spec"]["containers"][0]["args"]:
            args.append("127.0.0.1:0" if before == "--listen" else arg.replace("/dev/termination-log", str(word))
                        .replace("/etc/culvert", str(room / "etc/culvert")))
            before = arg
        index = pod["metadata"].get("annotations", {}).get("batch.kubernetes.io/job-completion-index", "0")
        with open(room / "log", "wb") as log:
            process = subprocess.Popen(args, stdout=log, stderr=log, cwd=room, env={**os.environ, "JOB_COMPLETION_INDEX": index})
        self._processes[uid] = (process, room)
        self.started += 1

    def _mount(self, pod, room):
        """Whether every volume of the pod is there, as a directory below `room`."""
        room.mkdir(parents=True)
        volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
        for mount in pod["spec"]["containers"][0].get("volumeMounts", []):
            here = pathlib.Path(os.path.normpath(f"{room}/{mount['mountPath']}"))
            if ".." in mount["mountPath"].split("/") or room not in here.parents:
                self.faults.append(f"pod {pod['metadata']['name']} mounts a volume at {mount['mountPath']}")
                self._told.add(pod["metadata"]["uid"])
                return False
            here.mkdir(parents=True, exist_ok=True)
            volume = volumes[mount["name"]]
            if "persistentVolumeClaim" in volume:
                return False
            for source in volume.get("projected", {}).get("sources", [volume]):
                if not self._fill(source, here):
                    return False
        return True

    def _fill(self, source, here):
        """Whether the files of a Secret or ConfigMap are there."""
        what = source.get("secret") or source.get("configMap")
        if what is None:
            return True  # an empty directory
        kind = "secrets" if "secret" in source else "configmaps"
        status, found = self._api.ask("GET", f"{self._path}/{kind}/{what.get('name') or what.get('secretName')}")
        if status != 200:
            return what.get("optional", False)
        for key, text in (found.get("data") or {}).items():
            (here / key).write_bytes(base64.b64decode(text) if kind == "secrets" else text.encode())
        for key, text in (found.get("binaryData") or {}).items():
            (here / key).write_bytes(base64.b64decode(text))
        return True

    def _tell_end(self, uid, pod):
        process, room = self._processes[uid]
        code = process.poll()
        if code is None:
            return
        message = (room / "termination-log").read_bytes()[:MESSAGE_MAX].decode(errors="replace")
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        number = code if code >= 0 else 128 - code
        ended = {"exitCode": number, "reason": "Completed" if code == 0 else "Error", "message": message, "finishedAt": now}
        status = {**pod.get("status", {}), "phase": "Succeeded" if code == 0 else "Failed",
                  "containerStatuses": [{"name": "runner", "image": "x", "imageID": "", "ready": False, "restartCount": 0,
                                         "state": {"terminated": ended}}]}
        answer, _ = self._api.ask("PUT", f"{self._path}/pods/{pod['metadata']['name']}/status", {**pod, "status": status})
        if answer in (200, 404):
            self._told.add(uid)
            self.exits[number] = self.exits.get(number, 0) + 1
            self._processes.pop(uid)


def _end(process):
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
