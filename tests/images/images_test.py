# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What the images hold, read from the archives that `tests/cluster/images` writes to build/images."""

import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGETS = ("operator", "runner", "emulator")
BYTES_MAX = 60 << 20
# All that an image may hold, but for directories.
ALLOWED = re.compile(r"lib|lib64|etc/(passwd|group|nsswitch\.conf|ssl/certs/ca-certificates\.crt)|usr/share/zoneinfo/.+|"
                     r"usr/lib(64)?/(x86_64-linux-gnu/|aarch64-linux-gnu/)?[\w.+-]+\.so[\w.-]*|"
                     r"usr/bin/culvert-(operator|runner|emulator)")


class Image:
    """An OCI archive of one image."""

    def __init__(self, path):
        self._tar = tarfile.open(path)
        index = self._json("index.json")
        self.manifest = self._blob(index["manifests"][0]["digest"])
        self.config = self._blob(self.manifest["config"]["digest"])["config"]

    def close(self):
        self._tar.close()

    def _json(self, name):
        return json.load(self._tar.extractfile(name))

    def _blob(self, digest):
        return self._json("blobs/" + digest.replace(":", "/"))

    def layers(self):
        for layer in self.manifest["layers"]:
            with tarfile.open(fileobj=self._tar.extractfile("blobs/" + layer["digest"].replace(":", "/"))) as files:
                yield files

    def entries(self):
        """Every entry by its path, the topmost layer's first."""
        found = {}
        for layer in self.layers():
            for entry in layer.getmembers():
                found[entry.name.strip("./")] = entry
        return found


class ImagesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.images = {}
        for target in TARGETS:
            path = ROOT / "build" / "images" / f"{target}.tar"
            if not path.exists():
                raise AssertionError(f"{path} is missing: tests/cluster/images makes it")
            cls.images[target] = Image(path)
            cls.addClassCleanup(cls.images[target].close)

    def test_it_holds_the_program_and_what_that_needs_and_nothing_else(self):
        for target, image in self.images.items():
            with self.subTest(target):
                entries = image.entries()
                strange = [name for name, entry in entries.items() if not entry.isdir() and not ALLOWED.fullmatch(name)]
                self.assertEqual(strange, [], "no shell, no package manager, no configuration")
                programs = [name for name, entry in entries.items() if name.startswith("usr/bin/") and entry.isfile()]
                self.assertEqual(programs, [f"usr/bin/culvert-{target}"])
                self.assertIn("etc/ssl/certs/ca-certificates.crt", entries)
                self.assertIn("usr/share/zoneinfo/Asia/Shanghai", entries)

    def test_nobody_gains_rights_or_writes(self):
        for target, image in self.images.items():
            for name, entry in image.entries().items():
                with self.subTest(f"{target}: {name}"):
                    self.assertEqual(entry.uid, 0)
                    if not entry.issym():
                        self.assertFalse(entry.mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWGRP | stat.S_IWOTH))

    def test_it_starts_its_program_as_nobody_in_particular(self):
        for target, image in self.images.items():
            with self.subTest(target):
                self.assertEqual(image.config["User"], "65532:65532")
                self.assertEqual(image.config["Entrypoint"], [f"/usr/bin/culvert-{target}"])
                self.assertFalse(image.config.get("Cmd"))

    def test_it_is_small(self):
        for target, image in self.images.items():
            with self.subTest(target):
                size = sum(entry.size for entry in image.entries().values() if entry.isfile())
                print(f"images: {target} holds {size / (1 << 20):.1f} MiB")
                self.assertLessEqual(size, BYTES_MAX)

    @unittest.skipUnless(os.getuid() == 0, "chroot needs root")
    def test_its_program_finds_its_libraries(self):
        for target, image in self.images.items():
            with self.subTest(target), tempfile.TemporaryDirectory() as root:
                for layer in image.layers():
                    layer.extractall(root)
                os.chmod(root, 0o755)
                command = [shutil.which("chroot"), "--userspec=65532:65532", root, f"/usr/bin/culvert-{target}", "--help"]
                done = subprocess.run(command, capture_output=True, text=True, env={}, check=False, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f"culvert-{target}", done.stdout)


if __name__ == "__main__":
    unittest.main()
