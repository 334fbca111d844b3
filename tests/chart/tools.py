# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The programs that the chart's tests call, and what Helm makes of the chart."""

import functools
import json
import os
import pathlib
import shutil
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CHART = ROOT / "charts" / "culvert"
HELP = {
    "promtool": "Debian package prometheus, tools/install_debian.sh --test",
    "lua5.4": "Debian package lua5.4, tools/install_debian.sh --test",
    "helm": "tests/cluster/tools helm",
    "kubeconform": "tests/cluster/tools helm",
    "kube-score": "tests/cluster/tools kube-score",
    "go": "Go 1.26",
}


def program(name):
    """The path of a program; its absence is an error, never a skipped test."""
    found = shutil.which(name)
    if found is None:
        raise AssertionError(f"{name} is not on PATH: {HELP[name]}")
    return found


def run(*command, stdin=None, check=True):
    """(exit code, standard output and error)."""
    environment = {**os.environ, "HELM_CACHE_HOME": "/nonexistent", "HELM_CONFIG_HOME": "/nonexistent", "HELM_DATA_HOME": "/nonexistent"}
    done = subprocess.run([program(command[0]), *map(str, command[1:])], input=stdin, text=True, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=300)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} exited {done.returncode}\n{done.stdout}")
    return done.returncode, done.stdout


@functools.lru_cache(maxsize=None)
def _template(values, namespace, release):
    """Manifests as text; values as JSON text, so that they can be a key."""
    return run("helm", "template", release, CHART, "--namespace", namespace, "--values", "-", stdin=values)[1]


def manifests(values=None, namespace="culvert-system", release="culvert"):
    """Text of all manifests of the chart with these values."""
    return _template(json.dumps(values or {}), namespace, release)


def render(values=None, namespace="culvert-system", release="culvert"):
    """All objects of the chart with these values."""
    return [document for document in yaml.safe_load_all(manifests(values, namespace, release)) if document]


def only(objects, kind, name=None):
    """The one object of a kind, and of a name where there are several."""
    found = [one for one in objects if one["kind"] == kind and name in (None, one["metadata"]["name"])]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} objects {kind} {name or ''}, there are " +
                             ", ".join(f"{one['kind']} {one['metadata']['name']}" for one in objects))
    return found[0]


def kinds(objects, kind):
    return [one for one in objects if one["kind"] == kind]


def pods(objects):
    """(name, metadata, spec) of every pod that the chart makes or lets be made."""
    for one in objects:
        if one["kind"] == "Pod":
            yield one["metadata"]["name"], one["metadata"], one["spec"]
        elif one["kind"] == "Deployment":
            template = one["spec"]["template"]
            yield one["metadata"]["name"], template["metadata"], template["spec"]


# Everything switched on, in both scopes.
EVERYTHING = {
    "emulator": {"enabled": True},
    "networkPolicy": {"enabled": True},
    "admissionPolicy": {"enabled": True},
    "metrics": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}, "rules": {"enabled": True},
                "dashboard": {"enabled": True}},
}
CLUSTER = EVERYTHING
NAMESPACES = {**EVERYTHING, "watch": {"mode": "Namespaces", "namespaces": ["sales", "lake"]}}
