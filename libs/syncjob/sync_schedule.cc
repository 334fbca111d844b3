// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/sync_schedule.h"

#include "libs/base/time_format.h"
#include "libs/syncjob/internal/json_tree.h"
#include "libs/syncjob/internal/object_reader.h"
#include "libs/syncjob/internal/yaml_tree.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace culvert::syncjob {
namespace {

using internal::ObjectReader;
using internal::ReadContext;
using internal::YamlNode;

constexpr std::size_t kLineBytesMax = 256;
constexpr std::size_t kLinesMax = 32;
constexpr std::size_t kZoneBytesMax = 64;
constexpr std::size_t kParameterNameBytesMax = 64;
constexpr std::size_t kParameterBytesMax = 1'024;
constexpr std::size_t kBackfillNameBytesMax = 40;
constexpr std::size_t kPairsMax = 64;

/// A label of a host name: what is left of a name where no dot may be.
bool IsPlainName(std::string_view name) {
  const auto edge = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && edge(name.front()) && edge(name.back()) &&
         std::ranges::all_of(name, [&](char c) { return edge(c) || c == '-'; });
}

std::int32_t Whole(ObjectReader& in, std::string_view field, std::int64_t min, std::int64_t max,
                   std::int32_t fallback) {
  return static_cast<std::int32_t>(in.Integer(field, min, max, fallback));
}

void ReadMetadata(ReadContext& context, ObjectReader& document, SyncSchedule& schedule) {
  const YamlNode* const node = document.Map("metadata", true);
  ObjectReader in(
      context, node, "metadata",
      {"name", "namespace", "labels", "annotations", "generateName", "uid", "resourceVersion",
       "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
       "finalizers", "ownerReferences", "managedFields", "selfLink"});
  if (node == nullptr) return;
  schedule.name = in.RequiredText("name", kScheduleNameBytesMax);
  if (!IsPlainName(schedule.name)) {
    in.Fail("name", "must be lower-case letters, digits and '-', its runs are named by it");
  }
  if (std::string name_space = in.Text("namespace", 63); !name_space.empty()) {
    schedule.name_space = std::move(name_space);
  }
}

void ReadLines(ObjectReader& in, SyncSchedule& schedule) {
  schedule.schedules = in.Texts("schedules", kLineBytesMax);
  const std::string line = in.Text("schedule", kLineBytesMax);
  if (line.empty() == schedule.schedules.empty()) {
    in.Fail(line.empty() ? "" : "schedule", "must set exactly one of schedule, schedules");
  }
  if (schedule.schedules.size() > kLinesMax) {
    in.Fail("schedules", "more than " + std::to_string(kLinesMax) + " lines");
  }
  if (!line.empty()) schedule.schedules = {line};
}

void ReadPolicies(ObjectReader& in, SyncSchedule& schedule) {
  const std::string concurrency = in.Text("concurrencyPolicy");
  if (concurrency == "Allow") {
    schedule.concurrency_policy = ConcurrencyPolicy::kAllow;
  } else if (concurrency == "Replace") {
    schedule.concurrency_policy = ConcurrencyPolicy::kReplace;
  } else if (!concurrency.empty() && concurrency != "Forbid") {
    in.Fail("concurrencyPolicy", "one of Allow, Forbid, Replace");
  }
  const std::string catch_up = in.Text("catchUpPolicy");
  if (catch_up == "None") {
    schedule.catch_up_policy = CatchUpPolicy::kNone;
  } else if (catch_up == "All") {
    schedule.catch_up_policy = CatchUpPolicy::kAll;
  } else if (!catch_up.empty() && catch_up != "Last") {
    in.Fail("catchUpPolicy", "one of None, Last, All");
  }
}

void ReadParameters(ReadContext& context, ObjectReader& in, SyncSchedule& schedule) {
  in.ExpectMaps("parameters");
  const YamlNode* const list = in.Find("parameters");
  if (list == nullptr) return;
  if (list->items.size() > kScheduleParametersMax) {
    in.Fail("parameters", "more than " + std::to_string(kScheduleParametersMax) + " parameters");
    return;
  }
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    ObjectReader one(context, list->items[i].get(),
                     in.PathOf("parameters") + "[" + std::to_string(i) + "]", {"name", "value"});
    ScheduleParameter parameter;
    parameter.name = one.RequiredText("name", kParameterNameBytesMax);
    parameter.value = one.RequiredText("value", kParameterBytesMax);
    const bool twice = std::ranges::any_of(
        schedule.parameters,
        [&](const ScheduleParameter& known) { return known.name == parameter.name; });
    if (twice) one.Fail("name", "given twice, remove one");
    schedule.parameters.push_back(std::move(parameter));
  }
}

std::string ReadDay(ObjectReader& in, std::string_view field) {
  std::string day = in.RequiredText(field, 10);
  if (day.size() != 10 || !ParseDays(day)) in.Fail(field, "must be a date such as 2025-03-30");
  return day;
}

