// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/schedules.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "libs/schedule/backfill.h"
#include "libs/schedule/timetable.h"
#include "libs/syncjob/schedule_status.h"
#include "libs/syncjob/status.h"
#include "libs/syncjob/sync_schedule.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "plugin/run_reader.h"
#include "plugin/text.h"

namespace culvert::plugin {

const kube::Resource kSyncSchedules{
    .group = "culvert.dev", .version = "v1alpha1", .plural = "syncschedules"};

namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t kFieldWidth = 10;
constexpr std::size_t kReasonBytesMax = 200;

/// A schedule as it is stored, read.
struct StoredSchedule {
  kube::ObjectMeta meta;
  syncjob::SyncSchedule spec;
  syncjob::SyncScheduleStatus status;
};

Result<StoredSchedule> ReadSchedule(const json& object) {
  StoredSchedule schedule;
  CULVERT_ASSIGN_OR_RETURN(schedule.meta, kube::ParseMeta(object));
  CULVERT_ASSIGN_OR_RETURN(schedule.spec, syncjob::ParseSyncSchedule(DumpJson(object), "object"));
  CULVERT_ASSIGN_OR_RETURN(schedule.status,
                           syncjob::ScheduleStatusFromJson(object.value("status", json::object())));
  return schedule;
}

Result<StoredSchedule> ReadOne(const OpContext& ctx, kube::Client& client,
                               const kube::ObjectKey& key) {
  auto object = client.Get(ctx, kSyncSchedules, key);
  if (object) return ReadSchedule(*object);
  if (object.error().code != ErrorCode::kNotFound) return Fail(std::move(object.error()));
  return Fail(NotFound("there is no SyncSchedule '" + key.name + "' in namespace '" +
                       key.name_space + "'"));
}

Result<std::vector<json>> ListObjects(const OpContext& ctx, kube::Client& client,
                                      const kube::Resource& resource, kube::ListOptions options) {
  std::vector<json> all;
  do {
    CULVERT_ASSIGN_OR_RETURN(const kube::ListPageResult page,
                             client.List(ctx, resource, options, [&all](const json& item) {
                               all.push_back(item);
                               return Status();
                             }));
    options.continue_token = page.continue_token;
  } while (!options.continue_token.empty());
  return all;
}

Result<schedule::Timetable> TimetableOf(const StoredSchedule& schedule,
                                        const schedule::ZoneDatabase& zones) {
  CULVERT_ASSIGN_OR_RETURN(schedule::TimeZone zone, zones.Load(schedule.spec.time_zone));
  return schedule::Timetable::Make(schedule.spec.schedules, std::move(zone));
}

/// `2025-03-31 00:10:00`.
std::string LocalText(const schedule::TimeZone& zone, sys_seconds time) {
  std::string text = FormatRfc3339(sys_seconds(zone.ToLocal(time).time_since_epoch()));
  std::ranges::replace(text, 'T', ' ');
  text.pop_back();
  return text;
}

std::string FieldLine(std::string_view name, const std::string& value) {
  return value.empty() ? std::string() : "  " + Padded(name, kFieldWidth) + " " + value + "\n";
}

std::string ScheduleHeadline(const StoredSchedule& schedule, const Painter& paint) {
  const syncjob::Condition* const ready =
      syncjob::FindCondition(schedule.status.conditions, syncjob::kReady);
  std::string reason = ready == nullptr ? "Pending" : ready->reason;
  Colour colour = Colour::kYellow;
  if (schedule.spec.suspend) {
    reason = "Suspended";
  } else if (ready != nullptr && ready->status != syncjob::ConditionStatus::kUnknown) {
    colour = ready->status == syncjob::ConditionStatus::kTrue ? Colour::kGreen : Colour::kRed;
  }
  std::string lines;
  for (const std::string& line : schedule.spec.schedules) {
    lines += (lines.empty() ? "" : "; ") + line;
  }
  std::string text = paint(Colour::kBold, schedule.spec.name) + "  " + paint(colour, reason) +
                     "  " + lines + "  " + schedule.spec.time_zone + "\n";
  if (ready != nullptr && ready->status == syncjob::ConditionStatus::kFalse) {
    text += FieldLine("why", OneLine(ready->message, kReasonBytesMax));
  }
  return text;
}

std::string TimesText(const StoredSchedule& schedule) {
  const syncjob::SyncScheduleStatus& status = schedule.status;
  std::string text = FieldLine("last", status.last_schedule_time);
  if (!status.last_successful_time.empty()) {
    text += FieldLine("success", status.last_successful_time + ", planned for " +
                                     status.last_successful_schedule_time);
  }
  if (status.missed_runs > 0) {
    text += FieldLine("missed",
                      std::to_string(status.missed_runs) + ", the last " + status.last_missed_time);
  }
  if (status.backfill) {
    const syncjob::BackfillStatus& backfill = *status.backfill;
    text += FieldLine("backfill", backfill.name + ", " + backfill.from + " to " + backfill.to +
                                      ": " + std::to_string(backfill.succeeded) + "/" +
                                      std::to_string(backfill.total) + " succeeded, " +
                                      std::to_string(backfill.running) + " running, " +
                                      std::to_string(backfill.failed) + " failed, " +
                                      std::to_string(backfill.left) + " left" +
                                      (backfill.completion_time.empty() ? "" : ", over"));
  }
  return text;
}

std::string UpcomingText(const StoredSchedule& schedule, sys_seconds now, std::size_t count,
                         const schedule::ZoneDatabase& zones) {
  if (schedule.spec.suspend) return "";
  const auto timetable = TimetableOf(schedule, zones);
  // A machine without time zones still has what the operator computed.
  if (!timetable) return FieldLine("next", schedule.status.next_schedule_time);
  std::string text;
  auto time = timetable->Next(now);
  for (std::size_t i = 0; time && i < count; ++i) {
    text += FieldLine(i == 0 ? "next" : "",
                      LocalText(timetable->zone(), *time) + "  " + FormatRfc3339(*time));
    time = timetable->Next(*time);
  }
  return text;
}

std::string RunLines(const std::vector<json>& runs, const Painter& paint) {
  std::size_t width = 0;
  for (const json& run : runs) {
    width = std::max(width, run["metadata"]["name"].get_ref<const std::string&>().size());
  }
  std::string text;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto status = syncjob::StatusFromJson(runs[i].value("status", json::object()));
    const syncjob::Condition* const end =
        status ? syncjob::FindCondition(status->conditions, syncjob::kSucceeded) : nullptr;
    Colour colour = Colour::kCyan;
    if (end != nullptr && end->status != syncjob::ConditionStatus::kUnknown) {
      colour = end->status == syncjob::ConditionStatus::kTrue ? Colour::kGreen : Colour::kRed;
    }
    text += (i + 1 == runs.size() ? "└─ " : "├─ ") +
            Padded(runs[i]["metadata"]["name"].get<std::string>(), width) + "  " +
            paint(colour, end == nullptr ? "Pending" : end->reason) + "\n";
  }
  return text;
}

