#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Says what an image holds: an SBOM in SPDX 2.3, a list of licences, and the texts of these. Used by image_root.sh, on the Debian
whose files the image was laid out from.

    tools/image_sbom.py PROGRAM PARTS DIRECTORY

DIRECTORY is the image's root, and holds usr/bin/PROGRAM. PARTS has a line `name<TAB>version` for Culvert and for each library that is
compiled into its programs: CMake writes it. Every file of the root belongs to one package of the SBOM; a file that no package brought, or a package
whose licence LICENCES does not know, is an error: then look into its copyright file and add it.

Writes usr/share/doc/culvert/PROGRAM.spdx.json and licences.txt, and Debian's usr/share/doc/PACKAGE/copyright of each package.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

# Licence of the library by Debian's source package, as its copyright file says; of what images hold of it, not of its programs and tests.
LICENCES = {
    "brotli": "MIT", "ca-certificates": "MPL-2.0", "curl": "curl", "cyrus-sasl2": "BSD-Attribution-HPND-disclaimer AND BSD-4-Clause",
    "e2fsprogs": "MIT",
    "gcc-12": "GPL-3.0-or-later WITH GCC-exception-3.1", "glibc": "LGPL-2.1-or-later", "gmp": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "gnutls28": "LGPL-2.1-or-later", "keyutils": "LGPL-2.0-or-later", "krb5": "MIT AND BSD-2-Clause AND BSD-3-Clause AND HPND",
    "libffi": "MIT", "libidn2": "LGPL-3.0-or-later OR GPL-2.0-or-later", "libisal": "BSD-3-Clause", "libpsl": "MIT", "libssh2": "BSD-3-Clause",
    "libtasn1-6": "LGPL-2.1-or-later", "libunistring": "LGPL-3.0-or-later OR GPL-2.0-or-later", "libzstd": "BSD-3-Clause OR GPL-2.0-only",
    "lz4": "BSD-2-Clause", "nettle": "LGPL-3.0-or-later OR GPL-2.0-or-later", "nghttp2": "MIT", "openldap": "OLDAP-2.8",
    "openssl": "Apache-2.0", "p11-kit": "BSD-3-Clause", "prometheus-cpp": "MIT", "re2": "BSD-3-Clause", "rtmpdump": "LGPL-2.1-or-later",
    "snappy": "BSD-3-Clause", "sqlite3": "blessing", "tzdata": "LicenseRef-tz-public-domain", "yaml-cpp": "MIT", "zlib": "Zlib",
}
# The same of libraries that are headers alone, by the names in PARTS.
HEADER_LICENCES = {"boost": "BSL-1.0", "cli11": "BSD-3-Clause", "nlohmann-json": "MIT"}
PUBLIC_DOMAIN = {"licenseId": "LicenseRef-tz-public-domain", "name": "Public domain, as the tz database says of itself",
                 "extractedText": "This database is in the public domain."}
# Files that Debian's packages make when they are installed, or that image_root.sh writes: prefix -> package, or ours.
OURS = "culvert"
MADE = {"etc/ssl/certs/ca-certificates.crt": "ca-certificates", "etc/passwd": OURS, "etc/group": OURS, "etc/nsswitch.conf": OURS}
DOC = pathlib.PurePosixPath("usr/share/doc")


def fail(message):
    sys.exit(f"image_sbom: {message}")


def dpkg(*words):
    """Standard output of dpkg-query; empty where it knows nothing."""
    return subprocess.run(["dpkg-query", *words], capture_output=True, text=True, check=False).stdout


def places(name):
    """Where a Debian package may have a file of the root: an image has a library under the name that is loaded, the package the file that this
    leads to, with or without /usr."""
    path = pathlib.Path("/", name)
    real = path.resolve()
    return {str(one) for path in (path, real) for one in (path, pathlib.Path("/", *path.parts[2:] if path.parts[1] == "usr" else path.parts))}


def owners(program, names):
    """{file of the root: package}"""
    found = {name: MADE[name] for name in names if name in MADE}
    found |= {name: "tzdata" for name in names if name.startswith("usr/share/zoneinfo/")}
    found[f"usr/bin/{program}"] = OURS
    wanted = {name: places(name) for name in names if name not in found}
    package_of = {}
    for line in dpkg("--search", *sorted(set().union(*wanted.values()))).splitlines():
        packages, _, path = line.partition(": ")
        package_of[path] = packages.split(",")[0].split(":")[0]
    for name, paths in wanted.items():
        packages = {package_of[path] for path in paths if path in package_of}
        if len(packages) != 1:
            fail(f"{name} is of {', '.join(sorted(packages)) or 'no package'}")
        found[name] = packages.pop()
    return found


