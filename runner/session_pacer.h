// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"

#include <chrono>
#include <cstddef>
#include <deque>

namespace culvert::runner {

/// Keeps openings of sessions below so many in a window, which is how the service limits them per
/// table. Not thread-safe.
class SessionPacer {
 public:
  SessionPacer(int openings_max, std::chrono::seconds window)
      : openings_max_(static_cast<std::size_t>(openings_max)), window_(window) {}

  /// Waits until one more may be opened, and counts it.
  Status Next(const OpContext& ctx);

 private:
  std::size_t openings_max_;
  std::chrono::seconds window_;
  std::deque<SteadyTime> openings_;
};

/// How long opening `sessions` takes at least.
std::chrono::seconds PacedOpening(std::size_t sessions, int openings_max,
                                  std::chrono::seconds window);

}  // namespace culvert::runner
