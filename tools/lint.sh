#!/usr/bin/env bash
# Layers, formatting and clang-tidy over every source of ours.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 tools/check_layers.py
mapfile -t sources < <(git ls-files '*.h' '*.cc')
clang-format-19 --dry-run --Werror "${sources[@]}"
cmake --preset tidy >/dev/null
mapfile -t units < <(git ls-files 'libs/*.cc' 'emulator/*.cc' 'runner/*.cc')
printf '%s\n' "${units[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy-19 -p build/tidy --quiet
echo "lint: ${#sources[@]} files formatted, ${#units[@]} units tidy, layers kept"