class Package:
    """One package of the SBOM."""

    def __init__(self, name, version, licence, purl=None, supplier=None):
        self.name, self.version, self.licence, self.purl, self.supplier = name, version, licence, purl, supplier
        self.files = []  # of the SBOM

    @property
    def identity(self):
        return "SPDXRef-Package-" + re.sub(r"[^A-Za-z0-9.-]", "-", self.name)

    def described(self):
        result = {"SPDXID": self.identity, "name": self.name, "versionInfo": self.version, "downloadLocation": "NOASSERTION",
                  "licenseConcluded": self.licence, "licenseDeclared": self.licence, "copyrightText": "NOASSERTION",
                  "supplier": self.supplier or "Organization: The Culvert authors", "filesAnalyzed": bool(self.files)}
        if self.purl:
            result["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": self.purl}]
        if self.files:
            sums = sorted(checksum["checksumValue"] for file in self.files for checksum in file["checksums"] if checksum["algorithm"] == "SHA1")
            result["packageVerificationCode"] = {"packageVerificationCodeValue": hashlib.sha1("".join(sums).encode()).hexdigest()}
        return result


def debian(name):
    """A Debian package that is installed."""
    source, version, architecture = dpkg("--show", "--showformat", "${source:Package} ${Version} ${Architecture}\n", name).splitlines()[0].split()
    if source not in LICENCES:
        fail(f"the licence of {source} is not known: read /usr/share/doc/{name}/copyright and add it")
    quoted = version.replace(":", "%3A").replace("+", "%2B").replace("~", "%7E")
    return Package(name, version, LICENCES[source], f"pkg:deb/debian/{name.replace('+', '%2B')}@{quoted}?arch={architecture}&distro=debian-12",
                   "Organization: Debian")


def entry(number, root, name, licence):
    """A file of the SBOM."""
    content = (root / name).read_bytes()
    return {"SPDXID": f"SPDXRef-File-{number}", "fileName": "./" + name, "licenseConcluded": licence, "licenseInfoInFiles": ["NOASSERTION"],
            "copyrightText": "NOASSERTION",
            "checksums": [{"algorithm": algorithm, "checksumValue": hashlib.new(algorithm.lower(), content).hexdigest()}
                          for algorithm in ("SHA1", "SHA256")]}


def sbom(program, packages, linked, root):
    """The document. `linked`: packages without files, compiled into the program."""
    ours = packages[OURS]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", ours.identity)]
    relations += [(ours.identity, "DEPENDS_ON", one.identity) for name, one in sorted(packages.items()) if name != OURS]
    relations += [(one.identity, "STATIC_LINK", ours.identity) for one in linked]
    relations += [(one.identity, "CONTAINS", file["SPDXID"]) for _, one in sorted(packages.items()) for file in one.files]
    linked_at = os.stat(root / "usr/bin" / program).st_mtime  # the same for the same program, whenever the image is built
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"{program}-{ours.version}",
        "creationInfo": {"created": datetime.datetime.fromtimestamp(int(linked_at), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: culvert-image_sbom", "Organization: The Culvert authors"]},
        "packages": [one.described() for one in [*(packages[name] for name in sorted(packages)), *linked]],
        "files": [file for name in sorted(packages) for file in packages[name].files],
        "hasExtractedLicensingInfos": [PUBLIC_DOMAIN],
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in relations],
    }
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    return {**document, "documentNamespace": f"https://culvert.dev/spdx/{program}-{ours.version}-{digest[:32]}"}


def main():
    if len(sys.argv) != 4:
        fail("expected PROGRAM PARTS DIRECTORY")
    program, parts, root = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    packages, linked = {}, []
    for line in parts.read_text(encoding="utf-8").splitlines():
        name, version = line.split("\t")
        if name == OURS and version:
            packages[OURS] = Package(OURS, version, "Apache-2.0", f"pkg:generic/culvert@{version}")
        elif name in HEADER_LICENCES and version:
            linked.append(Package(name, version, HEADER_LICENCES[name], f"pkg:generic/{name}@{version}", "NOASSERTION"))
        else:
            fail(f"{parts}: the licence or the version of '{name}' is not known")
    if OURS not in packages or not linked:
        fail(f"{parts} is incomplete")
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    owner = owners(program, names)
    for number, name in enumerate(names):
        package = owner[name]
        if package not in packages:
            packages[package] = debian(package)
        packages[package].files.append(entry(number, root, name, packages[package].licence))
    for name in packages:
        if name != OURS:
            (root / DOC / name).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(pathlib.Path("/usr/share/doc", name, "copyright"), root / DOC / name / "copyright")
    shutil.copytree("/usr/share/common-licenses", root / "usr/share/common-licenses", symlinks=True)  # which the texts name
    folder = root / DOC / OURS
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{program}.spdx.json").write_text(json.dumps(sbom(program, packages, linked, root), indent=1) + "\n", encoding="utf-8")
    rows = [f"{one.name} {one.version}: {one.licence}" for one in sorted([*packages.values(), *linked], key=lambda one: one.name)]
    (folder / "licences.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
