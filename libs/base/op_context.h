// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"

#include <stop_token>
#include <utility>

namespace culvert {

class Logger;

/// First argument of anything that may block; passed down, never stored in a member.
/// `clock` and `log` must outlive every call that gets this context.
struct OpContext {
  std::stop_token stop;
  SteadyTime deadline = SteadyTime::max();
  Clock& clock;
  Logger& log;

  /// The same context with the earlier of its deadline and now + `budget`.
  OpContext WithTimeout(std::chrono::milliseconds budget) const {
    OpContext shorter = *this;
    const SteadyTime limit = clock.SteadyNow() + budget;
    shorter.deadline = limit < deadline ? limit : deadline;
    return shorter;
  }
  /// kCancelled when stop was requested, kDeadlineExceeded when time is up, else success.
  Status Check() const {
    if (stop.stop_requested()) return Fail(Cancelled("stopped"));
    if (clock.SteadyNow() >= deadline) return Fail(DeadlineExceeded("the deadline has passed"));
    return {};
  }
};

}  // namespace culvert
