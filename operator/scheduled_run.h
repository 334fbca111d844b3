// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/schedule/time_zone.h"
#include "operator/objects.h"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace culvert::control {

/// A run that a schedule is to make.
struct RunRequest {
  std::chrono::sys_seconds planned = {};
  std::string backfill = {};  // the one that it belongs to; empty: it was planned
  std::int32_t retry = 0;     // 0: the first run of its planned time
  std::string retry_of = {};  // name of the SyncJob that failed
  bool operator==(const RunRequest&) const = default;
};

/// `nightly-20250330t161000z`, `nightly.march-20250330t161000z`, and `.r1` behind it for a retry. A
/// schedule's name has no dot in it, so no two runs of any schedules share a name.
std::string ScheduledRunName(const std::string& schedule, const RunRequest& run);

/// The SyncJob of a run, with the values of its scheduling parameters in place. Its spec has passed
/// the reader of manifests; what else holds for runs of schedules is checked too. Pure.
/// kInvalidArgument, reason UnresolvedPlaceholder where it is that, and others as ReadManifest.
Result<nlohmann::json> MakeScheduledRun(const ScheduleObject& schedule,
                                        const schedule::TimeZone& zone, const RunRequest& run,
                                        WallTime now);

}  // namespace culvert::control
