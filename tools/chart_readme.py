#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Makes charts/culvert/README.md from README.md.tmpl, Chart.yaml and the comments of values.yaml.

    tools/chart_readme.py            writes it
    tools/chart_readme.py --check    writes nothing; exit 1 when it would differ

A value is documented by the comment lines right above its key; one without is an error, but for a key that only groups others.
"""

import argparse
import json
import pathlib
import re
import sys

import yaml

CHART = pathlib.Path(__file__).resolve().parent.parent / "charts" / "culvert"


def documented(text):
    """(path, comment) of each key of `text`, in order."""
    found, parents, comment, block = [], [], [], None
    for number, line in enumerate(text.splitlines(), 1):
        indent = len(line) - len(line.lstrip())
        if block is not None and (not line.strip() or indent > block):
            continue  # inside a text block
        block = None
        if not line.strip():
            comment = []
        elif line.lstrip().startswith("#"):
            comment.append(line.lstrip()[1:].strip())
        elif match := re.match(r"^( *)([A-Za-z0-9_.-]+):(.*)$", line):
            while parents and parents[-1][0] >= indent:
                parents.pop()
            parents.append((indent, match[2]))
            found.append((tuple(name for _, name in parents), " ".join(comment)))
            comment = []
            if match[3].strip() in ("|", ">", "|-", ">-"):
                block = indent
        elif not line.lstrip().startswith("- "):
            raise SystemExit(f"chart_readme: values.yaml:{number}: not understood: {line}")
    return found


def shown(value):
    """A default as a cell of the table."""
    if isinstance(value, str) and "\n" in value:
        return "see values.yaml"
    return "`" + json.dumps(value, separators=(", ", ": ")).replace("|", "\\|") + "`"


def table(text):
    """The table of values."""
    values = yaml.safe_load(text)
    rows = ["| value | default | meaning |", "|---|---|---|"]
    skip = None
    for path, comment in documented(text):
        if skip and path[: len(skip)] == skip:
            continue  # part of a documented default
        skip = None
        value = values
        for name in path:
            value = value[name]
        if comment:
            rows.append(f"| `{'.'.join(path)}` | {shown(value)} | {comment.replace('|', chr(92) + '|')} |")
            if isinstance(value, dict) and value:
                skip = path
        elif not isinstance(value, dict) or not value:
            raise SystemExit(f"chart_readme: values.yaml: {'.'.join(path)} has no comment")
    return "\n".join(rows)


def readme():
    """The whole page."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    text = (CHART / "README.md.tmpl").read_text(encoding="utf-8")
    for name, value in (("VALUES", table((CHART / "values.yaml").read_text(encoding="utf-8"))),
                        ("VERSION", chart["version"]), ("KUBE_VERSION", chart["kubeVersion"])):
        text = text.replace("{{ " + name + " }}", value)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    page, text = CHART / "README.md", readme()
    if page.exists() and page.read_text(encoding="utf-8") == text:
        return 0
    if check:
        print("chart_readme: charts/culvert/README.md is not what values.yaml gives, run tools/chart_readme.py", file=sys.stderr)
        return 1
    page.write_text(text, encoding="utf-8")
    print("chart_readme: charts/culvert/README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
