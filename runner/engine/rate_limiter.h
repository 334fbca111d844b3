// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace culvert::runner {

/// Shares out a rate, of record bytes or of rows, among streams: a bucket of a tenth of a second.
/// The rate may change at any time; who waits already then waits by the new one. Thread-safe.
class RateLimiter {
 public:
  /// Units a second; 0: no limit.
  explicit RateLimiter(double rate) : rate_(rate) {}

  /// A place in the line of those who wait.
  using Place = double;

  /// Takes the next place for `units` at `now`; they pass once Wait returns. Nothing: no limit.
  std::optional<Place> Take(std::uint64_t units, SteadyTime now);
  /// Waits for the turn of `place`. kCancelled on stop.
  Status Wait(const OpContext& ctx, Place place);

  /// From `now` on, a time of the clock that Wait gets.
  void SetRate(double rate, SteadyTime now);

 private:
  SteadyTime TurnOf(Place place) const REQUIRES(mutex_);

  Mutex mutex_;
  double rate_ GUARDED_BY(mutex_);
  // The stream of all units, as one number line: how far it is promised, and a point that it passes
  // (passed_ at time anchor_).
  bool started_ GUARDED_BY(mutex_) = false;
  double promised_ GUARDED_BY(mutex_) = 0;
  double passed_ GUARDED_BY(mutex_) = 0;
  SteadyTime anchor_ GUARDED_BY(mutex_);
};

}  // namespace culvert::runner
