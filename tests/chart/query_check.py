#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Asks a Prometheus that has scraped operator and runners for everything that the chart's alerts and dashboard ask for.

    tests/chart/query_check.py http://127.0.0.1:9090

Every panel must return a series, every metric of an alert must be there, and no query may fail. An alert's own query is empty on a
good day.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

from monitoring import alerts, metrics, queries


def ask(server, query):
    """The result of a query; raises what the server says is wrong."""
    url = f"{server.rstrip('/')}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as error:
        raise RuntimeError(json.load(error).get("error", str(error))) from error


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    server, failures, count = sys.argv[1], [], 0
    names = set(alerts())
    for where, query in queries():
        count += 1
        wanted = [query] if where not in names else [f"count({name})" for name in sorted(metrics(query))]
        try:
            ask(server, query)
            failures += [f"{where}: no data: {one}" for one in wanted if not ask(server, one)]
        except RuntimeError as error:
            failures.append(f"{where}: {error}: {query}")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"queries: {max(count - len(failures), 0)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
