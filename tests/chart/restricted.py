# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The level `restricted` of the Pod Security Standards, as kubernetes.io/docs/concepts/security/pod-security-standards lists it."""

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def violations(pod):
    """What a pod's spec does that the level forbids."""
    found = []
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            found.append(name)
    for volume in pod.get("volumes", []):
        if not (set(volume) - {"name"}) <= VOLUMES:
            found.append(f"volume {volume['name']}")
    whole = pod.get("securityContext", {})
    for container in pod.get("initContainers", []) + pod["containers"]:
        name, own = container["name"], container.get("securityContext", {})
        if own.get("privileged"):
            found.append(f"{name} is privileged")
        if own.get("allowPrivilegeEscalation") is not False:
            found.append(f"{name} may escalate")
        if own.get("capabilities", {}).get("drop") != ["ALL"]:
            found.append(f"{name} keeps capabilities")
        if set(own.get("capabilities", {}).get("add", [])) - {"NET_BIND_SERVICE"}:
            found.append(f"{name} adds capabilities")
        if not own.get("runAsNonRoot", whole.get("runAsNonRoot")):
            found.append(f"{name} may run as root")
        if own.get("runAsUser", whole.get("runAsUser")) == 0:
            found.append(f"{name} runs as root")
        profile = own.get("seccompProfile", whole.get("seccompProfile", {})).get("type")
        if profile not in ("RuntimeDefault", "Localhost"):
            found.append(f"{name} has no seccomp profile")
        if any(port.get("hostPort") for port in container.get("ports", [])):
            found.append(f"{name} has a host port")
    return found
