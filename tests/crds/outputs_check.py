#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the kubectl commands that docs/kubernetes.md shows and compares what they print, ages apart.

    tests/crds/outputs_check.py            KUBECONFIG's API server, where crds/ must be installed and no operator may run
    tests/crds/outputs_check.py --write    puts what they print into the page

The objects are those of examples/cluster with the status of statuses.yaml, in a namespace of its own that is deleted at the end. A block
is checked when the line before it is `<!-- kubectl -->`.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "kubernetes.md"
BLOCK = re.compile(r"(<!-- kubectl -->\n```console\n)\$ ([^\n]+)\n(.*?)(```\n)", re.S)


def shown(text):
    """Output as the page has it: ages are what no two runs agree on, and a column for them is as wide as its name."""
    return re.sub(r"\b\d+[smh](\d+[smh])?$", "5m", text, flags=re.M)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="change the page")
    write = parser.parse_args().write
    kubectl = os.environ.get("KUBECTL", "kubectl")
    namespace = f"outputs-{uuid.uuid4().hex[:8]}"

    def run(*command):
        subprocess.run([kubectl, *map(str, command)], check=True, stdout=subprocess.DEVNULL, timeout=60)

    failures, count = [], 0

    def answer(match):
        nonlocal count
        count += 1
        command = re.sub(r"^kubectl ", f"{kubectl} --namespace {namespace} ", match[2])
        done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        text = shown(done.stdout)
        if text != match[3] and not write:
            failures.append(f"outputs: `{match[2]}` prints\n{text}and docs/kubernetes.md shows\n{match[3]}")
        return f"{match[1]}$ {match[2]}\n{text}{match[4]}"

    run("create", "namespace", namespace)
    try:
        run("--namespace", namespace, "apply", "--filename", ROOT / "examples" / "cluster")
        for name, status in yaml.safe_load((HERE / "statuses.yaml").read_text(encoding="utf-8")).items():
            run("--namespace", namespace, "patch", "syncjob", name, "--subresource=status", "--type=merge", "--patch",
                json.dumps({"status": status}))
        before = PAGE.read_text(encoding="utf-8")
        after = BLOCK.sub(answer, before)
        if write:
            PAGE.write_text(after, encoding="utf-8")
        elif count == 0:
            failures.append("outputs: docs/kubernetes.md has no block to check")
    finally:
        run("delete", "namespace", namespace, "--wait=false")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"outputs: {count - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
