# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The queries of the chart's alerts and dashboard."""

import json
import re

import yaml

from tools import CHART

ALERTS = CHART / "files" / "alerts.yaml"
DASHBOARD = CHART / "files" / "dashboard.json"

# Words of the query language, and labels, that look like metrics.
WORDS = {"sum", "max", "min", "count", "group", "by", "on", "or", "unless", "offset", "absent", "rate", "increase", "time", "le",
         "histogram_quantile", "group_left", "vector"}


def alerts():
    return {rule["alert"]: rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]}


def queries():
    """(where, expression) of every alert and panel; variables of the dashboard stand for everything."""
    for name, rule in alerts().items():
        yield name, rule["expr"]
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$namespace", ".*")


def metrics(expression):
    """Names of the metrics in an expression."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(by|on|without|group_left)\s*\([^)]*\)|\boffset \w+|\b\d\S*", " ", bare)
    return {word for word in re.findall(r"[a-z_][a-z0-9_:]*", bare) if word not in WORDS}
