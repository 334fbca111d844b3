// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/backfill.h"

#include <algorithm>
#include <map>
#include <string>

namespace culvert::schedule {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_seconds;

Result<std::vector<sys_seconds>> BackfillTimes(const Timetable& timetable,
                                               const BusinessDates& dates) {
  if (dates.last < dates.first) {
    return Fail(InvalidArgument("the last business date is before the first, swap them"));
  }
  const TimeZone& zone = timetable.zone();
  const auto midnight = [&zone](std::chrono::local_days day) {
    return zone.ToInstant(day).instant;
  };
  std::vector<sys_seconds> times;
  const sys_seconds end = midnight(dates.last + days(2));
  auto time = timetable.Next(midnight(dates.first + days(1)) - seconds(1));
  for (; time && *time < end; time = timetable.Next(*time)) {
    if (times.size() == kBackfillRunsMax) {
      return Fail(OutOfRange("a backfill of more than " + std::to_string(kBackfillRunsMax) +
                             " runs; take fewer business dates at a time"));
    }
    times.push_back(*time);
  }
  if (!times.empty()) return times;
  return Fail(
      InvalidArgument("the schedule plans no run for these business dates; a business date "
                      "is the day before a run"));
}

Basis BackfillBasis(const TimeZone& zone, sys_seconds planned, sys_seconds made) {
  Basis basis = Basis::Of(zone, planned, made);
  basis.backfill = true;
  return basis;
}

BackfillDecision DecideBackfill(const std::vector<sys_seconds>& times,
                                const std::vector<BackfillRun>& runs,
                                const BackfillLimits& limits) {
  using State = BackfillRun::State;
  std::map<sys_seconds, State> known;
  for (const BackfillRun& run : runs) known.emplace(run.planned, run.state);
  BackfillDecision decision;
  std::vector<sys_seconds> missing;
  for (const sys_seconds time : times) {
    const auto found = known.find(time);
    if (found == known.end()) {
      missing.push_back(time);
    } else if (found->second == State::kRunning) {
      ++decision.running;
    } else {
      ++(found->second == State::kSucceeded ? decision.succeeded : decision.failed);
    }
  }
  const bool stopped = decision.failed > limits.failures_max;
  const std::size_t parallelism = std::max<std::size_t>(1, limits.parallelism);
  const std::size_t room = parallelism - std::min(parallelism, decision.running);
  const std::size_t count = stopped ? 0 : std::min(room, missing.size());
  decision.start.assign(missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(count));
  decision.left = missing.size() - count;
  decision.finished = decision.running == 0 && count == 0 && (stopped || missing.empty());
  return decision;
}

}  // namespace culvert::schedule
