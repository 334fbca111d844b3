#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Checks the rules of the house that a compiler cannot see, over every .h and .cc.

  layers      who may include whom (ARCHITECTURE.md), and nobody another room's internal/
  headers     our headers include the standard library and our own headers only
  libraries   each third-party library stays in the room that owns it
  own header  x.cc includes x.h first
  exceptions  `throw` nowhere, `catch` where a library that throws is called
  time        sleeping, clocks and chance only where they are injected from
  threads     none in the rooms whose tests tsan leaves out (SERIAL in tests/**/CMakeLists.txt)
  files       SPDX header, #pragma once, no TODO
  reasons     every reason that code gives is explained in docs/reasons.md
  mirrors     every .cc of ours has its unit test, or a line in tools/unit_mirrors.txt

Usage: check_layers.py [--root DIR] [--self-test]. Exit 0 when all holds, else 1 and one line a violation.
"""

import argparse
import fnmatch
import pathlib
import re
import sys
import tempfile

ROOMS = ("libs", "runner", "operator", "plugin", "emulator", "tests")

BASE = ["libs/base/"]
RECORD = BASE + ["libs/record/"]
SCHEDULE = BASE + ["libs/schedule/"]
WIRE = RECORD + ["libs/maxcompute/wire/", "libs/maxcompute/limits.h"]
MAXCOMPUTE = RECORD + ["libs/http/", "libs/maxcompute/"]
SYNCJOB = RECORD + ["libs/syncjob/"]
ENGINE = SYNCJOB + ["libs/maxcompute/wire/", "libs/maxcompute/limits.h", "runner/engine/"]

# Longest matching prefix wins: a room, and the prefixes it may include.
LAYERS = {
    "libs/base/": BASE,
    "libs/http/": BASE + ["libs/http/"],
    "libs/record/": RECORD,
    "libs/schedule/": SCHEDULE,
    "libs/maxcompute/wire/": WIRE,
    "libs/maxcompute/": MAXCOMPUTE,
    "libs/kube/": BASE + ["libs/http/", "libs/kube/"],
    "libs/syncjob/": SYNCJOB,
    "libs/convert/": SYNCJOB + ["libs/convert/"],
    "runner/engine/": ENGINE,
    "runner/endpoints/": ENGINE + ["libs/maxcompute/", "runner/endpoints/"],
    "runner/": ENGINE + ["libs/http/", "libs/maxcompute/", "libs/schedule/", "libs/convert/", "runner/"],
    "plugin/": SYNCJOB + ["libs/http/", "libs/kube/", "libs/schedule/", "plugin/"],
    "operator/": SYNCJOB + ["libs/http/", "libs/kube/", "libs/schedule/", "operator/"],
    "emulator/": WIRE + ["libs/http/", "emulator/"],
    "tests/": ["libs/", "runner/", "operator/", "plugin/", "emulator/", "tests/"],
}

# Processor intrinsics are inlined into the parsers, so their headers cannot hide in a .cc.
SYSTEM_IN_HEADERS = {"nlohmann/json_fwd.hpp", "nmmintrin.h", "arm_acle.h", "sys/uio.h"}

# First path component (or whole name) of a third-party include -> who may have it.
LIBRARIES = {
    "yaml-cpp": ["libs/syncjob/internal/yaml_tree.cc", "libs/kube/config.cc"],
    "curl": ["libs/http/*"],
    "boost": ["libs/http/*"],
    "cpprest": ["libs/http/*"],
    "openssl": ["libs/base/*", "libs/http/*"],
    "re2": ["libs/base/regex.cc"],
    "prometheus": ["libs/base/metrics.cc"],
    "sqlite3.h": ["emulator/*"],
    "CLI": ["*/main.cc", "runner/command_line.cc", "operator/command_line.cc", "plugin/command_line.cc"],
    "isa-l": ["libs/maxcompute/wire/*"],
    "isa-l.h": ["libs/maxcompute/wire/*"],
    "zlib.h": ["libs/maxcompute/wire/*", "libs/base/compress.cc"],
    "zstd.h": ["libs/maxcompute/wire/*"],
    "lz4frame.h": ["libs/maxcompute/wire/*"],
    "snappy.h": ["libs/maxcompute/wire/*"],
    "gtest": ["tests/*"],
    "gmock": ["tests/*"],
    "benchmark": ["tests/*"],
}

CATCH = [
    "libs/base/json.cc",        # nlohmann
    "libs/base/metrics.cc",     # prometheus-cpp
    "libs/http/*server*.cc",    # Boost, and the roots of its threads
    "libs/http/internal/*.cc",  # Boost
    "libs/kube/config.cc",      # yaml-cpp
    "libs/syncjob/internal/yaml_tree.cc",  # yaml-cpp
    "runner/command_line.cc",   # CLI11
    "operator/command_line.cc",  # CLI11
    "plugin/command_line.cc",   # CLI11
    "*/main.cc",                # CLI11
    "emulator/faults.cc",       # std::regex
    "tests/*",
]

TIME = re.compile(
    r"\b(sleep_for|sleep_until|usleep|nanosleep|random_device|system_clock::now|steady_clock::now|"
    r"high_resolution_clock)\b"
)
THREADS = re.compile(r"\b(jthread|std::thread|std::async|CondVar|pthread_create)\b")
SERIAL = ["libs/record/*", "libs/schedule/*", "libs/maxcompute/wire/*", "libs/syncjob/*", "libs/convert/*"]
TIME_ALLOWED = [
    "libs/base/clock.cc",
    "libs/base/digest.cc",
    "*/main.cc",
    "tests/support/*",  # poll.h and the processes that tests start
    "tests/bench/*",    # measures time
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
BECAUSE = re.compile(r'\bBecause\(\s*"([A-Za-z]+)"')
SPDX = (
    "// SPDX-FileCopyrightText: The Culvert authors\n"
    "// SPDX-License-Identifier: Apache-2.0\n"
)


def matches(path, patterns):
    return any(fnmatch.fnmatch(path, pattern) for pattern in patterns)


def without_comments_and_strings(text):
    """Blanks comments, literals and raw strings; keeps line breaks, so that line numbers hold."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^(\s]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
        r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
        re.S,
    )
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


