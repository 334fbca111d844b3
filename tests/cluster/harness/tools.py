# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Programs built once from Go modules pinned beside this package, and kept in the user's cache.

A set is a directory with go.mod and go.sum; its `tool` lines are what is built, or its main.go. Its binaries are in
CACHE/tools/SET-HASH/, where HASH is that of these files and of the build's flags: whatever changes them makes a new
directory, and every checkout of one revision shares one.
"""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time

from .commands import run
from .errors import HarnessError, say
from .layout import CACHE, CLUSTER, KUBERNETES

_GO_MIN = (1, 26)
_GO_TOOLCHAIN = "go1.26.0"
_VERSION = "k8s.io/component-base/version"

# set -> (linker flags, binary names that `go install` gets wrong, about how long it takes on two cores)
_SETS = {
    "kubernetes": (f"-s -w -X {_VERSION}.gitVersion={KUBERNETES} -X {_VERSION}.gitMajor=1 -X {_VERSION}.gitMinor=34",
                   {"server": "etcd"}, "8 minutes"),
    "dns": ("-s -w", {}, "2 minutes"),  # a small CoreDNS
    "helm": ("-s -w", {}, "4 minutes"),  # and kubeconform
    "kube-score": ("-s -w", {}, "a minute"),  # wants older Kubernetes modules than Helm
}
SETS = tuple(_SETS)


def directory(name):
    """The directory with the set's binaries, which are built when they are not there."""
    flags, renamed, duration = _SETS[name]
    module = CLUSTER / name
    digest = hashlib.sha256(flags.encode())
    for file in ("go.mod", "go.sum", "main.go"):
        if (module / file).exists():
            digest.update((module / file).read_bytes())
    target = CACHE / "tools" / f"{name}-{digest.hexdigest()[:16]}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another checkout may be building the same
        if not target.is_dir():
            _build(name, module, target, flags, renamed, duration)
    return target


def _build(name, module, target, flags, renamed, duration):
    go = _go()
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    log = target.parent / f"{name}.log"
    log.unlink(missing_ok=True)
    say(f"building {name} from its Go modules, about {duration} the first time (log: {log})")
    began = time.monotonic()
    env = dict(os.environ, GOBIN=str(unfinished), CGO_ENABLED="0", GOFLAGS="-mod=readonly -trimpath -buildvcs=false",
               GOTOOLCHAIN="local")
    packages = "." if (module / "main.go").exists() else "tool"
    run(go, "install", "-ldflags", flags, packages, log=log, cwd=module, env=env)
    for wrong, right in renamed.items():
        (unfinished / wrong).rename(unfinished / right)
    unfinished.rename(target)
    say(f"built {name} in {time.monotonic() - began:.0f} s")


def _version(go):
    try:
        said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True,
                              env=dict(os.environ, GOTOOLCHAIN="local"), cwd="/").stdout
    except (OSError, subprocess.CalledProcessError):
        return (0, 0)
    found = re.match(r"go(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _go():
    """A go command of at least _GO_MIN: the one installed, or the toolchain module fetched by an older one."""
    candidates = [shutil.which("go"), "/usr/local/go/bin/go", "/usr/lib/go/bin/go"]
    installed = [go for go in candidates if go and os.access(go, os.X_OK)]
    for go in installed:
        if _version(go) >= _GO_MIN:
            return go
    toolchain = CACHE / "go" / _GO_TOOLCHAIN
    if (toolchain / "bin" / "go").exists():
        return str(toolchain / "bin" / "go")
    if not installed:
        raise HarnessError("there is no go command; tools/install_debian.sh --cluster installs one")
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine)
    if not architecture:
        raise HarnessError(f"no Go toolchain is published for {os.uname().machine}; install Go {_GO_MIN[0]}.{_GO_MIN[1]}")
    module = f"golang.org/toolchain@v0.0.1-{_GO_TOOLCHAIN}.linux-{architecture}"
    say(f"{installed[0]} is older than {_GO_MIN[0]}.{_GO_MIN[1]}: fetching {module}")
    said = run(installed[0], "mod", "download", "-json", module, cwd="/", env=dict(os.environ, GO111MODULE="on"))
    source = re.search(r'"Dir": "([^"]+)"', said)
    if not source:
        raise HarnessError(f"go mod download {module} told no directory")
    shutil.rmtree(toolchain, ignore_errors=True)
    toolchain.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source[1], toolchain)  # the module cache is read-only and not executable
    for folder in ("bin", "pkg/tool"):
        for program in pathlib.Path(toolchain, folder).rglob("*"):
            if program.is_file():
                program.chmod(0o755)
    return str(toolchain / "bin" / "go")
