// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace culvert::test {

/// Whether every fault has its turn, as in `make faults` (CULVERT_FAULTS=all), or a part of them,
/// as in `make test`.
inline bool AllFaults() {
  const char* value = std::getenv("CULVERT_FAULTS");
  return value != nullptr && std::string_view(value) == "all";
}

/// One line for tools/faults.py: so many plans whose fault took place, so many kills, and every one
/// of them ended as it must.
inline void TellFaults(int plans, int kills) {
  std::printf("faults: %d plans, %d kills\n", plans, kills);
  std::fflush(stdout);
}

}  // namespace culvert::test
