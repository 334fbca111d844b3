# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The node: containerd, kubelet, kube-proxy. One a machine, as its addresses and firewall rules are the machine's."""

import json
import os
import pathlib
import signal
import subprocess
import time

from . import obstacle, pause_image, tools
from .commands import run, succeeds, wait_until
from .errors import HarnessError, say
from .layout import NODE, POD_CIDR, POD_GATEWAY

RUN = pathlib.Path("/run/culvert-node")     # short, as the paths of Unix sockets must be
SOCKET = RUN / "containerd.sock"
_OWNER = RUN / "state-dir"  # holds the directory of the cluster whose node this is
_BRIDGE = "culvert0"

_CONTAINERD = """\
version = 2
root = "{state}/containerd"
state = "{run}/containerd"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # Without CAP_SYS_RESOURCE, as in a container, no process may lower its OOM score; unless this is set, every
  # sandbox dies with "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{state}/cni"
"""

_CNI = {
    "cniVersion": "0.4.0",
    "name": "pods",
    "plugins": [
        {"type": "bridge", "bridge": _BRIDGE, "isGateway": True, "ipMasq": True, "hairpinMode": True,
         "ipam": {"type": "host-local", "dataDir": str(RUN / "addresses"), "ranges": [[{"subnet": POD_CIDR}]],
                  "routes": [{"dst": "0.0.0.0/0"}]}},
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}

_COREFILE = """\
cluster.local in-addr.arpa {{
  bind {gateway}
  errors
  cache 5
  kubernetes cluster.local in-addr.arpa {{
    kubeconfig {kubeconfig} culvert
  }}
}}
"""

_DNS_RIGHTS = {
    "apiVersion": "v1",
    "kind": "List",
    "items": [
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "system:dns"},
         "rules": [{"apiGroups": [""], "resources": ["services", "namespaces"], "verbs": ["list", "watch"]},
                   {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]}]},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "system:dns"},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:dns"},
         "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "system:dns"}]},
    ],
}


def kubelet_configuration(state, ports):
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "port": ports["kubelet"],
        "healthzPort": ports["kubelet_health"],
        "cgroupDriver": "cgroupfs",
        "failSwapOn": False,
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True},
                           "x509": {"clientCAFile": f"{state.pki}/ca.crt"}},
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{state.pki}/kubelet.crt",
        "tlsPrivateKeyFile": f"{state.pki}/kubelet.key",
        "clusterDomain": "cluster.local",
        "clusterDNS": [POD_GATEWAY],
        "syncFrequency": "10s",  # a changed Secret is in its volume after about 5 s, not a minute
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,  # there is no registry to pull a removed image from
        "imageGCLowThresholdPercent": 99,
        "resolvConf": "",
        "maxPods": 110,
    }


def find_obstacle():
    """What keeps this machine from being a node, None where nothing is known."""
    return obstacle.find(ours=_OWNER.exists())


def start(state, processes, binaries):
    """Starts the node; returns when the cluster calls it Ready. What runs already stays."""
    in_the_way = find_obstacle()
    if in_the_way:
        raise HarnessError(in_the_way)
    _claim(state, processes)
    _name_in_hosts()
    _start_containerd(state, processes)
    ports = state.ports()
    (state.dir / "kubelet.yaml").write_text(json.dumps(kubelet_configuration(state, ports), indent=1), encoding="utf-8")
    processes.start("kubelet", binaries / "kubelet", f"--config={state.dir}/kubelet.yaml",
                    f"--kubeconfig={state.dir}/kubelet.conf", f"--hostname-override={NODE}",
                    f"--root-dir={state.dir}/kubelet", f"--cert-dir={state.dir}/kubelet-pki")
    processes.start("proxy", binaries / "kube-proxy", f"--kubeconfig={state.dir}/proxy.conf",
                    f"--cluster-cidr={POD_CIDR}", f"--hostname-override={NODE}", "--proxy-mode=iptables",
                    "--conntrack-max-per-core=0", f"--healthz-bind-address=127.0.0.1:{ports['proxy_health']}",
                    f"--metrics-bind-address=127.0.0.1:{ports['proxy_metrics']}")
    _start_dns(state, processes, binaries)
    ready = (binaries / "kubectl", f"--kubeconfig={state.kubeconfig}", "wait", "--for=condition=Ready",
             f"node/{NODE}", "--timeout=1s")
    wait_until("the node is not Ready", 120, lambda: succeeds(*ready),
               lambda: processes.exited("containerd", "kubelet", "proxy", "dns"))


def ctr(*words):
    """Asks containerd, in the kubelet's namespace."""
    return run("ctr", "--address", SOCKET, "--namespace", "k8s.io", *words)


def stop(state, processes):
    """Stops the node and removes what it left on the machine. Safe to repeat."""
    processes.stop("dns", "proxy", "kubelet")
    if processes.pid("containerd"):
        _stop_containers()
    processes.stop("containerd")
    _unmount(state.dir)
    _unmount(RUN)
    if _OWNER.exists() and _OWNER.read_text(encoding="utf-8") == str(state.dir):
        _remove_network()
        run("rm", "-rf", "--one-file-system", RUN)


