// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/basis.h"
#include "libs/schedule/timetable.h"

#include <chrono>
#include <cstdint>
#include <vector>

namespace culvert::schedule {

/// Business dates, both included.
struct BusinessDates {
  std::chrono::local_days first;
  std::chrono::local_days last;
};

inline constexpr std::size_t kBackfillRunsMax = 10'000;

/// The planned times of a backfill, ascending: business date D is what the timetable plans on the
/// day after D. kInvalidArgument when the dates are upside down, or none of them has a planned
/// time; kOutOfRange above kBackfillRunsMax.
Result<std::vector<std::chrono::sys_seconds>> BackfillTimes(const Timetable& timetable,
                                                            const BusinessDates& dates);

/// What the scheduling parameters of a backfill's run are computed from.
Basis BackfillBasis(const TimeZone& zone, std::chrono::sys_seconds planned,
                    std::chrono::sys_seconds made);

/// A run of the backfill that is there.
struct BackfillRun {
  enum class State : std::uint8_t { kRunning, kSucceeded, kFailed };
  std::chrono::sys_seconds planned;
  State state = State::kRunning;
};

struct BackfillLimits {
  std::size_t parallelism = 1;   // runs at once
  std::size_t failures_max = 0;  // after more than these, no run is started any more
};

struct BackfillDecision {
  std::vector<std::chrono::sys_seconds> start;  // oldest first
  std::size_t running = 0;                      // without those of `start`
  std::size_t succeeded = 0;
  std::size_t failed = 0;
  std::size_t left = 0;   // neither there nor in `start`
  bool finished = false;  // nothing runs, nothing will start
};

/// Runs that are there but not of `times` do not count.
BackfillDecision DecideBackfill(const std::vector<std::chrono::sys_seconds>& times,
                                const std::vector<BackfillRun>& runs, const BackfillLimits& limits);

}  // namespace culvert::schedule
