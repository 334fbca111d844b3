#!/usr/bin/env bash
# Runs the stages of `make test`, or the ones named: release chart apiserver foreign quickstart docs e2e asan tsan.
# Each stage prints its runner's own closing lines; the first failure ends the run.
# e2e is skipped, and the last lines say so, where the machine cannot be a Kubernetes node; with CULVERT_E2E or KUBECONFIG
# set it fails there.
# asan and tsan run the tests of every room; exhaustive ones do less there (tests/support/sanitized.h). Where the stages before them
# took more than $sanitize_within seconds, the machine is too slow for all that within the hour of make test: then they take the rooms
# that read what others send, the last lines say so, and `make sanitizers` has the rest. Stages that are named are always whole.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
stages=("$@")
within_the_hour=$([ ${#stages[@]} -gt 0 ] || echo yes)
sanitize_within=1500
sanitize_first=(base_test http_test maxcompute_wire_test)
[ ${#stages[@]} -gt 0 ] || stages=(release chart apiserver foreign quickstart docs e2e asan tsan)
skipped=()
SECONDS=0

say() { printf '\n== %s (%s)\n' "$1" "$(date -u +%H:%M:%S)"; }

# check PRESET LABELS [CTEST-OPTION...]: runs ctest; prints the failures, or the closing lines alone.
check() {
  local preset=$1 labels=$2 log="build/$1-ctest.log" report="$PWD/build/reports/$1-${2//|/-}.xml"
  mkdir -p build/reports
  if ! ctest --preset "$preset" -j "$jobs" -L "$labels" "${@:3}" --no-tests=error --output-junit "$report" >"$log" 2>&1; then
    grep -vE '^ *[0-9]+/[0-9]+ Test.*Passed|^ *Start ' "$log" | tail -n 300
    return 1
  fi
  grep -E 'tests passed|Total Test time|\*\*\*Skipped|Not Run' "$log"
}

# every_program_has_tests PRESET: a test program of which ctest knows no case would pass by its silence.
every_program_has_tests() {
  ctest --preset "$1" --show-only=json-v1 | python3 -c '
import json, pathlib, sys
programs = {pathlib.Path(test["command"][0]).name for test in json.load(sys.stdin)["tests"] if test.get("command")}
silent = [path.name for path in sorted(pathlib.Path(sys.argv[1]).glob("*_test")) if path.name not in programs]
if silent:
    sys.exit("no test of " + ", ".join(silent) + ": the program lists none, or is left from an older tree (then remove it)")
' "build/$1/bin"
}

# build PRESET [TARGET...]
build() {
  local preset=$1 log="build/$1-build.log" targets=()
  shift
  [ $# -eq 0 ] || targets=(--target "$@")
  cmake --preset "$preset" >/dev/null
  mkdir -p build
  if ! cmake --build --preset "$preset" -j "$jobs" "${targets[@]}" >"$log" 2>&1; then
    grep -E 'error|FAILED' "$log" | head -n 50
    return 1
  fi
  tail -n 1 "$log"
}

for stage in "${stages[@]}"; do
  say "$stage"
  case $stage in
    release)
      build release
      every_program_has_tests release
      check release 'unit|conformance|integration|lint|fuzz'
      ;;
    asan | tsan)
      if [ -n "$within_the_hour" ] && [ $SECONDS -gt $sanitize_within ]; then
        first=("${sanitize_first[@]}")
        [ "$stage" = asan ] || first=(base_test http_test)  # the others have no threads
        build "$stage" "${first[@]}"
        check "$stage" unit -R "^($(IFS='|' && echo "${first[*]}"))_"
        skipped+=("$stage: only ${first[*]}, because the stages before took $((SECONDS / 60)) minutes; make sanitizers has the rest")
        echo "${skipped[-1]}"
      else
        build "$stage" culvert_tests
        check "$stage" 'unit|conformance|integration'
      fi
      ;;
    foreign)
      build release
      tests/foreign/run.sh
      ;;
    chart) tests/chart/run.sh ;;
    quickstart) tools/quickstart.sh ;;
    docs) python3 tools/check_docs.py ;;
    apiserver)
      build release
      ( # a server of its own, which goes with these parentheses; a test that skips here would be a test that never runs
        trap 'tests/cluster/down --state build/api-server' EXIT
        CULVERT_TEST_KUBECONFIG=$(tests/cluster/up --own --api-only --state build/api-server)
        export CULVERT_TEST_KUBECONFIG
        for label in apiserver controllers; do
          # Controllers put objects of their own into a namespace, which not every test can do with.
          [ $label = apiserver ] || tests/cluster/up --own --control-plane --state build/api-server >/dev/null
          check release $label
          if grep -F '***Skipped' build/release-ctest.log; then exit 1; fi
        done
      )
      ;;
    e2e)
      if [ -z "${CULVERT_E2E:-}${KUBECONFIG:-}" ] && ! obstacle=$(tests/cluster/up --check); then
        skipped+=("e2e: skipped, because $obstacle")
        echo "${skipped[-1]}"
      else
        build release
        tests/e2e/run.sh
      fi
      ;;
    *)
      printf 'unknown stage %s\n' "$stage" >&2
      exit 2
      ;;
  esac
done
say done
[ ${#skipped[@]} -eq 0 ] || printf '%s\n' "${skipped[@]}"
