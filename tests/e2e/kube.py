# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""kubectl, helm and what tests ask of a cluster."""

import json
import re
import subprocess
import time


def run(*words, stdin=None, check=True, timeout=300):
    """Standard output of a command; what it said is in the error when it fails."""
    done = subprocess.run([str(word) for word in words], input=stdin, text=True, capture_output=True, timeout=timeout, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"`{' '.join(map(str, words))}` exited {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def kubectl(*words, **options):
    return run("kubectl", *words, **options)


def apply(documents, namespace):
    """Applies manifests given as text, a dict or a list of dicts."""
    if isinstance(documents, dict):
        documents = [documents]
    text = documents if isinstance(documents, str) else "\n---\n".join(json.dumps(one) for one in documents)
    return kubectl("-n", namespace, "apply", "-f", "-", stdin=text)


def get(kind, name, namespace):
    """One object as a dict; None when there is none."""
    text = kubectl("-n", namespace, "get", kind, name, "--ignore-not-found", "-o", "json")
    return json.loads(text) if text.strip() else None


def list_of(kind, namespace, selector=""):
    """Objects of a kind, or of several with commas between; of all namespaces where `namespace` is None."""
    words = ["get", kind, "-o", "json", *(["-n", namespace] if namespace else ["--all-namespaces"])]
    words += ["-l", selector] if selector else []
    return json.loads(kubectl(*words))["items"]


def restricted_namespace(name):
    """A namespace in which only pods of the Pod Security level `restricted` may run."""
    apply({"apiVersion": "v1", "kind": "Namespace",
           "metadata": {"name": name, "labels": {"pod-security.kubernetes.io/enforce": "restricted",
                                                 "pod-security.kubernetes.io/warn": "restricted"}}}, "default")
    wait_for(f"the service account of {name}", 60, lambda: get("serviceaccount", "default", name))


def wait_for(what, seconds, ask, explain=lambda: ""):
    """Asks until the answer is true and returns it. The one place where these tests wait."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s\n{explain()}")
        time.sleep(0.25)


def condition(job, kind):
    """A condition of a SyncJob; {} before there is one."""
    for one in (job or {}).get("status", {}).get("conditions", []):
        if one["type"] == kind:
            return one
    return {}


class Job:
    """A SyncJob in the cluster."""

    def __init__(self, name, namespace):
        self.name, self.namespace = name, namespace

    def read(self):
        return get("syncjob", self.name, self.namespace)

    def children(self, kind):
        """Objects of a kind that belong to the run, by the label that the operator puts on them."""
        job = self.read()
        return list_of(kind, self.namespace, f"culvert.dev/run-uid={job['metadata']['uid']}") if job else []

    def wait(self, kind, status="True", reason=None, seconds=180):
        """Until a condition has a status (and a reason); returns the SyncJob."""
        def holds():
            job = self.read()
            found = condition(job, kind)
            ended = condition(job, "Succeeded")
            if status == "True" and kind == "Succeeded" and ended.get("status") == "False":
                raise AssertionError(f"SyncJob {self.name} failed: {ended}\n{self.explain()}")
            fits = found.get("status") == status and reason in (None, found.get("reason"))
            return job if fits else None
        return wait_for(f"SyncJob {self.name}: {kind}={status}{' ' + reason if reason else ''}", seconds, holds, self.explain)

    def wait_reason(self, reason, seconds=120):
        return wait_for(f"SyncJob {self.name}: {reason}", seconds,
                        lambda: condition(self.read(), "Succeeded").get("reason") == reason and self.read(), self.explain)

    def patch(self, spec):
        kubectl("-n", self.namespace, "patch", "syncjob", self.name, "--type=merge", "-p", json.dumps({"spec": spec}))

    def explain(self):
        """All that helps to see why a test failed."""
        job = self.read()
        uid = job["metadata"]["uid"] if job else ""
        parts = [json.dumps((job or {}).get("status", {}), indent=1)]
        parts.append(kubectl("-n", self.namespace, "get", "pods,jobs,cm", "-l", f"culvert.dev/run-uid={uid}", check=False))
        parts.append(kubectl("-n", self.namespace, "get", "events", "--sort-by=.lastTimestamp", check=False)[-3000:])
        for pod in list_of("pods", self.namespace, f"culvert.dev/run-uid={uid}")[-3:] if uid else []:
            parts.append(f"-- {pod['metadata']['name']}")
            parts.append(kubectl("-n", self.namespace, "logs", pod["metadata"]["name"], "--tail=20", check=False))
        parts.append(kubectl("-n", "culvert-system", "logs", "-l", "app.kubernetes.io/component=operator", "--tail=15",
                             "--prefix", check=False))
        return "\n".join(parts)


class PortForward:
    """A port of this machine that leads to a service or pod, as long as the `with` block lasts."""

    def __init__(self, target, port, namespace):
        self._words = ["kubectl", "-n", namespace, "port-forward", target, f":{port}", "--address=127.0.0.1"]

    def __enter__(self):
        self._process = subprocess.Popen(self._words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        line = self._process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        if not found:
            self._process.kill()
            raise AssertionError(f"{' '.join(self._words)}: {line}{self._process.stdout.read()}")
        return int(found[1])

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(timeout=20)
        self._process.stdout.close()