def _claim(state, processes):
    if not _OWNER.exists():
        RUN.mkdir(parents=True, exist_ok=True)
        (RUN / "network-namespaces").write_text("\n".join(_network_namespaces()), encoding="utf-8")
    if _OWNER.exists() and _OWNER.read_text(encoding="utf-8") != str(state.dir):
        other = _OWNER.read_text(encoding="utf-8")
        if type(processes)(other).pid("kubelet") or type(processes)(other).pid("containerd"):
            raise HarnessError(f"this machine's node belongs to {other}; stop it first: tests/cluster/down --state {other}")
    _OWNER.write_text(str(state.dir), encoding="utf-8")


def _name_in_hosts():
    """`kubectl logs` and `exec` make the API server resolve the node's name."""
    hosts = pathlib.Path("/etc/hosts")
    if not any(NODE in line.split()[1:] for line in hosts.read_text(encoding="utf-8").splitlines()):
        with hosts.open("a", encoding="utf-8") as file:
            file.write(f"127.0.0.1 {NODE}\n")


def _start_containerd(state, processes):
    (state.dir / "cni").mkdir(exist_ok=True)
    (state.dir / "cni" / "10-pods.conflist").write_text(json.dumps(_CNI, indent=1), encoding="utf-8")
    configuration = state.dir / "containerd.toml"
    configuration.write_text(_CONTAINERD.format(state=state.dir, run=RUN, socket=SOCKET, pause=pause_image.NAME),
                             encoding="utf-8")
    processes.start("containerd", "containerd", "--config", configuration)
    wait_until("containerd does not answer", 60, lambda: succeeds("ctr", "--address", SOCKET, "version"),
               lambda: processes.exited("containerd"))
    if pause_image.NAME not in ctr("images", "ls", "-q").split():
        archive = state.dir / "pause.tar"
        pause_image.write(archive)
        ctr("images", "import", archive)


def _start_dns(state, processes, binaries):
    """Names of services, served by a process of the machine at the pods' gateway: no image and no pod is needed."""
    _make_bridge()
    run(binaries / "kubectl", f"--kubeconfig={state.kubeconfig}", "apply", "-f", "-", stdin=json.dumps(_DNS_RIGHTS))
    (state.dir / "Corefile").write_text(_COREFILE.format(gateway=POD_GATEWAY, kubeconfig=state.dir / "dns.conf"),
                                        encoding="utf-8")
    processes.start("dns", tools.directory("dns") / "dns", "-conf", state.dir / "Corefile", "-quiet")


def _make_bridge():
    """The bridge that the CNI plugin would make with the first pod: its address is needed before."""
    if not succeeds("ip", "link", "show", _BRIDGE):
        run("ip", "link", "add", _BRIDGE, "type", "bridge")
        run("ip", "addr", "add", f"{POD_GATEWAY}/16", "dev", _BRIDGE)
        run("ip", "link", "set", _BRIDGE, "up")


def _stop_containers():
    for task in ctr("tasks", "ls", "-q").split():
        succeeds("ctr", "--address", SOCKET, "--namespace", "k8s.io", "tasks", "kill", "--signal", "SIGKILL", task)
    end = time.monotonic() + 15
    while time.monotonic() < end:
        if "RUNNING" not in ctr("tasks", "ls"):
            break
        time.sleep(0.2)
    # The shims serve the tasks and are nobody's children; removing a stopped task ends its shim.
    for task in ctr("tasks", "ls", "-q").split():
        succeeds("ctr", "--address", SOCKET, "--namespace", "k8s.io", "tasks", "delete", "--force", task)
    for shim in _shims():
        os.kill(shim, signal.SIGKILL)


def _shims():
    """The shims of our containerd: they have its socket on their command line."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"containerd-shim" in words[0] and str(SOCKET).encode() in words:
            found.append(int(process.name))
    return found


def _unmount(directory):
    mounts = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{directory}/")), reverse=True):
        subprocess.run(["umount", "--lazy", mount.replace("\\040", " ")], check=False)


def _network_namespaces():
    folder = pathlib.Path("/run/netns")
    return sorted(path.name for path in folder.glob("cni-*")) if folder.is_dir() else []


def _remove_network():
    """The bridge, and the firewall rules of pods and services."""
    subprocess.run(["ip", "link", "delete", _BRIDGE], check=False, capture_output=True)
    foreign = (RUN / "network-namespaces").read_text(encoding="utf-8").split()
    for name in _network_namespaces():
        if name not in foreign:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
    for command in ("iptables", "ip6tables"):
        for table in ("filter", "nat", "mangle"):
            saved = subprocess.run([f"{command}-save", "-t", table], capture_output=True, text=True, check=False).stdout
            kept = [line for line in saved.splitlines() if "KUBE-" not in line and "CNI-" not in line]
            if len(kept) != len(saved.splitlines()):
                subprocess.run([f"{command}-restore"], input="\n".join(kept) + "\n", text=True, check=False)
    say("removed the pods' network")
