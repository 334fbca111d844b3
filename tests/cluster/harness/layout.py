# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Where things are, and the numbers of the cluster."""

import json
import os
import pathlib
import socket

ROOT = pathlib.Path(__file__).resolve().parents[3]
CLUSTER = ROOT / "tests" / "cluster"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "culvert"

KUBERNETES = "v1.34.4"  # as in kubernetes/go.mod
NODE = "culvert-node"
POD_CIDR = "10.88.0.0/16"
POD_GATEWAY = "10.88.0.1"
SERVICE_CIDR = "10.96.0.0/16"
API_SERVICE_IP = "10.96.0.1"

_PORTS = ("etcd_client", "etcd_peer", "api", "controllers", "scheduler", "kubelet", "kubelet_health", "proxy_health",
          "proxy_metrics")


class State:
    """One cluster's directory. Ports are chosen free at the first `up` and kept until `down`."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory).resolve()
        self.pki = self.dir / "pki"
        self.log = self.dir / "log"
        self.audit_log = self.log / "audit.jsonl"
        self.kubeconfig = self.dir / "admin.conf"
        self._file = self.dir / "ports.json"

    def ports(self):
        if self._file.exists():
            return json.loads(self._file.read_text(encoding="utf-8"))
        self.dir.mkdir(parents=True, exist_ok=True)
        held = [socket.socket() for _ in _PORTS]  # all at once, so that no two get the same port
        for listener in held:
            listener.bind(("127.0.0.1", 0))
        ports = {name: listener.getsockname()[1] for name, listener in zip(_PORTS, held)}
        for listener in held:
            listener.close()
        self._file.write_text(json.dumps(ports, indent=1) + "\n", encoding="utf-8")
        return ports

    def forget_ports(self):
        self._file.unlink(missing_ok=True)
