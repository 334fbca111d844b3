# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""culvert-operator as a local process that is measured."""

import pathlib
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request

_SERIES = re.compile(r"^([a-z_]+)(?:\{([^}]*)\})? (\S+)$", re.M)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


class OperatorProcess:
    """`command`: what comes before the program, to pin it. Its log goes to the end of `log`."""

    def __init__(self, command, program, kubeconfig, namespace, flags, log):
        self._metrics, self._health = (f"127.0.0.1:{port}" for port in _free_ports(2))
        self._log = open(log, "ab")
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [*command, program, "--runner-image", "culvert-runner:bench", "--kubeconfig", kubeconfig,
             "--namespace", namespace, "--watch-namespaces", namespace, "--metrics-address", self._metrics,
             "--health-address", self._health, *flags], stdout=self._log, stderr=self._log)
        self.pid = self._process.pid

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def is_alive(self):
        return self._process.poll() is None

    def wait_until_ready(self, seconds=120):
        """Seconds from its start until /readyz said that the caches are filled."""
        end = self.began + seconds
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise SystemExit(f"bench: culvert-operator ended with {self._process.returncode}; log: {self._log.name}")
            try:
                urllib.request.urlopen(f"http://{self._health}/readyz", timeout=5).close()
                return time.monotonic() - self.began
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.02)
        raise SystemExit(f"bench: culvert-operator was not ready after {seconds} s; log: {self._log.name}")

    def metrics(self):
        """[(name, labels, value)]"""
        with urllib.request.urlopen(f"http://{self._metrics}/metrics", timeout=30) as answer:
            page = answer.read().decode()
        return [(name, dict(_LABEL.findall(labels)), float(value)) for name, labels, value in _SERIES.findall(page)]

    def total(self, name, **labels):
        """The sum of a metric's series that have these labels."""
        return sum(value for series, said, value in self.metrics()
                   if series == name and labels.items() <= said.items())

    def quantile(self, name, share):
        """The upper bound of the bucket that holds this share of a histogram's observations."""
        buckets = sorted((float(labels["le"]), value) for series, labels, value in self.metrics()
                         if series == name + "_bucket")
        wanted = share * buckets[-1][1]
        return next(bound for bound, count in buckets if count >= wanted)

    def memory(self):
        """Resident now and at most, in MiB."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return tuple(int(re.search(rf"^{key}:\s+(\d+) kB", status, re.M)[1]) / 1024 for key in ("VmRSS", "VmHWM"))


def _free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for listener in held:
        listener.bind(("127.0.0.1", 0))
    ports = [listener.getsockname()[1] for listener in held]
    for listener in held:
        listener.close()
    return ports
