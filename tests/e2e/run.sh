#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
#
# `make e2e`: the operator on a real Kubernetes, installed by Helm, moving the quickstart's tables. Uses the cluster of
# KUBECONFIG where that is set: then CULVERT_IMAGE_REGISTRY names the registry that has the images of this revision
# (culvert/operator, culvert/runner, culvert/emulator, tagged with the chart's appVersion). Else starts a node, and stops it.
#
#   tests/e2e/run.sh [--keep] [PYTEST ARGUMENT...]     --keep leaves the cluster as it is, for a look
set -euo pipefail
cd "$(dirname "$0")/../.."
began=$SECONDS
keep=""
if [ "${1:-}" = --keep ]; then
  keep=yes
  shift
fi

say() { printf 'e2e: %s (%d s)\n' "$1" $((SECONDS - began)); }

if [ -n "${KUBECONFIG:-}" ] && [ -z "${CULVERT_IMAGE_REGISTRY:-}" ] && [ "$KUBECONFIG" != "$PWD/build/cluster/admin.conf" ]; then
  echo "e2e: KUBECONFIG is set, so CULVERT_IMAGE_REGISTRY must name the registry that has the images" >&2
  exit 2
fi
PATH="$(tests/cluster/tools kubernetes helm):$PATH"
export PATH
say 'tools are built'
if [ -z "${CULVERT_IMAGE_REGISTRY:-}" ]; then
  if [ -z "$keep" ]; then trap 'tests/cluster/down' EXIT; fi
  KUBECONFIG=$(tests/cluster/up)
  export KUBECONFIG
  say 'the cluster is up'
  tests/cluster/images --load
  python3 -m unittest discover --start-directory tests/images --pattern '*_test.py'
  say 'the images are built and loaded'
fi
tests/foreign/run.sh --prepare
tools/fetch_data.py
PYTHONDONTWRITEBYTECODE=1 build/foreign/venv/bin/python -m pytest -p no:cacheprovider \
  --junitxml=build/reports/e2e.xml --rootdir tests/e2e tests/e2e "$@"
say 'done'
