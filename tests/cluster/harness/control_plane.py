# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""etcd, the API server, the controllers and the scheduler."""

import subprocess

from . import pki
from .commands import succeeds, wait_until
from .layout import CLUSTER, SERVICE_CIDR

NAMES = ("scheduler", "controllers", "api", "etcd")  # in the order in which they are stopped


def advertised_address():
    """An address of this machine that is not loopback: pods reach the API server by it."""
    words = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
    for word in words:
        if "." in word:
            return word
    return "192.0.2.1"  # no network: right for the control plane alone, which has no pods


def start_api(state, processes, binaries):
    """Starts etcd and the API server; returns when it is ready. What runs already stays."""
    ports = state.ports()
    pki.make(state, ports["api"])
    if not processes.pid("api"):
        state.audit_log.unlink(missing_ok=True)  # of a cluster before this one
    client, peer = (f"http://127.0.0.1:{ports[name]}" for name in ("etcd_client", "etcd_peer"))
    processes.start("etcd", binaries / "etcd", "--name", "culvert", "--data-dir", state.dir / "etcd",
                    "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
                    "--initial-advertise-peer-urls", peer, "--initial-cluster", f"culvert={peer}",
                    "--unsafe-no-fsync", "--log-level", "warn")  # nothing here must outlive the machine
    processes.start("api", binaries / "kube-apiserver",
                    f"--etcd-servers={client}",
                    "--bind-address=0.0.0.0", f"--secure-port={ports['api']}",
                    f"--advertise-address={advertised_address()}",
                    f"--tls-cert-file={state.pki}/apiserver.crt", f"--tls-private-key-file={state.pki}/apiserver.key",
                    f"--client-ca-file={state.pki}/ca.crt",
                    f"--kubelet-client-certificate={state.pki}/admin.crt",
                    f"--kubelet-client-key={state.pki}/admin.key",
                    f"--service-cluster-ip-range={SERVICE_CIDR}",
                    "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
                    "--allow-privileged=true",
                    "--service-account-issuer=https://kubernetes.default.svc",
                    f"--service-account-key-file={state.pki}/sa.pub",
                    f"--service-account-signing-key-file={state.pki}/sa.key",
                    f"--audit-policy-file={CLUSTER}/audit-policy.yaml", f"--audit-log-path={state.audit_log}",
                    "--audit-log-maxsize=1000", "--profiling=false")
    kubectl = (binaries / "kubectl", f"--kubeconfig={state.kubeconfig}")
    wait_until("the API server is not ready", 180, lambda: succeeds(*kubectl, "get", "--raw", "/readyz"),
               lambda: processes.exited("etcd", "api"))


def start_controllers(state, processes, binaries):
    """Starts the controllers (Jobs, garbage collection, ...) and the scheduler; returns when both are healthy."""
    ports = state.ports()

    def kubeconfigs(name):
        return [f"--{use}kubeconfig={state.dir}/{name}.conf" for use in ("", "authentication-", "authorization-")]

    processes.start("controllers", binaries / "kube-controller-manager", *kubeconfigs("controllers"),
                    "--bind-address=127.0.0.1", f"--secure-port={ports['controllers']}",
                    f"--service-account-private-key-file={state.pki}/sa.key", f"--root-ca-file={state.pki}/ca.crt",
                    "--use-service-account-credentials=true", "--leader-elect=false",
                    f"--cert-dir={state.dir}/controllers-pki")
    processes.start("scheduler", binaries / "kube-scheduler", *kubeconfigs("scheduler"),
                    "--bind-address=127.0.0.1", f"--secure-port={ports['scheduler']}", "--leader-elect=false",
                    f"--cert-dir={state.dir}/scheduler-pki")
    kubectl = (binaries / "kubectl", f"--kubeconfig={state.kubeconfig}")
    wait_until("the controllers made no service account", 60,
               lambda: succeeds(*kubectl, "-n", "default", "get", "serviceaccount", "default"),
               lambda: processes.exited("controllers", "scheduler"))


def stop(processes):
    processes.stop(*NAMES)
