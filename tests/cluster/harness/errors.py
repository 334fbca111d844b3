# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong in a way that a person should read about; and how progress is told."""

import sys


class HarnessError(Exception):
    """A sentence for people: what failed, and what to look at or do."""


def say(text):
    """Progress goes to stderr: stdout carries results alone."""
    print(f"cluster: {text}", file=sys.stderr, flush=True)
