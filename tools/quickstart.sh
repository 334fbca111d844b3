#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
#
# `make quickstart`: from a bare Debian 12 to 336,776 verified rows. Can be interrupted and repeated.
set -euo pipefail
cd "$(dirname "$0")/.."

bold='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

step '1/4  Debian packages'
tools/install_debian.sh --build

mkdir -p build
step '2/4  Building culvert-runner and culvert-emulator (build/release/bin)'
cmake --preset release >build/quickstart-build.log 2>&1 || {
  cat build/quickstart-build.log
  exit 1
}
cmake --build --preset release -j "${JOBS:-$(nproc)}" --target culvert-runner culvert-emulator

step '3/4  Data: every flight that left New York City in 2013'
tools/fetch_data.py

step '4/4  Moving it'
exec python3 tools/quickstart.py
