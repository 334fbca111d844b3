#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Copies crds/ into the chart's templates: crds/ is the source, the templates add the switches of `crds.*` and labels.

    tools/sync_crds.py            writes charts/culvert/templates/crds/
    tools/sync_crds.py --check    writes nothing; exit 1 and a line for each file that differs or is left over
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "crds"
TARGET = ROOT / "charts" / "culvert" / "templates" / "crds"

HEAD = """\
{{- /* Made by tools/sync_crds.py from crds/; edit there. */ -}}
{{- if .Values.crds.enabled }}
"""
METADATA = """\
  labels:
    {{- include "culvert.labels" (list . "crds") | nindent 4 }}
  {{- if .Values.crds.keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
"""
TAIL = "{{- end }}\n"


def template(text):
    """The template of one CRD: its text, labels and annotations behind its name."""
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    names = [i for i, line in enumerate(lines) if i > 0 and lines[i - 1] == "metadata:\n" and line.startswith("  name: ")]
    if len(names) != 1:
        raise SystemExit("sync_crds: a CRD must have `metadata:` and `name:` on two lines of their own, once")
    body = "".join(lines)
    if "{{" in body:
        raise SystemExit("sync_crds: a CRD must not contain '{{', Helm would read it")
    at = names[0] + 1
    return HEAD + "".join(lines[:at]) + METADATA + "".join(lines[at:]) + TAIL


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    wanted = {path.name: template(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.glob("*.yaml"))}
    present = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*.yaml")}
    different = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    if check:
        for name in different:
            print(f"sync_crds: charts/culvert/templates/crds/{name} is not what crds/{name} gives, run tools/sync_crds.py",
                  file=sys.stderr)
        return 1 if different else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in different:
        if name in wanted:
            (TARGET / name).write_text(wanted[name], encoding="utf-8")
        else:
            (TARGET / name).unlink()
        print(f"sync_crds: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
