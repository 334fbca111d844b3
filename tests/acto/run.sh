#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
#
# The Acto walk (walk.py, which takes the arguments) with an API server and controllers of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
trap 'tests/cluster/down --state build/acto-server >/dev/null 2>&1' EXIT
CULVERT_TEST_KUBECONFIG=$(tests/cluster/up --own --control-plane --state build/acto-server)
export CULVERT_TEST_KUBECONFIG
python3 tests/acto/walk.py "$@"
