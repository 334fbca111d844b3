// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_rules.h"

#include "libs/base/digest.h"
#include "libs/base/time_format.h"
#include "libs/schedule/backfill.h"

#include <utility>

namespace culvert::control {
namespace {

using std::chrono::seconds;

constexpr std::size_t kHashDigits = 16;

template <typename T>
Result<T> Of(const std::string& field, Result<T> result) {
  if (!result) result.error().message = field + ": " + result.error().message;
  return result;
}

schedule::CatchUp CatchUpOf(syncjob::CatchUpPolicy policy) {
  switch (policy) {
    case syncjob::CatchUpPolicy::kNone:
      return schedule::CatchUp::kNone;
    case syncjob::CatchUpPolicy::kAll:
      return schedule::CatchUp::kAll;
    case syncjob::CatchUpPolicy::kLast:
      break;
  }
  return schedule::CatchUp::kLast;
}

schedule::Concurrency ConcurrencyOf(syncjob::ConcurrencyPolicy policy) {
  switch (policy) {
    case syncjob::ConcurrencyPolicy::kAllow:
      return schedule::Concurrency::kAllow;
    case syncjob::ConcurrencyPolicy::kReplace:
      return schedule::Concurrency::kReplace;
    case syncjob::ConcurrencyPolicy::kForbid:
      break;
  }
  return schedule::Concurrency::kForbid;
}

Result<std::chrono::local_days> DayOf(const std::string& text) {
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t days, ParseDays(text));
  return std::chrono::local_days(std::chrono::days(days));
}

}  // namespace

Result<ScheduleRules> RulesOf(const ScheduleObject& schedule, const schedule::ZoneDatabase& zones) {
  const syncjob::SyncSchedule& spec = schedule.schedule;
  CULVERT_ASSIGN_OR_RETURN(schedule::TimeZone zone,
                           Of("spec.timeZone", zones.Load(spec.time_zone)));
  CULVERT_ASSIGN_OR_RETURN(
      schedule::Timetable timetable,
      Of("spec.schedule", schedule::Timetable::Make(spec.schedules, std::move(zone))));
  std::string hashed = spec.time_zone;
  for (const std::string& line : spec.schedules) hashed += "\n" + line;
  ScheduleRules rules{
      .firing = {.timetable = std::move(timetable),
                 .jitter = schedule::JitterOf(schedule.meta.uid, seconds(spec.jitter_seconds)),
                 .catch_up = CatchUpOf(spec.catch_up_policy),
                 .catch_up_max = static_cast<std::size_t>(spec.catch_up_limit),
                 .concurrency = ConcurrencyOf(spec.concurrency_policy),
                 .suspend = spec.suspend},
      .history = {.successful = static_cast<std::size_t>(spec.successful_jobs_history_limit),
                  .failed = static_cast<std::size_t>(spec.failed_jobs_history_limit)},
      .timetable_hash = Sha256Hex(hashed).substr(0, kHashDigits)};
  if (spec.starting_deadline_seconds) {
    rules.firing.starting_deadline = seconds(*spec.starting_deadline_seconds);
  }
  if (spec.backfill) {
    schedule::BusinessDates dates{};
    CULVERT_ASSIGN_OR_RETURN(dates.first, Of("spec.backfill.from", DayOf(spec.backfill->from)));
    CULVERT_ASSIGN_OR_RETURN(dates.last, Of("spec.backfill.to", DayOf(spec.backfill->to)));
    CULVERT_ASSIGN_OR_RETURN(
        rules.backfill,
        Of("spec.backfill", schedule::BackfillTimes(rules.firing.timetable, dates)));
  }
  return rules;
}

}  // namespace culvert::control
