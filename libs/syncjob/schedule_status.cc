// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/schedule_status.h"

#include "libs/base/json.h"
#include "libs/syncjob/internal/condition_json.h"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>

namespace culvert::syncjob {
namespace {

using nlohmann::json;

void PutNonEmpty(json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void PutPositive(json& object, const char* key, std::int64_t number) {
  if (number > 0) object[key] = number;
}

/// Members that are absent give defaults; the first one of a wrong type is the error.
class StatusReader {
 public:
  StatusReader(const json& object, std::string_view path, std::optional<Error>& error)
      : object_(object), path_(path), error_(error) {
    if (!object_.is_object() && !object_.is_null()) Fail("", "must be an object");
  }
  std::string Text(std::string_view key) {
    return Take(object_.is_object() ? JsonStringOr(object_, key, "") : Result<std::string>(), key);
  }
  std::int64_t Whole(std::string_view key) {
    return Take(object_.is_object() ? JsonInt64Or(object_, key, 0) : Result<std::int64_t>(), key);
  }
  /// The list's items; none when it is absent.
  json List(std::string_view key) {
    if (!object_.is_object() || !object_.contains(key)) return json::array();
    const json& found = object_.at(key);
    if (found.is_array()) return found;
    Fail(key, "must be a list");
    return json::array();
  }
  std::vector<std::string> Texts(std::string_view key) {
    std::vector<std::string> texts;
    for (const json& one : List(key)) {
      if (one.is_string()) {
        texts.push_back(one.get<std::string>());
      } else {
        Fail(key, "must be a list of strings");
      }
    }
    return texts;
  }

 private:
  template <typename T>
  T Take(Result<T> found, std::string_view key) {
    if (found) return *std::move(found);
    Fail(key, found.error().message);
    return {};
  }
  void Fail(std::string_view key, std::string_view what) {
    if (error_) return;
    error_ = InvalidArgument(std::string(path_) + (key.empty() ? "" : ".") + std::string(key) +
                             ": " + std::string(what));
  }

  const json& object_;
  std::string_view path_;
  std::optional<Error>& error_;
};

json BackfillToJson(const BackfillStatus& backfill) {
  json value = {
      {"name", backfill.name},     {"from", backfill.from},       {"to", backfill.to},
      {"total", backfill.total},   {"running", backfill.running}, {"succeeded", backfill.succeeded},
      {"failed", backfill.failed}, {"removed", backfill.removed}, {"left", backfill.left}};
  PutNonEmpty(value, "startedUntilTime", backfill.started_until_time);
  PutNonEmpty(value, "startTime", backfill.start_time);
  PutNonEmpty(value, "completionTime", backfill.completion_time);
  return value;
}

BackfillStatus BackfillFrom(const json& value, std::optional<Error>& error) {
  StatusReader in(value, "status.backfill", error);
  return {.name = in.Text("name"),
          .from = in.Text("from"),
          .to = in.Text("to"),
          .total = in.Whole("total"),
          .running = in.Whole("running"),
          .succeeded = in.Whole("succeeded"),
          .failed = in.Whole("failed"),
          .removed = in.Whole("removed"),
          .left = in.Whole("left"),
          .started_until_time = in.Text("startedUntilTime"),
          .start_time = in.Text("startTime"),
          .completion_time = in.Text("completionTime")};
}

}  // namespace

json ScheduleStatusToJson(const SyncScheduleStatus& status) {
  json value = {{"conditions", internal::ConditionsToJson(status.conditions)},
                {"missedRuns", status.missed_runs},
                {"runsSinceSuccess", status.runs_since_success},
                {"activeCount", status.active_count}};
  PutPositive(value, "observedGeneration", status.observed_generation);
  PutNonEmpty(value, "printedSchedule", status.printed_schedule);
  PutNonEmpty(value, "timetableHash", status.timetable_hash);
  PutNonEmpty(value, "timetableTime", status.timetable_time);
  PutNonEmpty(value, "decidedUntilTime", status.decided_until_time);
  PutNonEmpty(value, "lastScheduleTime", status.last_schedule_time);
  PutNonEmpty(value, "lastSuccessfulTime", status.last_successful_time);
  PutNonEmpty(value, "lastSuccessfulScheduleTime", status.last_successful_schedule_time);
  PutNonEmpty(value, "nextScheduleTime", status.next_schedule_time);
  PutNonEmpty(value, "lastMissedTime", status.last_missed_time);
  for (const ActiveRun& run : status.active) {
    value["active"].push_back({{"name", run.name}, {"scheduleTime", run.schedule_time}});
  }
  if (!status.retried_runs.empty()) value["retriedRuns"] = status.retried_runs;
  if (status.backfill) value["backfill"] = BackfillToJson(*status.backfill);
  if (!status.finished_backfills.empty()) value["finishedBackfills"] = status.finished_backfills;
  return value;
}

Result<SyncScheduleStatus> ScheduleStatusFromJson(const json& value) {
  std::optional<Error> error;
  StatusReader in(value, "status", error);
  SyncScheduleStatus status;
  status.observed_generation = in.Whole("observedGeneration");
  status.conditions = internal::ConditionsFromJson(in.List("conditions"), error);
  status.printed_schedule = in.Text("printedSchedule");
  status.timetable_hash = in.Text("timetableHash");
  status.timetable_time = in.Text("timetableTime");
  status.decided_until_time = in.Text("decidedUntilTime");
  status.last_schedule_time = in.Text("lastScheduleTime");
  status.last_successful_time = in.Text("lastSuccessfulTime");
  status.last_successful_schedule_time = in.Text("lastSuccessfulScheduleTime");
  status.next_schedule_time = in.Text("nextScheduleTime");
  status.last_missed_time = in.Text("lastMissedTime");
  status.missed_runs = in.Whole("missedRuns");
  status.runs_since_success = in.Whole("runsSinceSuccess");
  status.active_count = static_cast<std::int32_t>(in.Whole("activeCount"));
  for (const json& one : in.List("active")) {
    StatusReader run(one, "status.active[]", error);
    status.active.push_back({.name = run.Text("name"), .schedule_time = run.Text("scheduleTime")});
  }
  status.retried_runs = in.Texts("retriedRuns");
  if (value.is_object() && value.contains("backfill") && !value.at("backfill").is_null()) {
    status.backfill = BackfillFrom(value.at("backfill"), error);
  }
  status.finished_backfills = in.Texts("finishedBackfills");
  if (error) return Fail(*std::move(error));
  return status;
}

}  // namespace culvert::syncjob
