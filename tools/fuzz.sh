#!/usr/bin/env bash
# Builds the libFuzzer targets and runs each for the given seconds, starting from its corpus.
# Findings stay in build/fuzz/findings; new inputs in build/fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
cmake --preset fuzz >/dev/null
mapfile -t targets < <(sed -n 's/^culvert_fuzz(\([a-z0-9_]*\).*/fuzz_\1/p' tests/fuzz/CMakeLists.txt)
cmake --build --preset fuzz -j "$(nproc)" --target "${targets[@]}" | tail -n 1
mkdir -p build/fuzz/findings
for target in "${targets[@]}"; do
  name=${target#fuzz_}
  mkdir -p "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
  echo "== $target for $seconds s"
  "build/fuzz/bin/$target" -max_total_time="$seconds" -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$name-" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" \
    2> "build/fuzz/$name.log" || { tail -n 40 "build/fuzz/$name.log"; exit 1; }
  grep -E 'stat::(number_of_executed_units|peak_rss_mb)' "build/fuzz/$name.log"
done
echo "fuzz: ${#targets[@]} targets, $seconds s each, 0 findings"
