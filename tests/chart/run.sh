#!/usr/bin/env bash
# The chart, the CRDs and GitOps: templates, linters, alerts, health scripts; then every rule of the CRDs, and applying again and
# again, against a real API server without controllers (KUBECONFIG is not used: nothing here belongs in somebody's cluster).
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH="$(tests/cluster/tools helm kube-score kubernetes):$PATH"
PATH="$PATH:/usr/local/go/bin"
export PATH
unset KUBECONFIG
for room in chart crds gitops; do
  python3 -m unittest discover --start-directory "tests/$room" --pattern '*_test.py'
done

state=build/chart-api
trap 'tests/cluster/down --state "$state" >/dev/null 2>&1 || true' EXIT
KUBECONFIG=$(tests/cluster/up --api-only --own --state "$state" | tail -n 1)
export KUBECONFIG
python3 tests/chart/server_check.py # leaves the CRDs
python3 tests/chart/policy_check.py
python3 tests/crds/run_cases.py
python3 tests/crds/outputs_check.py
python3 tests/gitops/apply_check.py
