// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"

#include <algorithm>
#include <chrono>

namespace culvert::maxcompute::internal {

struct PollPace {
  std::chrono::milliseconds first;
  std::chrono::milliseconds longest;
};

/// Waits between two looks at something that changes on the server: `first`, then doubling up to
/// `longest`.
class Poll {
 public:
  explicit Poll(const PollPace& pace) : pace_(pace), next_(pace.first) {}

  /// kDeadlineExceeded when the wait would pass the deadline, kCancelled on stop.
  Status Wait(const OpContext& ctx) {
    const SteadyTime until = ctx.clock.SteadyNow() + next_;
    next_ = std::min(next_ * 2, pace_.longest);
    if (until >= ctx.deadline)
      return Fail(DeadlineExceeded("the deadline is before the next look"));
    if (!ctx.clock.SleepUntil(until, ctx.stop)) return Fail(Cancelled("stopped"));
    return {};
  }

 private:
  PollPace pace_;
  std::chrono::milliseconds next_;
};

}  // namespace culvert::maxcompute::internal
