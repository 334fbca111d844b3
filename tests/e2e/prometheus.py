# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus on this machine, scraping what the chart's monitors select, with the chart's alerts.

Debian builds it without the discovery of Kubernetes; so a thread writes the targets to files, with the labels that this
discovery would give them, and the monitors' own rules choose among them.
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import urllib.parse
import urllib.request

import yaml

import kube

CHART = pathlib.Path(__file__).resolve().parents[2] / "charts" / "culvert"
MONITORING = {"metrics": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}, "rules": {"enabled": True}}}
_SNAKE = re.compile(r"(?<!^)(?=[A-Z])")


def rendered():
    """The chart's monitoring objects, which need kinds that the test's cluster does not have."""
    text = kube.run("helm", "template", "culvert", CHART, "-n", "culvert-system", "-f", "-", stdin=json.dumps(MONITORING))
    return {one["kind"]: one for one in yaml.safe_load_all(text) if one and "monitoring.coreos.com" in one["apiVersion"]}


def scrape_config(monitor, endpoint, what, targets):
    """What the Prometheus Operator makes of a monitor: the selector, the port, the relabelings. `what`: service or pod."""
    port = {"service": "__meta_kubernetes_endpoint_port_name", "pod": "__meta_kubernetes_pod_container_port_name"}[what]
    rules = [{"source_labels": [f"__meta_kubernetes_{what}_label_{_label(label)}"], "regex": re.escape(value), "action": "keep"}
             for label, value in monitor["spec"]["selector"]["matchLabels"].items()]
    namespaces = monitor["spec"].get("namespaceSelector", {})
    if not namespaces.get("any"):
        names = namespaces.get("matchNames", [monitor["metadata"]["namespace"]])
        rules.append({"source_labels": ["__meta_kubernetes_namespace"], "regex": "|".join(names), "action": "keep"})
    rules += [{"source_labels": [port], "regex": endpoint["port"], "action": "keep"},
              {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
              {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"}]
    rules += [{_SNAKE.sub("_", key).lower(): value for key, value in rule.items()} for rule in endpoint.get("relabelings", [])]
    return {"job_name": monitor["metadata"]["name"], "honor_labels": endpoint.get("honorLabels", False),
            "metrics_path": endpoint["path"], "scrape_interval": "1s", "scrape_timeout": "1s",
            "file_sd_configs": [{"files": [str(targets)]}], "relabel_configs": rules}


def _label(name):
    return re.sub(r"\W", "_", name)


def _meta(what, labels):
    return {f"__meta_kubernetes_{what}_{_label(name)}": value for name, value in labels.items()}


def pod_targets(pods):
    """As role `pod`: every port of every container of every pod that has an address."""
    for pod in pods:
        if not pod["status"].get("podIP"):
            continue
        labels = {"__meta_kubernetes_namespace": pod["metadata"]["namespace"],
                  **_meta("pod", {"name": pod["metadata"]["name"], "phase": pod["status"]["phase"]}),
                  **_meta("pod_label", pod["metadata"].get("labels", {})),
                  **_meta("pod_annotation", pod["metadata"].get("annotations", {}))}
        for container in pod["spec"]["containers"]:
            for port in container.get("ports", []):
                yield {"targets": [f"{pod['status']['podIP']}:{port['containerPort']}"],
                       "labels": {**labels, "__meta_kubernetes_pod_container_port_name": port.get("name", "")}}


def service_targets(services, slices):
    """As role `endpoints`: every port of every address of every service."""
    by_name = {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in services}
    for one in slices:
        name = one["metadata"]["namespace"], one["metadata"]["labels"].get("kubernetes.io/service-name")
        if name not in by_name:
            continue
        labels = {"__meta_kubernetes_namespace": name[0],
                  **_meta("service_label", by_name[name]["metadata"].get("labels", {}))}
        for port in one["ports"] or []:
            for endpoint in one["endpoints"] or []:
                yield {"targets": [f"{address}:{port['port']}" for address in endpoint["addresses"]],
                       "labels": {**labels, "__meta_kubernetes_endpoint_port_name": port.get("name", ""),
                                  "__meta_kubernetes_pod_name": endpoint.get("targetRef", {}).get("name", "")}}


class Discovery:
    """Rewrites pods.json and services.json in a directory every half second, until `stop`."""

    def __init__(self, directory):
        self._directory = directory
        self._proxy = subprocess.Popen(["kubectl", "proxy", "--port=0"], stdout=subprocess.PIPE, text=True)
        self._url = "http://" + self._proxy.stdout.readline().split()[-1]
        self._stop = threading.Event()
        self._write()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._proxy.terminate()
        self._proxy.wait(timeout=20)
        self._proxy.stdout.close()

    def _run(self):
        while not self._stop.wait(0.5):
            try:
                self._write()
            except OSError as error:  # an API server under load may answer late; the last targets stay
                print(f"discovery: {error}")

    def _list(self, path):
        with urllib.request.urlopen(self._url + path, timeout=30) as response:
            return json.load(response)["items"]

    def _write(self):
        found = {"pods": pod_targets(self._list("/api/v1/pods")),
                 "services": service_targets(self._list("/api/v1/services"),
                                             self._list("/apis/discovery.k8s.io/v1/endpointslices"))}
        for name, targets in found.items():
            unfinished = self._directory / f"{name}.unfinished"
            unfinished.write_text(json.dumps(list(targets)))
            os.replace(unfinished, self._directory / f"{name}.json")


class Prometheus:
    def __init__(self, directory):
        objects = rendered()
        self.rules = objects["PrometheusRule"]["spec"]
        (directory / "rules.yaml").write_text(yaml.safe_dump(self.rules))
        service, pods = objects["ServiceMonitor"], objects["PodMonitor"]
        (directory / "prometheus.yaml").write_text(yaml.safe_dump({
            "global": {"evaluation_interval": "5s"},
            "rule_files": [str(directory / "rules.yaml")],
            "scrape_configs": [scrape_config(service, service["spec"]["endpoints"][0], "service", directory / "services.json"),
                               scrape_config(pods, pods["spec"]["podMetricsEndpoints"][0], "pod", directory / "pods.json")],
        }))
        self._discovery = Discovery(directory)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{listener.getsockname()[1]}"
        self._log = open(directory / "prometheus.log", "w", encoding="utf-8")
        self._process = subprocess.Popen(
            ["prometheus", f"--config.file={directory}/prometheus.yaml", f"--storage.tsdb.path={directory}/data",
             f"--web.listen-address={address}", "--log.level=warn"], stdout=self._log, stderr=self._log)
        self._url = f"http://{address}/api/v1/"
        kube.wait_for("Prometheus answers", 60, self._answers, lambda: (directory / "prometheus.log").read_text()[-2000:])

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=30)
        self._log.close()
        self._discovery.stop()

    def _answers(self):
        if self._process.poll() is not None:
            raise AssertionError(f"Prometheus ended with {self._process.returncode}")
        try:
            return self.ask("status/buildinfo")
        except OSError:
            return None

    def ask(self, path, **parameters):
        url = self._url + path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")
        with urllib.request.urlopen(url, timeout=30) as response:
            return json.load(response)["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]
