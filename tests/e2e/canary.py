# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The key that all DataSources of these tests use, made up so that a search finds it wherever it should not be."""

import base64
import json

KEY = ("AKCANARY7Q2ZT5XW", "canary-4f1d8e5b90c2a7")
# As written, and as a Secret shows it; without the end, which depends on what follows.
FORMS = [form for word in KEY for form in (word.encode(), base64.b64encode(word.encode()).rstrip(b"=")[:-1])]


def found_in(text):
    """Whether bytes or a string hold the key's id or secret."""
    content = text.encode() if isinstance(text, str) else text
    return any(form in content for form in FORMS)


def belongs_to_the_emulator(one):
    """The stand-in takes its key as an argument, as its values say; so its own Deployment, ReplicaSet and pods show it."""
    return one["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "emulator"


def objects_with_the_key(objects):
    """Names of the objects, of dicts as the API server gives them, that hold the key but are neither Secrets nor the emulator's."""
    return [f"{one['kind']} {one['metadata'].get('namespace', '')}/{one['metadata']['name']}" for one in objects
            if one["kind"] != "Secret" and not belongs_to_the_emulator(one) and found_in(json.dumps(one))]
