#!/usr/bin/env bash
# Runs the stages of `make test`, or the ones named: release asan tsan foreign quickstart docs.
# Each stage prints its runner's own closing lines; the first failure ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
stages=("$@")
[ ${#stages[@]} -gt 0 ] || stages=(release asan tsan foreign quickstart docs)

say() { printf '\n== %s (%s)\n' "$1" "$(date -u +%H:%M:%S)"; }

# Runs ctest; prints the failures, or the closing lines alone.
check() {
  local preset=$1 labels=$2 log="build/$1-ctest.log"
  if ! ctest --preset "$preset" -j "$jobs" -L "$labels" --no-tests=error >"$log" 2>&1; then
    grep -vE '^ *[0-9]+/[0-9]+ Test.*Passed|^ *Start ' "$log" | tail -n 300
    return 1
  fi
  grep -E 'tests passed|Total Test time|\*\*\*Skipped|Not Run' "$log"
}

build() {
  cmake --preset "$1" >/dev/null
  cmake --build --preset "$1" -j "$jobs" | tail -n 3
}

for stage in "${stages[@]}"; do
  say "$stage"
  case $stage in
    release)
      build release
      check release 'unit|conformance|integration|lint|fuzz'
      ;;
    asan | tsan)
      build "$stage"
      check "$stage" 'unit|conformance|integration'
      ;;
    foreign)
      build release
      tests/foreign/run.sh
      ;;
    quickstart) tools/quickstart.sh ;;
    docs) python3 tools/check_docs.py ;;
    *)
      printf 'unknown stage %s\n' "$stage" >&2
      exit 2
      ;;
  esac
done
say done
