# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes operator and runners, and every query of the alerts and of the dashboard has data. Runs after the
examples and the lifecycle, whose pods it saw."""

import json
import pathlib
import re
import time

import pytest

import kube

DASHBOARD = pathlib.Path(__file__).resolve().parents[2] / "charts" / "culvert" / "files" / "dashboard.json"
METRIC = re.compile(r"\b(?:culvert|controller_runtime|workqueue|rest_client|leader_election)_\w+")
STARTED = time.time()


def dashboard_queries():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", [])]


def test_both_replicas_are_scraped_and_one_leads(prometheus):
    kube.wait_for("both replicas are scraped", 60, lambda: len(prometheus.query('up{job="culvert-operator"} == 1')) == 2)
    kube.wait_for("one leads", 60, lambda: [one["value"][1] for one in prometheus.query(
        'sum(leader_election_master_status{name="culvert-operator"})')] == ["1"])


def test_runners_are_scraped_and_named_by_their_syncjob(prometheus):
    # A run that was slow on purpose: pods of a second or two may pass between two scrapes.
    found = prometheus.query('max_over_time(culvert_runner_records_written_total{syncjob="first"}[2h])')
    assert found, "no pod of the slow run was seen by a scrape"
    assert {one["metric"]["namespace"] for one in found} == {"lifecycle"}


def test_every_metric_of_the_alerts_exists(prometheus):
    missing = []
    for group in prometheus.rules["groups"]:
        for rule in group["rules"]:
            for name in METRIC.findall(rule["expr"]):
                if not prometheus.ask("series", **{"match[]": name, "start": STARTED - 7200}):
                    missing.append((rule["alert"], name))
    assert missing == []


def test_the_alerts_are_healthy_and_the_rejected_key_fired_one(prometheus):
    groups = prometheus.ask("rules")["groups"]
    assert [rule["name"] for group in groups for rule in group["rules"] if rule["health"] not in ("ok", "unknown")] == []
    assert prometheus.query('max_over_time(culvert_operator_credential_rejections_total[2h]) > 0')


@pytest.mark.parametrize("title, query", dashboard_queries())
def test_every_panel_of_the_dashboard_has_data(prometheus, title, query):
    expression = query.replace("$namespace", ".*")
    data = prometheus.ask("query_range", query=expression, start=time.time() - 3600, end=time.time(), step=15)["result"]
    assert data, f"{title}: {expression}"
