#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
#
# The vendor's own clients against the emulator and the runner of build/release (or CULVERT_BIN_DIR):
# PyODPS by pytest, the Java SDK by Surefire. Arguments go to pytest, `--java` or `--pyodps` first runs one
# of the two, `--prepare` only makes the Python environment. Prints the runners' closing lines; exits non-zero when a test failed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
foreign=$root/tests/foreign
work=$root/build/foreign
export CULVERT_BIN_DIR=${CULVERT_BIN_DIR:-$root/build/release/bin}
export PYTHONDONTWRITEBYTECODE=1

suites="pyodps java"
case "${1:-}" in
  --prepare) suites="" ;;
  --java | --pyodps)
    suites=${1#--}
    shift
    ;;
esac
mkdir -p "$work"

emulator_pid=""
finish() {
  if [ -n "$emulator_pid" ]; then
    kill "$emulator_pid" 2>/dev/null || true
    wait "$emulator_pid" 2>/dev/null || true
  fi
}
trap finish EXIT

# A virtual environment that holds exactly requirements.txt.
python_environment() {
  local stamp=$work/venv/requirements.txt
  if ! cmp -s "$foreign/requirements.txt" "$stamp"; then
    rm -rf "$work/venv"
    python3 -m venv "$work/venv"
    "$work/venv/bin/python" -m pip --disable-pip-version-check install -q --no-deps \
      -r "$foreign/requirements.txt"
    cp "$foreign/requirements.txt" "$stamp"
  fi
}

run_pyodps() {
  python_environment
  "$work/venv/bin/python" -m pytest -q -p no:cacheprovider --durations=5 \
    --junitxml="$root/build/reports/foreign.xml" "$@" "$foreign/pyodps"
}

run_java() {
  local address=$work/emulator.json
  "$CULVERT_BIN_DIR/culvert-emulator" --listen 127.0.0.1:0 --project demo \
    --access-key foreign-test-id:foreign-test-secret >"$address" 2>"$work/emulator.log" &
  emulator_pid=$!
  for _ in $(seq 100); do
    [ -s "$address" ] && break
    kill -0 "$emulator_pid" || return 1
    sleep 0.1
  done
  local endpoint
  endpoint=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["endpoint"])' "$address")
  # Maven's own lines stay out of sight unless a test fails; Surefire's closing line is printed.
  local log=$work/java.log status=0
  (cd "$foreign/java" && mvn -B -Dstyle.color=never -Dculvert.bin="$CULVERT_BIN_DIR" \
    -Dculvert.endpoint="$endpoint" -Dculvert.project=demo -Dculvert.access.id=foreign-test-id \
    -Dculvert.access.secret=foreign-test-secret test) >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    grep -vE 'Download(ing|ed) from' "$log" | tail -n 200
    return "$status"
  fi
  grep -E 'Tests run:.*Time elapsed' "$log" | sed 's/^\[[A-Z]*\] *//' || true
  grep -E '^\[(INFO|WARNING)\] Tests run:' "$log" | grep -v 'Time elapsed' | sed 's/^\[[A-Z]*\] *//'
}

[ -n "$suites" ] || python_environment
failed=0
for suite in $suites; do
  printf '\n-- %s\n' "$suite"
  case $suite in
    pyodps) run_pyodps "$@" || failed=1 ;;
    java) run_java || failed=1 ;;
  esac
done
exit "$failed"
