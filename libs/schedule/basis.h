// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/time_zone.h"

#include <chrono>
#include <string>
#include <string_view>

namespace culvert::schedule {

/// What scheduling parameters are computed from: the planned time of a run, and the day before it,
/// which the run is about. A run that starts late, or again, has the same.
struct Basis {
  TimeZone zone;
  std::chrono::sys_seconds cycle;         // the planned time
  std::chrono::local_days business_date;  // the day before it, in the zone
  std::chrono::local_days current;        // the day on which the run was made, in the zone
  bool backfill = false;
  // $jobid, $nodeid, $taskid; empty where they are not known.
  std::string job_id = {};
  std::string node_id = {};
  std::string task_id = {};

  /// A run planned for `cycle`, made at `made` (the planned time itself where that is not known).
  static Basis Of(TimeZone zone, std::chrono::sys_seconds cycle, std::chrono::sys_seconds made);
};

/// `2025-03-31T00:10:05` is local time in `zone` (one that occurs twice is the first; one that does
/// not occur is refused); with `Z` or `+08:00` behind it, an instant. kInvalidArgument.
Result<std::chrono::sys_seconds> ParseCycleTime(std::string_view text, const TimeZone& zone);

}  // namespace culvert::schedule
