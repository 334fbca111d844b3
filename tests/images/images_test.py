# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What the images hold, read from the archives that `tests/cluster/images` writes to build/images."""

import functools
import hashlib
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

from elf import Elf

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGETS = ("operator", "runner", "emulator")
BYTES_MAX = 60 << 20
# All that an image may hold, but for directories.
ALLOWED = re.compile(r"lib|lib64|etc/(passwd|group|nsswitch\.conf|ssl/certs/ca-certificates\.crt)|usr/share/zoneinfo/.+|"
                     r"usr/lib(64)?/(x86_64-linux-gnu/|aarch64-linux-gnu/)?[\w.+-]+\.so[\w.-]*|"
                     r"usr/bin/culvert-(operator|runner|emulator)|"
                     r"usr/share/doc/(?!culvert/)[a-z0-9.+-]+/copyright|usr/share/common-licenses/[\w.-]+|"
                     r"usr/share/doc/culvert/(culvert-(operator|runner|emulator)\.spdx\.json|licences\.txt)")
# What is written about the image is not in the SBOM: neither that itself, nor the texts of licences.
ABOUT = ("usr/share/doc/", "usr/share/common-licenses/")
LIBRARY = re.compile(r"usr/lib(64)?/.+\.so[\w.-]*")
ONE_LICENCE = re.compile(r"(LicenseRef-)?[A-Za-z0-9.-]+\+?( WITH [A-Za-z0-9.-]+)?")


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


    def read(self, name):
        """The bytes of a file."""
        return self.contents[name]

    @functools.cached_property
    def contents(self):
        """{path: bytes} of all files."""
        return {entry.name.strip("./"): files.extractfile(entry).read() for files in self.layers() for entry in files.getmembers()
                if entry.isfile()}


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

    def test_its_program_is_hardened(self):
        for target, image in self.images.items():
            with self.subTest(target):
                program = Elf(image.read(f"usr/bin/culvert-{target}"))
                self.assertTrue(program.is_position_independent_executable())
                self.assertTrue(program.has_relro() and program.binds_everything_at_its_start(), "full RELRO")
                self.assertFalse(program.stack_is_executable())
                self.assertEqual(program.writable_code(), 0)
                self.assertFalse(program.relocates_code())
                self.assertEqual(program.search_paths(), [])
                names = program.imports()
                self.assertIn("__stack_chk_fail", names, "-fstack-protector-strong")
                self.assertTrue(names & {"__snprintf_chk", "__fprintf_chk", "__memcpy_chk"}, "-D_FORTIFY_SOURCE=2")
                self.assertEqual(names & {"gets", "strcpy", "strcat", "sprintf", "vsprintf", "system", "popen", "tmpnam", "mktemp"}, set())

    def test_the_elf_reader_sees_what_is_not_hardened(self):
        if shutil.which("g++") is None:
            self.skipTest("no compiler here")
        with tempfile.TemporaryDirectory() as directory:
            source, program = pathlib.Path(directory, "a.cc"), pathlib.Path(directory, "a")
            source.write_text("#include <cstdio>\nint main(int argc, char** argv) { char text[64]; sprintf(text, \"%s %d\", argv[0], argc); puts(text); }\n")
            subprocess.run(["g++", "-O0", "-w", "-no-pie", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-Wl,-z,lazy", "-Wl,-z,norelro", "-Wl,-z,execstack",
                            "-Wl,-rpath,/tmp/here", "-o", program, source], check=True, timeout=60)
            soft = Elf(program.read_bytes())
        self.assertFalse(soft.is_position_independent_executable())
        self.assertFalse(soft.has_relro())
        self.assertFalse(soft.binds_everything_at_its_start())
        self.assertTrue(soft.stack_is_executable())
        self.assertEqual(soft.search_paths(), ["/tmp/here"])
        self.assertIn("libc.so.6", soft.needed())
        self.assertIn("sprintf", soft.imports())
        self.assertNotIn("__stack_chk_fail", soft.imports())

    def test_the_sbom_lists_what_the_image_holds(self):
        for target, image in self.images.items():
            with self.subTest(target):
                contents = image.contents
                document = json.loads(contents[f"usr/share/doc/culvert/culvert-{target}.spdx.json"])
                described = {file["fileName"].removeprefix("./"): file for file in document["files"]}
                self.assertEqual(set(described), {name for name in contents if not name.startswith(ABOUT)})
                for name, file in described.items():
                    sums = {one["algorithm"]: one["checksumValue"] for one in file["checksums"]}
                    self.assertEqual(sums, {"SHA1": hashlib.sha1(contents[name]).hexdigest(),
                                            "SHA256": hashlib.sha256(contents[name]).hexdigest()}, name)
                relations = {(one["spdxElementId"], one["relationshipType"], one["relatedSpdxElement"]) for one in document["relationships"]}
                owners = {}
                for one, kind, other in relations:
                    if kind == "CONTAINS":
                        owners.setdefault(other, []).append(one)
                packages = {one["SPDXID"]: one for one in document["packages"]}
                libraries = {packages[owners[file["SPDXID"]][0]]["name"] for name, file in described.items() if LIBRARY.fullmatch(name)}
                self.assertGreaterEqual(len(libraries), 5)
                self.assertEqual({len(owners.get(file["SPDXID"], [])) for file in described.values()}, {1}, "each file is of one package")
                others = {"culvert", "tzdata", "ca-certificates"}
                headers = {packages[one]["name"] for one, kind, _ in relations if kind == "STATIC_LINK"}
                self.assertEqual(headers, {"boost", "cli11", "nlohmann-json"})
                self.assertEqual({one["name"] for one in packages.values()}, libraries | others | headers)
                program = Elf(contents[f"usr/bin/culvert-{target}"])
                self.assertLessEqual(set(program.needed()), {name.rsplit("/", 1)[1] for name in described if LIBRARY.fullmatch(name)})

    def test_nothing_in_the_sbom_is_unknown(self):
        for target, image in self.images.items():
            with self.subTest(target):
                contents = image.contents
                document = json.loads(contents[f"usr/share/doc/culvert/culvert-{target}.spdx.json"])
                own = {one["licenseId"] for one in document["hasExtractedLicensingInfos"]}
                rows = contents["usr/share/doc/culvert/licences.txt"].decode().splitlines()
                self.assertEqual(rows, [f"{one['name']} {one['versionInfo']}: {one['licenseDeclared']}" for one in
                                        sorted(document["packages"], key=lambda one: one["name"])])
                for one in document["packages"]:
                    name = one["name"]
                    self.assertRegex(one["versionInfo"], r"^[0-9][\w.:+~-]*$", name)
                    for licence in re.split(r" AND | OR ", one["licenseDeclared"]):
                        self.assertTrue(ONE_LICENCE.fullmatch(licence), licence)
                        self.assertTrue(not licence.startswith("LicenseRef-") or licence in own, licence)
                    self.assertNotIn("NOASSERTION", one["licenseDeclared"])
                    self.assertRegex(one["externalRefs"][0]["referenceLocator"], r"^pkg:(deb/debian|generic)/\S+@\S+$")
                    if one["supplier"] == "Organization: Debian":
                        self.assertGreater(len(contents[f"usr/share/doc/{name}/copyright"]), 100)

    def test_the_sbom_keeps_the_rules_of_spdx(self):
        for target, image in self.images.items():
            with self.subTest(target):
                document = json.loads(image.read(f"usr/share/doc/culvert/culvert-{target}.spdx.json"))
                self.assertEqual([document[name] for name in ("spdxVersion", "dataLicense", "SPDXID")], ["SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"])
                self.assertRegex(document["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
                self.assertRegex(document["documentNamespace"], r"^https://[^#\s]+$")
                identities = [one["SPDXID"] for one in [document, *document["packages"], *document["files"]]]
                self.assertEqual(len(identities), len(set(identities)))
                for identity in identities:
                    self.assertRegex(identity, r"^SPDXRef-[A-Za-z0-9.-]+$")
                for one in document["relationships"]:
                    self.assertLessEqual({one["spdxElementId"], one["relatedSpdxElement"]}, set(identities))
                files = {one["SPDXID"]: one for one in document["files"]}
                for package in document["packages"]:
                    held = [files[one["relatedSpdxElement"]] for one in document["relationships"]
                            if one["relationshipType"] == "CONTAINS" and one["spdxElementId"] == package["SPDXID"]]
                    self.assertEqual(package["filesAnalyzed"], bool(held))
                    sums = sorted(file["checksums"][0]["checksumValue"] for file in held)
                    if held:
                        self.assertEqual(package["packageVerificationCode"]["packageVerificationCodeValue"],
                                         hashlib.sha1("".join(sums).encode()).hexdigest(), package["name"])

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
