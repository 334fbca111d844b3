// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"

#include <chrono>
#include <functional>
#include <stop_token>

namespace culvert::test {

/// Asks `predicate` every few milliseconds until it is true or `deadline` has passed; says which.
/// The one place where a test waits for another thread or process.
inline bool Eventually(std::chrono::milliseconds deadline, const std::function<bool()>& predicate) {
  constexpr std::chrono::milliseconds kPause{5};
  const auto clock = MakeSystemClock();
  const SteadyTime end = clock->SteadyNow() + deadline;
  while (!predicate()) {
    if (clock->SteadyNow() >= end) return false;
    clock->SleepUntil(clock->SteadyNow() + kPause, std::stop_token());
  }
  return true;
}

}  // namespace culvert::test
