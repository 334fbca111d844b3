#!/usr/bin/env bash
# Builds the libFuzzer targets and runs each for the given seconds, starting from its corpus: all of
# them, or those named (url json). As many run at a time as there are cores: each has one thread.
# Findings stay in build/fuzz/findings, new inputs in build/fuzz/corpus, logs in build/fuzz/log.
set -euo pipefail
cd "$(dirname "$0")/.."
export SECONDS_EACH=${1:-60}
names=("${@:2}")
[ ${#names[@]} -gt 0 ] ||
  mapfile -t names < <(sed -n 's/^culvert_fuzz(\([a-z0-9_]*\).*/\1/p' tests/fuzz/CMakeLists.txt)
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)" --target "${names[@]/#/fuzz_}" | tail -n 1
mkdir -p build/fuzz/findings build/fuzz/log

# Runs one target; prints its closing figures, or the end of its log.
fuzz() {
  local name=$1 log="build/fuzz/log/$1"
  mkdir -p "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
  if ! "build/fuzz/bin/fuzz_$name" -max_total_time="$SECONDS_EACH" -rss_limit_mb=2048 -timeout=30 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/findings/$name-" \
    "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" 2>"$log"; then
    printf '%s: finding\n%s\n' "$name" "$(tail -n 40 "$log")"
    return 1
  fi
  awk -v name="$name" '
    /^#[0-9]+\tDONE/ { for (i = 1; i < NF; ++i) at[$i] = $(i + 1) }
    /stat::number_of_executed_units/ { units = $2 }
    /stat::average_exec_per_sec/ { rate = $2 }
    END { printf "%-15s %10d units %7d/s  coverage %6d  features %6d  corpus %s\n",
                 name, units, rate, at["cov:"], at["ft:"], at["corp:"] }' "$log"
}
export -f fuzz

echo "fuzz: ${#names[@]} targets, $SECONDS_EACH s each"
if ! printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz {}'; then
  echo "fuzz: findings in build/fuzz/findings; logs in build/fuzz/log"
  exit 1
fi
echo "fuzz: ${#names[@]} targets, $SECONDS_EACH s each, 0 findings"
