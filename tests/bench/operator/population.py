# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Thousands of finished runs, copied in etcd from runs that an operator carried out.

Each copy has names and uids of its own, all its references among them, and the whole size of the original, managedFields
included. The operator gets them from the API server like any other object.
"""

import json
import uuid

KINDS = {  # resource in etcd: path of its list
    "culvert.dev/syncjobs": "/apis/culvert.dev/v1alpha1/namespaces/{}/syncjobs",
    "jobs": "/apis/batch/v1/namespaces/{}/jobs",
    "pods": "/api/v1/namespaces/{}/pods",
    "configmaps": "/api/v1/namespaces/{}/configmaps",
}
TEMPLATES = 20


def copy_runs(server, source, target, count, whole):
    """Copies runs of namespace `source` until `target` has `count` SyncJobs; {resource: how many objects}.

    The first `whole` of them with all that belongs to them, the rest as they are past ttlSecondsAfterFinished.
    """
    families = _families(server, source)
    counts = dict.fromkeys(KINDS, 0)

    def objects():
        for number in range(count):
            family = families[number % len(families)]
            if number >= whole:
                family = family[:1]
            for resource, name, text in _renamed(family, f"copy-{number:05d}", source, target):
                counts[resource] += 1
                yield f"/registry/{resource}/{target}/{name}", text

    server.put(objects())
    return counts


def _families(server, namespace):
    """The first runs, each as [(resource, object)], the SyncJob first."""
    jobs = server.get(KINDS["culvert.dev/syncjobs"].format(namespace) + f"?limit={TEMPLATES}")["items"]
    families = {job["metadata"]["uid"]: [("culvert.dev/syncjobs", job)] for job in jobs}
    for resource in ("jobs", "pods", "configmaps"):
        selector = f"?labelSelector=culvert.dev/run-uid+in+({','.join(families)})"
        for child in server.get(KINDS[resource].format(namespace) + selector)["items"]:
            families[child["metadata"]["labels"]["culvert.dev/run-uid"]].append((resource, child))
    return list(families.values())


def _renamed(family, name, source, target):
    run = family[0][1]["metadata"]
    fresh = {one["metadata"]["uid"]: str(uuid.uuid4()) for _, one in family}
    words = {f"{run['name']}-{run['uid'][:8]}": f"{name}-{fresh[run['uid']][:8]}", f'"{run["name"]}"': f'"{name}"',
             f'"{source}"': f'"{target}"', **fresh}

    def renamed(text):
        for word, other in words.items():
            text = text.replace(word, other)
        return text

    for resource, one in family:
        meta = {key: value for key, value in one["metadata"].items() if key != "resourceVersion"}
        text = json.dumps({**one, **_kind(resource), "metadata": meta})
        yield resource, name if one is family[0][1] else renamed(meta["name"]), renamed(text)


def _kind(resource):
    """Items of a list do not say what they are."""
    return {"culvert.dev/syncjobs": {"apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob"},
            "jobs": {"apiVersion": "batch/v1", "kind": "Job"}, "pods": {"apiVersion": "v1", "kind": "Pod"},
            "configmaps": {"apiVersion": "v1", "kind": "ConfigMap"}}[resource]
