# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The API server and the etcd that a benchmark owns (tests/cluster), and what both say of the load."""

import base64
import json
import pathlib
import re
import subprocess
import sys
import urllib.request

CLUSTER = pathlib.Path(__file__).resolve().parents[2] / "cluster"
sys.path.insert(0, str(CLUSTER))

from harness import tools  # noqa: E402
from harness.layout import State  # noqa: E402
from harness.processes import Processes  # noqa: E402

WRITES = {"POST", "PUT", "PATCH", "DELETE", "APPLY", "DELETECOLLECTION"}
TRANSACTION = 64  # keys at once: etcd takes 128 operations and 1.5 MiB
_SERIES = re.compile(r'^apiserver_request_total\{([^}]*)\} (\S+)$', re.M)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


class ApiServer:
    """Started by `start`, stopped by `stop`; a second one has another directory."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.kubeconfig = None

    def start(self):
        done = subprocess.run([CLUSTER / "up", "--own", "--api-only", "--state", self.directory], check=True,
                              stdout=subprocess.PIPE, text=True)
        self.kubeconfig = done.stdout.strip().splitlines()[-1]
        self._kubectl = tools.directory("kubernetes") / "kubectl"
        self._etcd = f"http://127.0.0.1:{State(self.directory).ports()['etcd_client']}/v3/kv/"

    def stop(self):
        subprocess.run([CLUSTER / "down", "--state", self.directory], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def pids(self):
        processes = Processes(self.directory)
        return {"API server": processes.pid("api"), "etcd": processes.pid("etcd")}

    def kubectl(self, *words, stdin=None):
        return subprocess.run([self._kubectl, f"--kubeconfig={self.kubeconfig}", *map(str, words)], input=stdin,
                              check=True, text=True, stdout=subprocess.PIPE).stdout

    def apply(self, documents):
        self.kubectl("apply", "--server-side", "-f", "-", stdin="\n---\n".join(map(json.dumps, documents)))

    def get(self, path):
        return json.loads(self.kubectl("get", "--raw", path))

    def writes(self):
        """{(verb, resource or resource/subresource): successful requests since its start}, writes only."""
        counts = {}
        for labels, value in _SERIES.findall(self.kubectl("get", "--raw", "/metrics")):
            said = dict(_LABEL.findall(labels))
            if said["verb"] not in WRITES or not said["code"].startswith("2"):
                continue
            what = said["resource"] + ("/" + said["subresource"] if said["subresource"] else "")
            counts[said["verb"], what] = counts.get((said["verb"], what), 0) + int(float(value))
        return counts

    # Straight from etcd: counting by the API server would be a load of its own.

    def count(self, resource, namespace):
        """How many objects there are; a custom resource is `group/plural`."""
        prefix = f"/registry/{resource}/{namespace}/".encode()
        end = prefix[:-1] + bytes([prefix[-1] + 1])
        answer = self._ask_etcd("range", {"key": _text(prefix), "range_end": _text(end), "count_only": True})
        return int(answer.get("count", 0))

    def put(self, objects):
        """Stores (key, JSON text) pairs as they are, past the API server."""
        pending = []
        for key, text in objects:
            pending.append({"requestPut": {"key": _text(key.encode()), "value": _text(text.encode())}})
            if len(pending) == TRANSACTION:
                self._ask_etcd("txn", {"success": pending})
                pending = []
        if pending:
            self._ask_etcd("txn", {"success": pending})

    def _ask_etcd(self, method, body):
        with urllib.request.urlopen(self._etcd + method, json.dumps(body).encode(), timeout=60) as answer:
            return json.load(answer)


def _text(data):
    return base64.b64encode(data).decode()


def difference(after, before):
    return {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)}