Status PatchSchedule(const OpContext& ctx, kube::Client& client, const StoredSchedule& schedule,
                     json spec) {
  const json patch = {{"metadata", {{"resourceVersion", schedule.meta.resource_version}}},
                      {"spec", std::move(spec)}};
  auto patched = client.MergePatch(ctx, kSyncSchedules, schedule.meta.key, patch);
  if (patched) return {};
  if (patched.error().code != ErrorCode::kAborted) return Fail(std::move(patched.error()));
  return Fail(Aborted("schedule '" + schedule.spec.name +
                      "' was changed meanwhile: look at it, then try again"));
}

bool IsBackfillDone(const StoredSchedule& schedule, const std::string& name) {
  const auto& done = schedule.status.finished_backfills;
  return std::ranges::find(done, name) != done.end();
}

/// `20250301-20250331`, and `-2` behind it where that is done.
std::string FreeName(const StoredSchedule& schedule, const BackfillRequest& request) {
  std::string base = request.from == request.to ? request.from : request.from + "to" + request.to;
  std::erase(base, '-');
  std::string name = base;
  for (int i = 2; IsBackfillDone(schedule, name); ++i) name = base + "-" + std::to_string(i);
  return name;
}

Result<std::size_t> CountOf(const StoredSchedule& schedule, const BackfillRequest& request,
                            const schedule::ZoneDatabase& zones) {
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t first, ParseDays(request.from));
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t last, ParseDays(request.to));
  CULVERT_ASSIGN_OR_RETURN(const schedule::Timetable timetable, TimetableOf(schedule, zones));
  CULVERT_ASSIGN_OR_RETURN(
      const auto times, schedule::BackfillTimes(
                            timetable, {.first = std::chrono::local_days(std::chrono::days(first)),
                                        .last = std::chrono::local_days(std::chrono::days(last))}));
  return times.size();
}

}  // namespace

