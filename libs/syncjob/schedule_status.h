// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/conditions.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// `status` of a SyncSchedule: what the operator tells, and what it must remember so that no planned
// time starts twice (`decidedUntilTime`, `retriedRuns`, `backfill`). Times are RFC 3339 in UTC.

namespace culvert::syncjob {

// Types of conditions of a SyncSchedule, beside Reconciling and Stalled.
inline constexpr std::string_view kValid = "Valid";  // the spec makes sense, to us and the API
inline constexpr std::string_view kReady = "Ready";  // the summary: runs are started as planned

/// One of `status.active`.
struct ActiveRun {
  std::string name = {};  // of the SyncJob
  std::string schedule_time = {};
  bool operator==(const ActiveRun&) const = default;
};
inline constexpr std::size_t kActiveRunsShown = 32;

/// `status.backfill`: the one of the spec, or the last one.
struct BackfillStatus {
  std::string name = {};
  std::string from = {};
  std::string to = {};
  std::int64_t total = 0;  // planned times
  std::int64_t running = 0;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  std::int64_t removed = 0;             // started, and the SyncJob is gone
  std::int64_t left = 0;                // not started
  std::string started_until_time = {};  // every planned time up to here was started
  std::string start_time = {};
  std::string completion_time = {};
  bool operator==(const BackfillStatus&) const = default;
};
inline constexpr std::size_t kFinishedBackfillsMax = 64;
inline constexpr std::size_t kRetriedRunsMax = 256;

struct SyncScheduleStatus {
  std::int64_t observed_generation = 0;
  std::vector<Condition> conditions = {};
  std::string printed_schedule = {};    // the lines in one
  std::string timetable_hash = {};      // of the lines and the zone that the times speak of
  std::string timetable_time = {};      // since when they, and `suspend`, are as they are
  std::string decided_until_time = {};  // every planned time up to here has been decided on
  std::string last_schedule_time = {};
  std::string last_successful_time = {};           // when the last successful run ended
  std::string last_successful_schedule_time = {};  // and what it was planned for
  std::string next_schedule_time = {};
  std::string last_missed_time = {};
  std::int64_t missed_runs = 0;
  std::int64_t runs_since_success = 0;  // planned times without one, up to kMissedCountMax
  std::int32_t active_count = 0;
  std::vector<ActiveRun> active = {};          // the first kActiveRunsShown
  std::vector<std::string> retried_runs = {};  // SyncJobs that failed and have their retry
  std::optional<BackfillStatus> backfill = {};
  std::vector<std::string> finished_backfills = {};  // names, oldest first
  bool operator==(const SyncScheduleStatus&) const = default;
};

/// `status` as the API server holds it; empty parts are left out.
nlohmann::json ScheduleStatusToJson(const SyncScheduleStatus& status);
/// The inverse; null is an empty status. Members that this version does not know are left out;
/// kInvalidArgument for one of a wrong type.
Result<SyncScheduleStatus> ScheduleStatusFromJson(const nlohmann::json& value);

}  // namespace culvert::syncjob
