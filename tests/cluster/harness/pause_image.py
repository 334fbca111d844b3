# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The sandbox image, which holds a pod's namespaces open: one static program that waits. Made here, as there is no
registry to pull it from."""

import hashlib
import io
import json
import pathlib
import subprocess
import tarfile
import tempfile

from .commands import run

NAME = "localhost/pause:1"
_PROGRAM = """\
#include <signal.h>
#include <unistd.h>
static void stop(int signal) { (void)signal; _exit(0); }
int main(void) {
  signal(SIGTERM, stop);
  signal(SIGINT, stop);
  signal(SIGCHLD, SIG_IGN);  /* reaps what a shared process namespace leaves behind */
  for (;;) pause();
}
"""


def write(archive):
    """Writes the image as an OCI archive for `ctr images import`."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "pause"
        run("gcc", "-static", "-O2", "-s", "-x", "c", "-o", program, "-", stdin=_PROGRAM)
        layer = _tar({"pause": (program.read_bytes(), 0o755)})
    blobs = {}

    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = (data, 0o644)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    kind = "application/vnd.oci.image."
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    layer_blob = blob(layer)
    config = blob(json.dumps({"architecture": architecture, "os": "linux", "config": {"Entrypoint": ["/pause"]},
                              "rootfs": {"type": "layers", "diff_ids": [layer_blob["digest"]]}}).encode())
    manifest = blob(json.dumps({
        "schemaVersion": 2, "mediaType": kind + "manifest.v1+json",
        "config": {"mediaType": kind + "config.v1+json", **config},
        "layers": [{"mediaType": kind + "layer.v1.tar", **layer_blob}]}).encode())
    index = json.dumps({"schemaVersion": 2, "manifests": [
        {"mediaType": kind + "manifest.v1+json", **manifest, "annotations": {"io.containerd.image.name": NAME}}]}).encode()
    files = {"oci-layout": (b'{"imageLayoutVersion":"1.0.0"}', 0o644), "index.json": (index, 0o644), **blobs}
    pathlib.Path(archive).write_bytes(_tar(files))


def _tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, (data, mode) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()
