// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

namespace culvert {

using WallTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;

/// The only source of time, and the only thing that may sleep. Injected everywhere. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time, UTC: for stamps, signatures and what the service compares.
  virtual WallTime Now() const = 0;
  /// Monotonic time: for deadlines, rates, durations.
  virtual SteadyTime SteadyNow() const = 0;
  /// Blocks until `deadline` or until `stop` is requested. True when the deadline was reached.
  virtual bool SleepUntil(SteadyTime deadline, const std::stop_token& stop) = 0;
};

/// The machine's clock.
std::unique_ptr<Clock> MakeSystemClock();

}  // namespace culvert
