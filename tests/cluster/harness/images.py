# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The product's images, built from the Dockerfile without a Docker engine or a registry.

buildah builds in a chroot, from a Debian that debootstrap makes once. The images are archives under build/images/, which
containerd imports and tests read.
"""

import os
import pathlib
import shutil
import subprocess

from . import node
from .commands import run, succeeds
from .errors import HarnessError, say
from .layout import CACHE, ROOT

TARGETS = ("operator", "runner", "emulator")
_STORAGE = CACHE / "images"
_BASE = "localhost/debian:bookworm-slim"
_OUT = ROOT / "build" / "images"
_PROGRAMS = ROOT / "build" / "release" / "bin"


def version():
    """The chart's appVersion, which is the images' tag."""
    for line in (ROOT / "charts" / "culvert" / "Chart.yaml").read_text(encoding="utf-8").splitlines():
        if line.startswith("appVersion:"):
            return line.split(":", 1)[1].strip().strip('"')
    raise HarnessError("charts/culvert/Chart.yaml has no appVersion")


def name(target):
    return f"localhost/culvert/{target}:{version()}"


def archive(target):
    return _OUT / f"{target}.tar"


def build(targets=TARGETS, compiled=False):
    """Builds images and writes their archives. `compiled`: the programs too, else those of `make build` are taken."""
    missing = [program for program in ("buildah", "debootstrap") if not shutil.which(program)]
    if missing:
        raise HarnessError(f"{', '.join(missing)} not found; tools/install_debian.sh --cluster installs what images need")
    if not compiled:
        if "VERSION_CODENAME=bookworm" not in pathlib.Path("/etc/os-release").read_text(encoding="utf-8"):
            raise HarnessError("the programs of this machine do not fit into Debian 12: build them in the image (--compiled)")
        absent = [target for target in targets if not (_PROGRAMS / f"culvert-{target}").exists()]
        if absent:
            raise HarnessError(f"build/release/bin lacks {', '.join('culvert-' + one for one in absent)}: run `make build`")
    log = ROOT / "build" / "images.log"
    log.unlink(missing_ok=True)
    _OUT.mkdir(parents=True, exist_ok=True)
    _base(log)
    for target in targets:
        say(f"building {name(target)} (log: {log})")
        _buildah("bud", "--isolation", "chroot", "--layers", "--pull-never", "--file", ROOT / "Dockerfile", "--target", target,
                 "--ignorefile", ROOT / ".dockerignore", "--build-arg", f"DEBIAN={_BASE}",
                 "--build-arg", f"BINARIES={'compiled' if compiled else 'prebuilt'}", "--tag", name(target), ROOT, log=log)
        archive(target).unlink(missing_ok=True)
        _buildah("push", name(target), f"oci-archive:{archive(target)}:{name(target)}", log=log)


def load(targets=TARGETS):
    """Gives the images to the node."""
    for target in targets:
        node.ctr("images", "import", archive(target))


def _buildah(*words, log):
    # A user's own images stay apart. Overlay mounts fail on some file systems; then files are copied.
    driver = _STORAGE / "driver"
    if not driver.exists():
        _STORAGE.mkdir(parents=True, exist_ok=True)
        fits = succeeds("buildah", "--root", _STORAGE / "probe", "--runroot", "/run/culvert-images-probe", "--storage-driver",
                        "overlay", "from", "scratch", timeout=60)
        driver.write_text("overlay" if fits else "vfs", encoding="utf-8")
    kind = driver.read_text(encoding="utf-8")
    return run("buildah", "--root", _STORAGE / kind, "--runroot", "/run/culvert-images", "--storage-driver", kind, *words,
               log=log, env=dict(os.environ, BUILDAH_ISOLATION="chroot"))


def _base(log):
    """A minimal Debian 12 with this machine's package sources, made once."""
    try:
        _buildah("inspect", "--type", "image", _BASE, log=log)
        return
    except HarnessError:
        pass
    say("making a minimal Debian 12, 2 minutes the first time")
    root = _STORAGE / "debian.unfinished"
    shutil.rmtree(root, ignore_errors=True)
    run("debootstrap", "--variant=minbase", "bookworm", root, log=log)
    for source in ("sources.list", "sources.list.d/debian.sources"):
        if pathlib.Path("/etc/apt", source).exists():
            shutil.copy(pathlib.Path("/etc/apt", source), root / "etc" / "apt" / source)
    subprocess.run(["rm", "-rf", root / "var/cache/apt/archives", root / "var/lib/apt/lists"], check=True)
    container = _buildah("from", "scratch", log=None).strip()
    _buildah("add", container, root, "/", log=log)
    _buildah("commit", "--rm", container, _BASE, log=log)
    shutil.rmtree(root)