std::string_view ScheduleNameOf(std::string_view name) {
  constexpr std::array kKinds =
      std::to_array<std::string_view>({"schedule/", "syncschedule/", "ssched/"});
  for (const std::string_view kind : kKinds) {
    if (name.starts_with(kind)) return name.substr(kind.size());
  }
  return {};
}

Result<std::string> ScheduleText(const OpContext& ctx, kube::Client& client,
                                 const kube::ObjectKey& key, std::size_t upcoming, bool colours,
                                 const schedule::ZoneDatabase& zones) {
  const Painter paint(colours);
  const auto now = std::chrono::floor<seconds>(ctx.clock.Now());
  if (key.name.empty()) {
    CULVERT_ASSIGN_OR_RETURN(
        const std::vector<json> all,
        ListObjects(ctx, client, kSyncSchedules, {.name_space = key.name_space}));
    if (all.empty()) return "there are no SyncSchedules in namespace '" + key.name_space + "'\n";
    std::string text;
    for (const json& object : all) {
      CULVERT_ASSIGN_OR_RETURN(const StoredSchedule one, ReadSchedule(object));
      text += ScheduleHeadline(one, paint) + UpcomingText(one, now, 1, zones) + TimesText(one);
    }
    return text;
  }
  CULVERT_ASSIGN_OR_RETURN(const StoredSchedule one, ReadOne(ctx, client, key));
  CULVERT_ASSIGN_OR_RETURN(
      const std::vector<json> runs,
      ListObjects(ctx, client, kSyncJobs,
                  {.name_space = key.name_space,
                   .label_selector = "culvert.dev/schedule=" + one.spec.name}));
  return ScheduleHeadline(one, paint) + UpcomingText(one, now, upcoming, zones) + TimesText(one) +
         RunLines(runs, paint);
}

Result<std::string> SuspendSchedule(const OpContext& ctx, kube::Client& client,
                                    const kube::ObjectKey& key, bool suspend) {
  CULVERT_ASSIGN_OR_RETURN(const StoredSchedule one, ReadOne(ctx, client, key));
  const std::string name = "syncschedule/" + one.spec.name;
  if (one.spec.suspend == suspend) {
    return name + (suspend ? " is suspended already\n" : " is not suspended\n");
  }
  CULVERT_TRY(PatchSchedule(ctx, client, one, {{"suspend", suspend}}));
  std::string text = name + (suspend ? " suspended\n" : " resumed\n");
  if (suspend && one.status.active_count > 0) {
    text += std::to_string(one.status.active_count) +
            " of its SyncJobs go on; each has a suspend of its own\n";
  }
  return text;
}

Result<std::string> BeginBackfill(const OpContext& ctx, kube::Client& client,
                                  const kube::ObjectKey& key, const BackfillRequest& request,
                                  const schedule::ZoneDatabase& zones) {
  BackfillRequest wanted = request;
  if (wanted.to.empty()) wanted.to = wanted.from;
  CULVERT_ASSIGN_OR_RETURN(const StoredSchedule one, ReadOne(ctx, client, key));
  CULVERT_ASSIGN_OR_RETURN(const std::size_t runs, CountOf(one, wanted, zones));
  if (one.spec.backfill && !IsBackfillDone(one, one.spec.backfill->name)) {
    return Fail(FailedPrecondition("backfill '" + one.spec.backfill->name + "' of schedule '" +
                                   one.spec.name +
                                   "' is not over: wait for it, or take it out of the spec"));
  }
  if (wanted.name.empty()) wanted.name = FreeName(one, wanted);
  if (IsBackfillDone(one, wanted.name)) {
    return Fail(FailedPrecondition("backfill '" + wanted.name + "' of schedule '" + one.spec.name +
                                   "' is done already: give this one another --name"));
  }
  CULVERT_TRY(PatchSchedule(ctx, client, one,
                            {{"backfill",
                              {{"name", wanted.name},
                               {"from", wanted.from},
                               {"to", wanted.to},
                               {"parallelism", wanted.parallelism},
                               {"failureLimit", nullptr}}}}));
  std::string text = "syncschedule/" + one.spec.name + " backfills " + wanted.name + ": " +
                     std::to_string(runs) + " runs, " + std::to_string(wanted.parallelism) +
                     " at once\n";
  if (one.spec.suspend) text += "it is suspended: it begins when it is resumed\n";
  return text;
}

}  // namespace culvert::plugin
