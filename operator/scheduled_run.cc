// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/scheduled_run.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "libs/schedule/backfill.h"
#include "libs/schedule/parameters.h"
#include "libs/schedule/run_name.h"
#include "libs/syncjob/manifest.h"
#include "operator/names.h"

#include <nlohmann/json.hpp>

#include <map>
#include <utility>
#include <variant>

namespace culvert::control {
namespace {

using nlohmann::json;

/// Parameters of the system that every run records beside its own.
constexpr const char* kBusinessDate = "bizdate";
constexpr const char* kCycleTime = "cyctime";

Result<schedule::Parameters> ParametersOf(const ScheduleObject& schedule,
                                          const schedule::TimeZone& zone, const RunRequest& run,
                                          WallTime now) {
  const auto made = std::chrono::floor<std::chrono::seconds>(now);
  schedule::Parameters parameters(run.backfill.empty()
                                      ? schedule::Basis::Of(zone, run.planned, made)
                                      : schedule::BackfillBasis(zone, run.planned, made));
  for (const syncjob::ScheduleParameter& one : schedule.schedule.parameters) {
    auto assigned = parameters.Assign(one.name, one.value);
    if (!assigned) {
      assigned.error().message = "spec.parameters: " + assigned.error().message;
      return Fail(std::move(assigned.error()));
    }
  }
  return parameters;
}

Result<json> ValuesOf(const ScheduleObject& schedule, const schedule::Parameters& parameters) {
  json values = json::object();
  CULVERT_ASSIGN_OR_RETURN(values[kBusinessDate], parameters.Substitute("${yyyymmdd}"));
  CULVERT_ASSIGN_OR_RETURN(values[kCycleTime], parameters.Substitute("$[yyyymmddhh24miss]"));
  for (const syncjob::ScheduleParameter& one : schedule.schedule.parameters) {
    CULVERT_ASSIGN_OR_RETURN(values[one.name], parameters.Substitute("${" + one.name + "}"));
  }
  return values;
}

/// Puts the values in the place of the texts that the reader asked for.
void PutValues(json& value, const std::map<std::string, std::string>& values) {
  if (value.is_string()) {
    const auto found = values.find(value.get_ref<const std::string&>());
    if (found != values.end()) value = found->second;
    return;
  }
  if (value.is_structured()) {
    for (json& one : value) PutValues(one, values);
  }
}

Status Read(const json& document, const syncjob::ParameterResolver& resolve,
            syncjob::Manifest& manifest) {
  Status read = syncjob::ReadManifest(document, "object", manifest, resolve);
  if (read) return {};
  read.error().message = "spec.jobTemplate: " + SpecProblem(read.error());
  return read;
}

/// What a stopped or failed run may have left in its target must not be there a second time.
Status CheckPolicies(const syncjob::SyncSchedule& schedule, const syncjob::SyncJob& job) {
  const auto* const target = std::get_if<syncjob::MaxComputeTarget>(&job.spec.target);
  if (target == nullptr || target->truncate || target->consistency_commit) return {};
  const bool replaces = schedule.concurrency_policy == syncjob::ConcurrencyPolicy::kReplace;
  if (!replaces && schedule.retries == 0) return {};
  return Fail(
      InvalidArgument(std::string(replaces ? "spec.concurrencyPolicy: Replace stops runs"
                                           : "spec.retries: the runs") +
                      " that may have committed rows by then, which another run appends again; set "
                      "truncate: true or consistencyCommit: true in jobTemplate.spec.target")
          .Because("InvalidSpec"));
}

json MetadataOf(const ScheduleObject& schedule, const RunRequest& run, const json& values) {
  const syncjob::SyncSchedule& spec = schedule.schedule;
  json labels(spec.job_labels);
  labels[labels::kSchedule] = spec.name;
  if (!run.backfill.empty()) labels[labels::kBackfill] = run.backfill;
  json notes(spec.job_annotations);
  notes[annotations::kCycleTime] = FormatRfc3339(run.planned);
  notes[annotations::kRetry] = std::to_string(run.retry);
  notes[annotations::kRetries] = std::to_string(spec.retries);
  notes[annotations::kParameters] = DumpJson(values);
  return {{"name", ScheduledRunName(spec.name, run)},
          {"namespace", schedule.meta.key.name_space},
          {"labels", std::move(labels)},
          {"annotations", std::move(notes)},
          {"ownerReferences", json::array({{{"apiVersion", kApiVersion},
                                            {"kind", "SyncSchedule"},
                                            {"name", spec.name},
                                            {"uid", schedule.meta.uid},
                                            {"controller", true},
                                            {"blockOwnerDeletion", true}}})}};
}

}  // namespace

std::string ScheduledRunName(const std::string& schedule, const RunRequest& run) {
  const std::string base = run.backfill.empty() ? schedule : schedule + "." + run.backfill;
  std::string name = schedule::RunName(base, run.planned);
  if (run.retry > 0) name += ".r" + std::to_string(run.retry);
  return name;
}

Result<json> MakeScheduledRun(const ScheduleObject& schedule, const schedule::TimeZone& zone,
                              const RunRequest& run, WallTime now) {
  CULVERT_ASSIGN_OR_RETURN(const schedule::Parameters parameters,
                           ParametersOf(schedule, zone, run, now));
  CULVERT_ASSIGN_OR_RETURN(const json values, ValuesOf(schedule, parameters));
  CULVERT_ASSIGN_OR_RETURN(json spec, ParseJson(schedule.job_spec));
  json job = {{"apiVersion", kApiVersion},
              {"kind", "SyncJob"},
              {"metadata", MetadataOf(schedule, run, values)},
              {"spec", std::move(spec)}};
  // Which texts may have placeholders in them the reader knows; it asks for each.
  std::map<std::string, std::string> replaced;
  syncjob::Manifest with_placeholders;
  CULVERT_TRY(Read(
      job,
      [&](std::string_view text) -> Result<std::string> {
        CULVERT_ASSIGN_OR_RETURN(std::string value, parameters.Substitute(text));
        replaced[std::string(text)] = value;
        return value;
      },
      with_placeholders));
  for (auto& [field, value] : job["spec"].items()) {
    if (field != "runner") PutValues(value, replaced);
  }
  // Once more as it will be read on the cluster, where nothing gives a placeholder its value.
  syncjob::Manifest resolved;
  CULVERT_TRY(Read(job, nullptr, resolved));
  CULVERT_TRY(CheckPolicies(schedule.schedule, resolved.jobs.front()));
  return job;
}

}  // namespace culvert::control