void ReadBackfill(ReadContext& context, ObjectReader& in, SyncSchedule& schedule) {
  const YamlNode* const node = in.Map("backfill");
  if (node == nullptr) return;
  ObjectReader backfill(context, node, in.PathOf("backfill"),
                        {"name", "from", "to", "parallelism", "failureLimit"});
  BackfillSpec spec;
  spec.name = backfill.RequiredText("name", kBackfillNameBytesMax);
  if (!IsPlainName(spec.name)) {
    backfill.Fail("name", "must be lower-case letters, digits and '-', its runs are named by it");
  }
  spec.from = ReadDay(backfill, "from");
  spec.to = ReadDay(backfill, "to");
  if (spec.to < spec.from) backfill.Fail("to", "must not be before from");
  spec.parallelism = Whole(backfill, "parallelism", 1, 50, 1);
  spec.failure_limit = Whole(backfill, "failureLimit", 0, 10'000, 0);
  schedule.backfill = std::move(spec);
}

std::map<std::string, std::string> ReadPairs(ObjectReader& in, std::string_view field) {
  std::map<std::string, std::string> pairs;
  in.ExpectTextMap(field);
  const YamlNode* const node = in.Map(field);
  if (node == nullptr || !in.ok()) return pairs;
  if (node->entries.size() > kPairsMax) {
    in.Fail(field, "more than " + std::to_string(kPairsMax) + " entries");
    return pairs;
  }
  for (const auto& [key, value] : node->entries) pairs[key->text] = value->text;
  return pairs;
}

void ReadTemplate(ReadContext& context, ObjectReader& in, SyncSchedule& schedule) {
  const YamlNode* const node = in.Map("jobTemplate", true);
  ObjectReader job(context, node, in.PathOf("jobTemplate"), {"metadata", "spec"});
  if (node == nullptr) return;
  job.Map("spec", true);
  ObjectReader metadata(context, job.Map("metadata"), job.PathOf("metadata"),
                        {"labels", "annotations"});
  schedule.job_labels = ReadPairs(metadata, "labels");
  schedule.job_annotations = ReadPairs(metadata, "annotations");
}

void ReadSpec(ReadContext& context, const YamlNode& node, SyncSchedule& schedule) {
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int32_t>::max();
  ObjectReader in(context, &node, "spec",
                  {"schedule", "schedules", "timeZone", "startingDeadlineSeconds",
                   "concurrencyPolicy", "catchUpPolicy", "catchUpLimit", "jitterSeconds", "suspend",
                   "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "retries",
                   "retryDelaySeconds", "parameters", "backfill", "jobTemplate"});
  ReadLines(in, schedule);
  if (std::string zone = in.Text("timeZone", kZoneBytesMax); !zone.empty()) {
    schedule.time_zone = std::move(zone);
  }
  if (in.Has("startingDeadlineSeconds")) {
    schedule.starting_deadline_seconds = Whole(in, "startingDeadlineSeconds", 1, kSecondsMax, 1);
  }
  ReadPolicies(in, schedule);
  schedule.catch_up_limit = Whole(in, "catchUpLimit", 1, 100, 10);
  schedule.jitter_seconds = Whole(in, "jitterSeconds", 0, 86'400, 0);
  schedule.suspend = in.Flag("suspend", false);
  schedule.successful_jobs_history_limit = Whole(in, "successfulJobsHistoryLimit", 0, 100, 3);
  schedule.failed_jobs_history_limit = Whole(in, "failedJobsHistoryLimit", 0, 100, 1);
  schedule.retries = Whole(in, "retries", 0, 10, 0);
  schedule.retry_delay_seconds = Whole(in, "retryDelaySeconds", 0, 86'400, 120);
  ReadParameters(context, in, schedule);
  ReadBackfill(context, in, schedule);
  ReadTemplate(context, in, schedule);
}

Result<SyncSchedule> ReadDocument(const YamlNode& node, std::string_view file_name) {
  ReadContext context{
      .file_name = std::string(file_name), .error = {}, .warnings = {}, .resolve = {}};
  ObjectReader document(context, &node, "", {"apiVersion", "kind", "metadata", "spec", "status"});
  if (document.Text("kind") != "SyncSchedule") document.Fail("kind", "must be SyncSchedule");
  if (document.Text("apiVersion") != "culvert.dev/v1alpha1") {
    document.Fail("apiVersion", "must be culvert.dev/v1alpha1");
  }
  SyncSchedule schedule;
  ReadMetadata(context, document, schedule);
  const YamlNode* const spec = document.Map("spec", true);
  if (spec != nullptr) ReadSpec(context, *spec, schedule);
  if (context.error) return Fail(*std::move(context.error));
  return schedule;
}

}  // namespace

Result<SyncSchedule> ParseSyncSchedule(std::string_view text, std::string_view file_name) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<internal::YamlRef> documents,
                           internal::ParseYaml(text, file_name));
  if (documents.size() != 1) {
    return Fail(InvalidArgument(std::string(file_name) + ": must hold one SyncSchedule, not " +
                                std::to_string(documents.size()) + " documents"));
  }
  return ReadDocument(*documents[0], file_name);
}

Result<SyncSchedule> ReadSyncSchedule(const nlohmann::json& object, std::string_view name) {
  return ReadDocument(*internal::TreeOfJson(object), name);
}

}  // namespace culvert::syncjob
