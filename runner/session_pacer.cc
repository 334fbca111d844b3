// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/session_pacer.h"

namespace culvert::runner {

Status SessionPacer::Next(const OpContext& ctx) {
  CULVERT_TRY(ctx.Check());
  if (openings_.size() == openings_max_) {
    const SteadyTime free = openings_.front() + window_;
    if (free > ctx.clock.SteadyNow() && !ctx.clock.SleepUntil(free, ctx.stop)) {
      return Fail(Cancelled("stopped"));
    }
    openings_.pop_front();
  }
  openings_.push_back(ctx.clock.SteadyNow());
  return {};
}

std::chrono::seconds PacedOpening(std::size_t sessions, int openings_max,
                                  std::chrono::seconds window) {
  if (sessions == 0) return std::chrono::seconds{0};
  return window *
         static_cast<std::int64_t>((sessions - 1) / static_cast<std::size_t>(openings_max));
}

}  // namespace culvert::runner
