# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What keeps a machine from being a node."""

import os
import pathlib
import shutil
import subprocess

from .commands import succeeds

_PROGRAMS = ("containerd", "runc", "ctr", "iptables", "conntrack", "gcc")
_CGROUPS = pathlib.Path("/sys/fs/cgroup")


def find(ours):
    """A clause for people, or None where nothing is known to be in the way. Leaves nothing behind.

    `ours`: a node that is here already is one that `up` started.
    """
    missing = [program for program in _PROGRAMS if not shutil.which(program)]
    if missing:
        return f"{', '.join(missing)} not found (tools/install_debian.sh --cluster installs what a node needs)"
    if os.getuid() != 0:
        return "a node needs root: containers, network interfaces, firewall rules"
    if not succeeds("unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "true"):
        return "this machine lets nobody make namespaces, as containers need (no CAP_SYS_ADMIN?)"
    if not succeeds("iptables", "-t", "nat", "-S"):
        return "this machine has no firewall rules to be changed, as services need (no CAP_NET_ADMIN?)"
    if not ours and _has_rules_of_a_node():
        return ("this machine is a Kubernetes node already (iptables has KUBE- chains): set KUBECONFIG to its cluster, or use "
                "--control-plane")
    if not _can_make_cgroup():
        return f"no control group can be made under {_CGROUPS}, as containers need"
    return None


def _has_rules_of_a_node():
    return "KUBE-" in subprocess.run(["iptables-save"], capture_output=True, text=True, check=False).stdout


def _can_make_cgroup():
    for parent in (_CGROUPS / "memory", _CGROUPS):  # cgroup v1, v2
        probe = parent / f"culvert-probe-{os.getpid()}"
        if parent == _CGROUPS and not (parent / "cgroup.controllers").exists():
            return False
        try:
            probe.mkdir()
            probe.rmdir()
            return True
        except OSError:
            continue
    return False
