#!/usr/bin/env bash
# Layers, formatting and clang-tidy over every source of ours. JOBS sets how many units are read at once.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 tools/check_layers.py
mapfile -t sources < <(git ls-files '*.h' '*.cc')
clang-format-19 --dry-run --Werror "${sources[@]}"
cmake --preset tidy >/dev/null
python3 tools/tidy.py --jobs "${JOBS:-$(nproc)}"
echo "lint: ${#sources[@]} files formatted, every unit tidy, layers kept"
