// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// `spec` of a SyncSchedule of culvert.dev/v1alpha1 as a C++ value: what a user writes, defaults
// filled in. docs/spec/v1alpha1/syncschedule.md explains each field.

namespace culvert::syncjob {

/// What a run that comes due while another one runs does.
enum class ConcurrencyPolicy : std::uint8_t { kForbid, kAllow, kReplace };
/// What becomes of planned times that could not start a run when they came.
enum class CatchUpPolicy : std::uint8_t { kNone, kLast, kAll };

struct ScheduleParameter {
  std::string name;
  std::string value;  // with expressions in it: `${yyyymmdd-1}`
  bool operator==(const ScheduleParameter&) const = default;
};

/// `spec.backfill`: runs for business dates that are past.
struct BackfillSpec {
  std::string name;
  std::string from;  // YYYY-MM-DD, both included
  std::string to;
  std::int32_t parallelism = 1;
  std::int32_t failure_limit = 0;  // after more failed runs than these, none is started any more
  bool operator==(const BackfillSpec&) const = default;
};

struct SyncSchedule {
  std::string name;
  std::string name_space = "default";
  std::vector<std::string> schedules;  // cron lines; from `schedule` or `schedules`
  std::string time_zone = "Asia/Shanghai";
  std::optional<std::int32_t> starting_deadline_seconds = {};
  ConcurrencyPolicy concurrency_policy = ConcurrencyPolicy::kForbid;
  CatchUpPolicy catch_up_policy = CatchUpPolicy::kLast;
  std::int32_t catch_up_limit = 10;
  std::int32_t jitter_seconds = 0;
  bool suspend = false;
  std::int32_t successful_jobs_history_limit = 3;
  std::int32_t failed_jobs_history_limit = 1;
  std::int32_t retries = 0;
  std::int32_t retry_delay_seconds = 120;
  std::vector<ScheduleParameter> parameters;
  std::optional<BackfillSpec> backfill = {};
  // jobTemplate.metadata; jobTemplate.spec is read for each run, once its parameters have values.
  std::map<std::string, std::string> job_labels;
  std::map<std::string, std::string> job_annotations;
  bool operator==(const SyncSchedule&) const = default;
};

inline constexpr std::size_t kScheduleNameBytesMax = 63;  // it is the value of a label, too
inline constexpr std::size_t kScheduleParametersMax = 128;

/// Reads one SyncSchedule as YAML or JSON, as strict as ParseManifest and with the same messages.
/// What the cron lines, the zone and the expressions mean is not looked at. kInvalidArgument.
Result<SyncSchedule> ParseSyncSchedule(std::string_view text, std::string_view file_name);

/// The same for an API server's object that is parsed already; `name` stands for the file.
Result<SyncSchedule> ReadSyncSchedule(const nlohmann::json& object, std::string_view name);

}  // namespace culvert::syncjob
