// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/fault_plans.h"
#include "tests/support/sanitized.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace culvert::test {

/// Kills a program at the points 1, 2, 3 … of its run, each time in a run of its own, until
/// `crash_at(n)` says that the run had no n-th point. The run must have more than ten points, or
/// they were not found, and fewer than `most`. The first failure ends it.
inline void CrashAtEveryPoint(int most, const std::function<bool(int)>& crash_at) {
  constexpr int kFewest = 10;
  // A run makes few kinds of calls many times, and a sanitizer looks at code, not at outcomes: each
  // third point has every kind.
  constexpr int kStep = kSanitized ? 3 : 1;
  int n = 1;
  int kills = 0;
  for (; n < most; n += kStep) {
    SCOPED_TRACE("crash point " + std::to_string(n));
    if (!crash_at(n) || ::testing::Test::HasFailure()) break;
    ++kills;
  }
  TellFaults(kills, kills);
  EXPECT_GT(n, kFewest);
  EXPECT_LT(n, most);
}

}  // namespace culvert::test
