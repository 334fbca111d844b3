#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Runs every command that README.md, CONTRIBUTING.md and docs/ show, and checks every relative link.

A fenced block marked `sh` is a list of commands, one a line (a trailing backslash continues). They run in order, page by
page, in one fresh directory that holds the examples and the quickstart's CSV files, with the programs of build/release on PATH
and an emulator listening where the examples point. A command whose failure is the point ends in `|| [ $? -eq N ]`. `make`
targets are not run again, CI runs them as stages of their own: they must only exist. A block marked `console` shows output.
Exit 1 when a command fails or a link leads nowhere.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / "build" / "release" / "bin"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md")),
         ROOT / "emulator" / "README.md"]
DATA = ROOT / "build" / "data"
ADDRESS = "127.0.0.1:8080"  # as the examples write it


def emulator_command(workspace: Path, port: int) -> list[str]:
    command = [str(BIN / "culvert-emulator"), "--listen", f"127.0.0.1:{port}", "--project", "demo", "--project", "lake",
               "--access-key", "quickstart:quickstart-secret"]
    for table in ("flights", "weather", "planes", "airports"):
        partition = ",partition=month" if table == "flights" else ""
        command += ["--load", f"{table}={DATA / table}.csv{partition}"]
    return [*command, "--sql", str(workspace / "examples" / "setup.sql")]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def commands(page: Path) -> list[str]:
    """The commands of a page's `sh` blocks, continued lines joined, comments dropped."""
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            line = re.sub(r"\s+#\s.*$", "", line).strip()
            if line and not line.startswith("#"):
                found.append(line)
    return found


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


def check_links(page: Path) -> list[str]:
    broken = []
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target and not (page.parent / target).exists():
            broken.append(f"{page.relative_to(ROOT)}: link to {target} leads nowhere")
    return broken


def main() -> int:
    failures = [text for page in PAGES if page.exists() for text in check_links(page)]
    targets = make_targets()
    environment = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", LC_ALL="C.UTF-8")
    workspace = Path(tempfile.mkdtemp(prefix="culvert-docs-"))
    shutil.copytree(ROOT / "examples", workspace / "examples")
    for table in DATA.glob("*.csv"):
        (workspace / table.name).symlink_to(table)
    port = free_port()
    for example in [*(workspace / "examples").glob("*.yaml"), *(workspace / "examples" / "scripts").iterdir()]:
        example.write_text(example.read_text().replace(ADDRESS, f"127.0.0.1:{port}"))
    emulator = subprocess.Popen(emulator_command(workspace, port), stdout=subprocess.PIPE, text=True)
    run = 0
    try:
        json.loads(emulator.stdout.readline())
        for page in PAGES:
            if not page.exists():
                continue
            for command in commands(page):
                name = page.relative_to(ROOT)
                if match := re.fullmatch(r"make ([a-z-]+)(?: [A-Z_]+=\S+)*", command):
                    if match[1] not in targets:
                        failures.append(f"{name}: `{command}`: no such target")
                    continue
                expected = 0
                if match := re.search(r"\s*\|\|\s*\[ \$\? -eq (\d+) \]$", command):
                    expected, command = int(match[1]), command[: match.start()]
                done = subprocess.run(["bash", "-c", command.replace(ADDRESS, f"127.0.0.1:{port}")], cwd=workspace, env=environment, capture_output=True, text=True,
                                      timeout=300, stdin=subprocess.DEVNULL)
                run += 1
                if done.returncode != expected:
                    failures.append(f"{name}: `{command}` exited {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    finally:
        emulator.terminate()
        emulator.wait(timeout=30)
        shutil.rmtree(workspace)
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"documents: {run - len(failures) if run >= len(failures) else 0} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
