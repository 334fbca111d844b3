// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/objects.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "libs/syncjob/manifest.h"
#include "libs/syncjob/step_message.h"
#include "operator/names.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace culvert::control {
namespace {

using nlohmann::json;

/// The member at a path, or null: nothing here trusts the shape of what others write.
const json& At(const json& object, std::initializer_list<std::string_view> path) {
  static const json kNull;
  const json* at = &object;
  for (const std::string_view key : path) {
    if (!at->is_object()) return kNull;
    const auto found = at->find(key);
    if (found == at->end()) return kNull;
    at = &*found;
  }
  return *at;
}

std::string TextAt(const json& object, std::initializer_list<std::string_view> path) {
  const json& found = At(object, path);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::int64_t NumberAt(const json& object, std::initializer_list<std::string_view> path) {
  const json& found = At(object, path);
  return found.is_number_integer() ? found.get<std::int64_t>() : 0;
}

std::string Label(const kube::ObjectMeta& meta, const char* key) {
  const auto found = meta.labels.find(key);
  return found == meta.labels.end() ? std::string() : found->second;
}

std::string Annotation(const kube::ObjectMeta& meta, const char* key) {
  const auto found = meta.annotations.find(key);
  return found == meta.annotations.end() ? std::string() : found->second;
}

std::int64_t Number(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::uint64_t> Numbers(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    numbers.push_back(static_cast<std::uint64_t>(Number(text.substr(0, end))));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return numbers;
}

/// One document of ours as the manifest's reader takes it: the same checks as on one machine.
json Document(const json& object, const kube::CachedMeta& meta) {
  return {{"apiVersion", object.value("apiVersion", "")},
          {"kind", object.value("kind", "")},
          {"metadata", {{"name", meta.key.name}, {"namespace", meta.key.name_space}}},
          {"spec", At(object, {"spec"})}};
}

std::string Joined(const std::string& reason, const std::string& message) {
  if (reason.empty()) return message;
  return message.empty() ? reason : reason + ": " + message;
}

/// What every child of a run says of itself; `step`: where its step, or its kind, belongs.
template <typename Child>
void ReadChild(const kube::ObjectMeta& meta, Child& child, std::string& step) {
  child.run_uid = Label(meta, labels::kRunUid);
  child.owner = Annotation(meta, annotations::kSyncJob);
  child.attempt = static_cast<std::int32_t>(Number(Label(meta, labels::kAttempt)));
  step = Label(meta, labels::kStep);
}

/// The schedule that made a SyncJob, by its owner; null where none did, or it does not say for
/// when.
std::shared_ptr<const Firing> ReadFiring(const kube::ObjectMeta& meta) {
  const kube::OwnerReference* const owner = meta.Controller();
  if (owner == nullptr || owner->kind != "SyncSchedule") return nullptr;
  const auto planned = ParseRfc3339(Annotation(meta, annotations::kCycleTime));
  if (!planned) return nullptr;
  Firing firing{
      .schedule_uid = owner->uid,
      .schedule = owner->name,
      .planned = std::chrono::floor<std::chrono::seconds>(*planned),
      .backfill = Label(meta, labels::kBackfill),
      .retry = static_cast<std::int32_t>(Number(Annotation(meta, annotations::kRetry))),
      .retries_max = static_cast<std::int32_t>(Number(Annotation(meta, annotations::kRetries)))};
  const auto parameters = ParseJson(Annotation(meta, annotations::kParameters));
  if (parameters && parameters->is_object()) {
    for (const auto& [name, value] : parameters->items()) {
      if (!value.is_string() || firing.parameters.size() == syncjob::kResolvedParametersMax)
        continue;
      firing.parameters.push_back({.name = name, .value = value.get<std::string>()});
    }
  }
  return std::make_shared<const Firing>(std::move(firing));
}

const json& RunnerStatus(const json& object) {
  static const json kNull;
  for (const json& one : At(object, {"status", "containerStatuses"})) {
    if (one.is_object() && one.value("name", "") == "runner") return one;
  }
  return kNull;
}

/// The text of a plan is most of what there is of its pod, and is read once, to be recorded.
void KeepLastWord(std::string text, PodObject& pod) {
  pod.last_word = std::move(text);
  if (pod.step != syncjob::StepName(syncjob::Step::kPlan)) return;
  auto word = syncjob::ParseStepMessage(pod.last_word);
  if (!word || !word->plan || word->plan->text.empty()) return;
  word->plan->text.clear();
  pod.last_word = syncjob::StepMessageToJson(*word);
  pod.plan_apart = true;
}

void ReadContainer(const json& object, PodObject& pod) {
  const json& status = RunnerStatus(object);
  const json& terminated = At(status, {"state", "terminated"});
  if (terminated.is_object()) {
    pod.exit_code = static_cast<int>(NumberAt(terminated, {"exitCode"}));
    pod.exit_reason = TextAt(terminated, {"reason"});
    KeepLastWord(TextAt(terminated, {"message"}), pod);
    pod.finished = TextAt(terminated, {"finishedAt"});
  }
  pod.waiting_reason = TextAt(status, {"state", "waiting", "reason"});
  pod.waiting_message = TextAt(status, {"state", "waiting", "message"});
}

void ReadReports(const json& data, RecordObject& record) {
  for (const auto& [file, text] : data.items()) {
    if (!file.ends_with(".json") || !text.is_string()) continue;
    auto report = syncjob::ParseShardReport(text.get_ref<const std::string&>());
    if (report) {
      const std::uint64_t shard = report->shard;
      record.reports[shard] = *std::move(report);
    } else {
      record.problem = file + ": " + report.error().message;
    }
  }
}

}  // namespace

std::string SpecProblem(const Error& error) {
  constexpr std::string_view kFile = "object:";
  std::string_view message = error.message;
  if (!message.starts_with(kFile)) return std::string(message);
  const std::size_t end = message.find(": ");
  return std::string(end == std::string_view::npos ? message : message.substr(end + 2));
}

namespace {

void ReadSpec(const json& object, SyncJobObject& projected) {
  syncjob::Manifest manifest;
  const Status read = syncjob::ReadManifest(Document(object, projected.meta), "object", manifest);
  if (!read) {
    projected.problem = SpecProblem(read.error());
  } else if (manifest.jobs.size() == 1) {
    projected.job = std::move(manifest.jobs.front());
  } else {
    projected.problem = "no SyncJob of culvert.dev/v1alpha1";
  }
  if (!projected.problem.empty()) {
    // What a finished run is judged by must be there even so.
    projected.job.name = projected.meta.key.name;
    projected.job.name_space = projected.meta.key.name_space;
    projected.job.run_nonce = TextAt(object, {"spec", "runNonce"});
  }
  const json& runner = At(object, {"spec", "runner"});
  if (runner.is_object()) projected.runner = DumpJson(runner);
}

}  // namespace

Result<SyncJobObject> ProjectSyncJob(const json& object, const kube::Store<SyncJobObject>* seen) {
  SyncJobObject projected;
  CULVERT_ASSIGN_OR_RETURN(kube::ObjectMeta meta, kube::ParseMeta(object));
  projected.queue = Label(meta, labels::kQueue);
  projected.firing = ReadFiring(meta);
  projected.meta = kube::CachedMeta(std::move(meta));
  // Most changes are our own, of the status.
  const SyncJobPtr known = seen == nullptr ? nullptr : seen->Get(projected.meta.key);
  const bool same_spec = known != nullptr && known->meta.uid == projected.meta.uid &&
                         known->meta.generation == projected.meta.generation;
  if (same_spec) {
    projected.job = known->job;
    projected.problem = known->problem;
    projected.runner = known->runner;
  } else {
    ReadSpec(object, projected);
  }
  auto status = syncjob::StatusFromJson(At(object, {"status"}));
  // A status that is not ours to read must not be taken for a run that never began.
  if (!status) return Fail(std::move(status.error()));
  projected.status = *std::move(status);
  return projected;
}

Result<ScheduleObject> ProjectSyncSchedule(const json& object) {
  ScheduleObject projected;
  CULVERT_ASSIGN_OR_RETURN(kube::ObjectMeta meta, kube::ParseMeta(object));
  projected.meta = kube::CachedMeta(std::move(meta));
  auto read = syncjob::ReadSyncSchedule(Document(object, projected.meta), "object");
  if (read) {
    projected.schedule = *std::move(read);
  } else {
    projected.problem = SpecProblem(read.error());
  }
  const json& spec = At(object, {"spec", "jobTemplate", "spec"});
  if (spec.is_object()) projected.job_spec = DumpJson(spec);
  auto status = syncjob::ScheduleStatusFromJson(At(object, {"status"}));
  // A status that is not ours to read must not be taken for a schedule that decided nothing.
  if (!status) return Fail(std::move(status.error()));
  projected.status = *std::move(status);
  return projected;
}

Result<DataSourceObject> ProjectDataSource(const json& object) {
  DataSourceObject projected;
  CULVERT_ASSIGN_OR_RETURN(kube::ObjectMeta meta, kube::ParseMeta(object));
  projected.meta = kube::CachedMeta(std::move(meta));
  syncjob::Manifest manifest;
  const Status read = syncjob::ReadManifest(Document(object, projected.meta), "object", manifest);
  if (!read) {
    projected.problem = SpecProblem(read.error());
  } else if (manifest.data_sources.size() == 1) {
    projected.data_source = std::move(manifest.data_sources.front());
  } else {
    projected.problem = "no DataSource of culvert.dev/v1alpha1";
  }
  return projected;
}

Result<JobObject> ProjectJob(const json& object) {
  JobObject job;
  CULVERT_ASSIGN_OR_RETURN(kube::ObjectMeta meta, kube::ParseMeta(object));
  ReadChild(meta, job, job.step);
  job.shards = Numbers(Annotation(meta, annotations::kShards));
  job.resources = Annotation(meta, annotations::kResources);
  job.meta = kube::CachedMeta(std::move(meta));
  job.active = NumberAt(object, {"status", "active"});
  job.completions = std::max<std::int64_t>(1, NumberAt(object, {"spec", "completions"}));
  for (const json& condition : At(object, {"status", "conditions"})) {
    if (TextAt(condition, {"status"}) != "True") continue;
    const std::string type = TextAt(condition, {"type"});
    job.ending = job.ending || type == "SuccessCriteriaMet" || type == "FailureTarget";
    if (type != "Complete" && type != "Failed") continue;
    job.ended = TextAt(condition, {"lastTransitionTime"});
    job.complete = job.complete || type == "Complete";
    if (type != "Failed") continue;
    job.failed = true;
    job.failure = Joined(TextAt(condition, {"reason"}), TextAt(condition, {"message"}));
  }
  return job;
}

Result<PodObject> ProjectPod(const json& object) {
  PodObject pod;
  CULVERT_ASSIGN_OR_RETURN(kube::ObjectMeta meta, kube::ParseMeta(object));
  ReadChild(meta, pod, pod.step);
  pod.index = Number(Annotation(meta, annotations::kIndex));
  if (const kube::OwnerReference* owner = meta.Controller(); owner != nullptr) {
    pod.job_uid = owner->uid;
  }
  pod.meta = kube::CachedMeta(std::move(meta));
  pod.phase = TextAt(object, {"status", "phase"});
  pod.ip = TextAt(object, {"status", "podIP"});
  pod.node = TextAt(object, {"spec", "nodeName"});
  pod.status_reason = TextAt(object, {"status", "reason"});
  pod.status_message = TextAt(object, {"status", "message"});
  for (const json& condition : At(object, {"status", "conditions"})) {
    const std::string type = TextAt(condition, {"type"});
    const std::string status = TextAt(condition, {"status"});
    const std::string reason = TextAt(condition, {"reason"});
    if (type == "PodScheduled" && status == "False" && reason == "Unschedulable") {
      pod.unschedulable = TextAt(condition, {"message"});
      if (pod.unschedulable.empty()) pod.unschedulable = "no node takes the pod";
    }
    if (type == "DisruptionTarget" && status == "True") {
      pod.disruption = Joined(reason, TextAt(condition, {"message"}));
    }
  }
  ReadContainer(object, pod);
  return pod;
}

Result<RecordObject> ProjectRecord(const json& object) {
  RecordObject record;
  CULVERT_ASSIGN_OR_RETURN(kube::ObjectMeta meta, kube::ParseMeta(object));
  ReadChild(meta, record, record.kind);
  record.meta = kube::CachedMeta(std::move(meta));
  const json& data = At(object, {"data"});
  if (record.kind == "plan") {
    // A part of a large plan has no summary: it belongs to the record that names it.
    const std::string text = TextAt(data, {syncjob::kSummaryFile});
    if (!text.empty()) {
      auto summary = syncjob::ParseSummary(text);
      if (summary)
        record.plan = std::make_shared<const syncjob::PlanSummary>(*std::move(summary));
      else
        record.problem = summary.error().message;
    }
  } else if (record.kind == "reports" && data.is_object()) {
    ReadReports(data, record);
  } else if (record.kind == "decision") {
    auto decision = syncjob::ParseDecision(TextAt(data, {syncjob::kDecisionFile}));
    if (decision)
      record.decision = *std::move(decision);
    else
      record.problem = decision.error().message;
  } else if (record.kind == "knobs") {
    record.knobs = TextAt(data, {"knobs.json"});
  }
  return record;
}

std::string LastWordOf(const json& pod) {
  return TextAt(RunnerStatus(pod), {"state", "terminated", "message"});
}

}  // namespace culvert::control
