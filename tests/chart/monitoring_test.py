# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Alerts, their runbooks, and the dashboard."""

import json
import pathlib
import re
import tempfile
import unittest

import yaml

from monitoring import ALERTS, DASHBOARD, alerts, metrics, queries
from tools import CLUSTER, NAMESPACES, ROOT, only, render, run

CASES = pathlib.Path(__file__).parent / "alerts_test.yaml"


def exposed():
    """Names of metrics that the programs make, as their sources say them."""
    sources = [file for room in ("libs", "runner", "operator") for file in (ROOT / room).rglob("*.cc")]
    names = re.compile(r'"((?:culvert|controller_runtime|workqueue|rest_client|leader_election)_[a-z0-9_]+)"')
    return {name for file in sources for name in names.findall(file.read_text(encoding="utf-8"))}


class Alerts(unittest.TestCase):
    """Each alert fires where it must, is silent where it must be, and leads to a page."""

    def test_promtool_takes_the_rules(self):
        self.assertIn("SUCCESS", run("promtool", "check", "rules", ALERTS)[1])

    def test_they_fire_and_they_keep_silent(self):
        run("promtool", "test", "rules", CASES)

    def test_each_has_a_case_of_both_kinds(self):
        fires, silent = set(), set()
        for group in yaml.safe_load(CASES.read_text())["tests"]:
            for case in group["alert_rule_test"]:
                (fires if case.get("exp_alerts") else silent).add(case["alertname"])
        self.assertEqual(fires, set(alerts()))
        self.assertEqual(silent, set(alerts()))

    def test_each_says_what_how_bad_and_what_to_do(self):
        for name, rule in alerts().items():
            self.assertIn(rule["labels"]["severity"], ("critical", "warning"), name)
            self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook_url"}, name)
            page = ROOT / "docs" / "runbooks" / rule["annotations"]["runbook_url"].rsplit("/", 1)[1]
            self.assertTrue(page.is_file(), page)
            self.assertTrue(page.read_text().startswith(f"# {name}\n"), page)

    def test_each_runbook_has_an_alert(self):
        pages = {page.stem for page in (ROOT / "docs" / "runbooks").glob("*.md")}
        self.assertEqual(pages, {name.lower() for name in alerts()})

    def test_the_rule_of_the_chart_is_the_file(self):
        for values in (CLUSTER, NAMESPACES):
            self.assertEqual(only(render(values), "PrometheusRule")["spec"], yaml.safe_load(ALERTS.read_text()))

    def test_links_lead_where_the_values_say(self):
        rule = only(render({"metrics": {"rules": {"enabled": True, "runbookUrl": "https://wiki.example/culvert/"}}}), "PrometheusRule")
        links = [one["annotations"]["runbook_url"] for group in rule["spec"]["groups"] for one in group["rules"]]
        self.assertTrue(all(link.startswith("https://wiki.example/culvert/culvert") for link in links), links)


class Dashboard(unittest.TestCase):
    """The dashboard, as far as it can be judged without Grafana."""

    def test_the_config_map_holds_the_file(self):
        config_map = only(render(CLUSTER), "ConfigMap", "culvert-dashboard")
        self.assertEqual(json.loads(config_map["data"]["culvert.json"]), json.loads(DASHBOARD.read_text()))
        self.assertEqual(config_map["metadata"]["labels"]["grafana_dashboard"], "1")

    def test_panels_have_places_and_numbers_of_their_own(self):
        panels = json.loads(DASHBOARD.read_text())["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            taken |= cells

    def test_prometheus_can_read_the_queries(self):
        rules = {"groups": [{"name": "queries", "rules": [{"record": f"query:{i}", "expr": expression}
                                                          for i, (_, expression) in enumerate(queries())]}]}
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump(rules, file)
            file.flush()
            run("promtool", "check", "rules", file.name)

    @unittest.skipUnless((ROOT / "operator").is_dir(), "the operator, which exports half of them, is not here yet")
    def test_queries_ask_for_metrics_that_exist(self):
        known = exposed()
        for where, expression in queries():
            found = metrics(expression)
            self.assertTrue(found, where)
            self.assertLessEqual({re.sub(r"_bucket$", "", name) for name in found}, known, where)


if __name__ == "__main__":
    unittest.main()