class Checker:
    def __init__(self, root):
        self.root = root
        self.violations = []
        self.files = sorted(
            path.relative_to(root).as_posix()
            for room in ROOMS
            for path in (root / room).rglob("*")
            if path.suffix in (".h", ".cc") and path.is_file()
        )

    def say(self, path, what, line=None):
        place = f"{path}:{line}" if line else path
        self.violations.append(f"{place}: {what}")

    def run(self):
        for path in self.files:
            text = (self.root / path).read_text(encoding="utf-8", errors="replace")
            self.check_includes(path, text)
            self.check_words(path, text)
            self.check_shape(path, text)
        self.check_reasons()
        self.check_mirrors()
        return self.violations

    def check_includes(self, path, text):
        room = max((r for r in LAYERS if path.startswith(r)), key=len, default=None)
        if room is None:
            self.say(path, "in no known room, add it to LAYERS")
            return
        first = True
        for match in INCLUDE.finditer(text):
            quote, name = match.groups()
            line = text.count("\n", 0, match.start(1)) + 1
            if quote == '"':
                self.check_project_include(path, room, name, line)
                own = path[:-3] + ".h"
                if path.endswith(".cc") and first and own != name and (self.root / own).is_file():
                    self.say(path, f"include \"{own}\" first", line)
            else:
                self.check_system_include(path, name, line)
            first = False

    def check_project_include(self, path, room, name, line):
        if not (self.root / name).is_file():
            self.say(path, f"\"{name}\" does not exist from the root; third-party headers use <>", line)
            return
        if not any(name.startswith(prefix) for prefix in LAYERS[room]):
            self.say(path, f"{room} may not include {name}", line)
        owner = name.split("/internal/")[0] + "/" if "/internal/" in name else None
        if owner and not path.startswith(owner) and not path.startswith("tests/"):
            self.say(path, f"{name} is internal to {owner}", line)

    def check_system_include(self, path, name, line):
        if path.endswith(".h") and not path.startswith("tests/"):
            standard = "/" not in name and "." not in name
            if not standard and name not in SYSTEM_IN_HEADERS:
                self.say(path, f"a header of ours may not include <{name}>", line)
        owners = LIBRARIES.get(name) or LIBRARIES.get(name.split("/")[0])
        if owners and not matches(path, owners) and not path.startswith("tests/"):
            self.say(path, f"<{name}> belongs to {', '.join(owners)}", line)

    def check_words(self, path, text):
        code = without_comments_and_strings(text)
        for number, line in enumerate(code.split("\n"), 1):
            if re.search(r"\bthrow\b", line) and not path.startswith("tests/"):
                self.say(path, "`throw`: failures are Results", number)
            if re.search(r"\bcatch\s*\(", line) and not matches(path, CATCH):
                self.say(path, "`catch` outside the files that own a throwing library", number)
            found = THREADS.search(line)
            if found and matches(path, SERIAL):
                self.say(path, f"`{found.group(1)}`: this room has no threads, and tsan leaves it out", number)
            found = TIME.search(line)
            if found and not matches(path, TIME_ALLOWED):
                self.say(path, f"`{found.group(1)}`: take Clock or a seed instead", number)

    def check_shape(self, path, text):
        if not text.startswith(SPDX):
            self.say(path, "does not begin with the two SPDX lines")
        if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.M):
            self.say(path, "no #pragma once")
        for number, line in enumerate(text.split("\n"), 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                self.say(path, "unfinished work is an issue, not a comment", number)

    def check_reasons(self):
        page_path = self.root / "docs/reasons.md"
        page = page_path.read_text(encoding="utf-8") if page_path.is_file() else ""
        known = set(re.findall(r"^\| `([A-Z][A-Za-z]+)` \|", page, re.M))
        for path in self.files:
            # The emulator speaks the service's error codes, not our reasons.
            if path.startswith(("emulator/", "tests/")):
                continue
            text = (self.root / path).read_text(encoding="utf-8", errors="replace")
            for reason in BECAUSE.findall(text):
                if reason not in known:
                    self.say(path, f"reason {reason} is not in docs/reasons.md")

    def check_mirrors(self):
        covered = {}
        listing = self.root / "tools/unit_mirrors.txt"
        if listing.is_file():
            for number, line in enumerate(listing.read_text(encoding="utf-8").split("\n"), 1):
                words = line.split("#")[0].split()
                if not words:
                    continue
                if len(words) != 2:
                    self.say("tools/unit_mirrors.txt", "a line is: SOURCE TEST", number)
                    continue
                covered[words[0]] = words[1]
                for word in words:
                    if not (self.root / word).is_file():
                        self.say("tools/unit_mirrors.txt", f"{word} does not exist", number)
        for path in self.files:
            if not path.endswith(".cc") or path.startswith("tests/") or path.endswith("/main.cc"):
                continue
            mirror = f"tests/unit/{path[:-3]}_test.cc"
            if not (self.root / mirror).is_file() and path not in covered:
                self.say(path, f"no {mirror}, and no line in tools/unit_mirrors.txt")


def self_test():
    """Plants one violation of each rule beside a clean tree; each must be found, and nothing else."""
    header = SPDX + "#pragma once\n"
    clean = {
        "libs/base/a.h": header,
        "libs/base/a.cc": SPDX + '#include "libs/base/a.h"\n\n#include <vector>\n',
        "tests/unit/libs/base/a_test.cc": SPDX + "#include <gtest/gtest.h>\n",
        "libs/maxcompute/internal/b.h": header + '#include "libs/base/a.h"\n',
        "libs/maxcompute/limits.h": header,
        "libs/maxcompute/client.h": header,
        "emulator/ok.h": header + '#include "libs/maxcompute/limits.h"\n',
        "docs/reasons.md": "| `Known` | 10 | x | y |\n",
    }
    planted = {
        "libs/base/up.h": (header + '#include "libs/maxcompute/limits.h"\n', "may not include"),
        "libs/syncjob/side.h": (header + '#include "libs/maxcompute/limits.h"\n', "may not include"),
        "runner/deep.h": (header + '#include "libs/maxcompute/internal/b.h"\n', "is internal to"),
        "emulator/client.h": (header + '#include "libs/maxcompute/client.h"\n', "may not include"),
        "libs/base/gone.h": (header + '#include "nothing.h"\n', "does not exist"),
        "libs/base/heavy.h": (header + "#include <nlohmann/json.hpp>\n", "may not include <nlohmann"),
        "tests/unit/runner/engine/yaml_test.cc": (SPDX, None),
        "runner/engine/yaml.cc": (SPDX + "#include <yaml-cpp/yaml.h>\n", "belongs to"),
        "libs/base/late.h": (header, None),
        "libs/base/late.cc": (SPDX + '#include "libs/base/a.h"\n#include "libs/base/late.h"\n',
                              'include "libs/base/late.h" first'),
        "tests/unit/libs/base/late_test.cc": (SPDX, None),
        "libs/base/throws.h": (header + "inline void F() { throw 1; }\n", "`throw`"),
        "libs/base/said.h": (header + '// throw\ninline const char* k = "throw catch(";\n', None),
        "libs/base/catches.h": (header + "inline void F() { try { G(); } catch (...) { } }\n", "`catch`"),
        "libs/base/now.h": (header + "auto t = std::chrono::steady_clock::now();\n", "take Clock"),
        "tests/unit/naps.h": (header + "std::this_thread::sleep_for(x);\n", "take Clock"),
        "libs/record/busy.h": (header + "inline std::jthread worker;\n", "has no threads"),
        "libs/base/bare.h": ("#pragma once\n", "SPDX"),
        "libs/base/twice.h": (SPDX, "#pragma once"),
        "libs/base/later.h": (header + "// TODO: finish\n", "unfinished"),
        "libs/base/why.h": (header + 'auto e = Error{}.Because("Unknown");\n', "reason Unknown"),
        "libs/base/alone.cc": (SPDX, "no tests/unit/libs/base/alone_test.cc"),
        "stray/x.h": ("", None),
    }

    def violations(extra):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, text in {**clean, **extra}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            return Checker(root).run()

    failures = [f"a clean tree is blamed: {v}" for v in violations({})]
    found = violations({path: text for path, (text, _) in planted.items()})
    for path, (_, expected) in planted.items():
        here = [v for v in found if v.startswith(path + ":")]
        if expected is None:
            failures += [f"blamed without reason: {v}" for v in here]
        elif not any(expected in v for v in here):
            failures.append(f"{path}: '{expected}' was not found among {here}")
        elif len({v.split(": ", 1)[1] for v in here}) > 1:
            failures.append(f"{path}: more than the planted violation: {here}")
    return failures, len([1 for _, expected in planted.values() if expected])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--self-test", action="store_true", help="check the checker")
    arguments = parser.parse_args()
    if arguments.self_test:
        failures, planted = self_test()
        print("\n".join(failures) or f"check_layers: {planted} planted violations found")
        return 1 if failures else 0
    checker = Checker(pathlib.Path(arguments.root))
    violations = checker.run()
    print("\n".join(violations) or f"check_layers: {len(checker.files)} files keep the rules")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
