// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/operator/pod_player.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "libs/syncjob/plan_parcel.h"
#include "libs/syncjob/step_message.h"
#include "operator/names.h"

#include <thread>
#include <utility>

namespace culvert::bench {
namespace {

using namespace culvert::control;
using nlohmann::json;
using syncjob::Step;
using syncjob::StepMessage;

bool IsFinished(const json& job) {
  for (const json& condition : job.value(json::json_pointer("/status/conditions"), json::array())) {
    if (condition["type"] == "Complete" && condition["status"] == "True") return true;
  }
  return false;
}

kube::ObjectKey KeyOf(const json& object) {
  return {.name_space = object["metadata"]["namespace"], .name = object["metadata"]["name"]};
}

json MakePod(const json& job, std::uint64_t index) {
  json pod = job["spec"]["template"];
  pod["apiVersion"] = "v1";
  pod["kind"] = "Pod";
  pod["metadata"]["name"] =
      job["metadata"]["name"].get<std::string>() + "-" + std::to_string(index) + "-x7k2p";
  pod["metadata"]["namespace"] = job["metadata"]["namespace"];
  pod["metadata"]["annotations"][annotations::kIndex] = std::to_string(index);
  pod["metadata"]["ownerReferences"] = json::array({json{{"apiVersion", "batch/v1"},
                                                         {"kind", "Job"},
                                                         {"name", job["metadata"]["name"]},
                                                         {"uid", job["metadata"]["uid"]},
                                                         {"controller", true},
                                                         {"blockOwnerDeletion", true}}});
  pod["spec"]["nodeName"] = "node-" + std::to_string(index % 10);
  return pod;
}

json RunningStatus(const std::string& now) {
  return {
      {"phase", "Running"},
      {"startTime", now},
      {"conditions", json::array({json{{"type", "PodScheduled"}, {"status", "True"}},
                                  json{{"type", "Ready"}, {"status", "True"}}})},
      {"containerStatuses", json::array({json{{"name", "runner"},
                                              {"image", "culvert-runner:bench"},
                                              {"imageID", ""},
                                              {"ready", true},
                                              {"restartCount", 0},
                                              {"state", {{"running", {{"startedAt", now}}}}}}})}};
}

json EndedStatus(json running, const std::string& now, const std::string& last_word) {
  running["phase"] = "Succeeded";
  json& container = running["containerStatuses"][0];
  container["ready"] = false;
  container["state"] = {{"terminated",
                         {{"exitCode", 0},
                          {"reason", "Completed"},
                          {"message", last_word},
                          {"startedAt", now},
                          {"finishedAt", now}}}};
  return running;
}

json CompleteStatus(const json& job, const std::string& now) {
  const std::uint64_t completions = job["spec"]["completions"];
  const auto condition = [&now](const char* type) -> json {
    return {{"type", type},
            {"status", "True"},
            {"reason", "CompletionsReached"},
            {"lastProbeTime", now},
            {"lastTransitionTime", now}};
  };
  return {{"startTime", job["status"]["startTime"]},
          {"completionTime", now},
          {"succeeded", completions},
          {"completedIndexes", completions == 1 ? "0" : "0-" + std::to_string(completions - 1)},
          {"conditions", json::array({condition("SuccessCriteriaMet"), condition("Complete")})}};
}

}  // namespace

PodPlayer::PodPlayer(Workload workload, kube::Client& client, Clock& clock, int workers)
    : workload_(std::move(workload)),
      client_(client),
      queue_(clock, {}),
      jobs_({.resource = Jobs(), .name_space = workload_.name_space}, client, metrics_, Project,
            [this](const auto& change, bool /*initial*/) {
              if (change.after != nullptr && !change.after->text.empty()) {
                queue_.Add(change.after->meta.key);
              }
            }),
      controller_(
          {.name = "pods", .workers = workers}, queue_, metrics_,
          [this](const OpContext& ctx, const kube::ObjectKey& key) { return Play(ctx, key); }) {}

void PodPlayer::Run(const OpContext& ctx) {
  const std::jthread watching([this, &ctx] { jobs_.Run(ctx); });
  controller_.Run(ctx);
}

Result<PodPlayer::SeenJob> PodPlayer::Project(const json& object) {
  SeenJob seen;
  CULVERT_ASSIGN_OR_RETURN(seen.meta, kube::ParseMeta(object));
  if (!IsFinished(object)) seen.text = DumpJson(object);
  return seen;
}

kube::Outcome PodPlayer::Play(const OpContext& ctx, const kube::ObjectKey& key) {
  const auto seen = jobs_.store().Get(key);
  if (seen == nullptr || seen->text.empty()) return kube::AwaitChange{};
  auto job = ParseJson(seen->text);
  if (!job) return kube::Stalled{std::move(job.error())};
  // The change that we make ourselves comes back before it is done.
  if ((*job)["status"].contains("startTime")) return kube::AwaitChange{};
  Status done = RunJob(ctx, *std::move(job));
  if (!done) return kube::Stalled{std::move(done.error())};
  return kube::AwaitChange{};
}

Status PodPlayer::RunJob(const OpContext& ctx, json job) {
  const kube::ObjectKey key = KeyOf(job);
  const std::uint64_t completions = job["spec"]["completions"];
  job["status"] = {{"startTime", FormatRfc3339(ctx.clock.Now())}, {"active", completions}};
  CULVERT_ASSIGN_OR_RETURN(job, client_.ReplaceStatus(ctx, Jobs(), key, job));
  for (std::uint64_t index = 0; index < completions; ++index) CULVERT_TRY(RunPod(ctx, job, index));
  job["status"] = CompleteStatus(job, FormatRfc3339(ctx.clock.Now()));
  CULVERT_TRY(client_.ReplaceStatus(ctx, Jobs(), key, job));
  return {};
}

Status PodPlayer::RunPod(const OpContext& ctx, const json& job, std::uint64_t index) {
  CULVERT_ASSIGN_OR_RETURN(json pod,
                           client_.Create(ctx, Pods(), workload_.name_space, MakePod(job, index)));
  const kube::ObjectKey key = KeyOf(pod);
  pod["status"] = RunningStatus(FormatRfc3339(ctx.clock.Now()));
  CULVERT_ASSIGN_OR_RETURN(pod, client_.ReplaceStatus(ctx, Pods(), key, pod));
  CULVERT_ASSIGN_OR_RETURN(const std::string last_word, LastWord(job, index));
  pod["status"] = EndedStatus(pod["status"], FormatRfc3339(ctx.clock.Now()), last_word);
  CULVERT_TRY(client_.ReplaceStatus(ctx, Pods(), key, pod));
  return {};
}

Result<std::string> PodPlayer::LastWord(const json& job, std::uint64_t index) const {
  const json& meta = job["metadata"];
  const auto number =
      Workload::NumberOf(meta["annotations"][annotations::kSyncJob].get_ref<const std::string&>());
  const auto step = syncjob::StepFromName(meta["labels"][labels::kStep].get<std::string>());
  if (!number || !step) return Fail(InvalidArgument("not a Job of this workload"));
  const std::int32_t attempt = std::stoi(meta["labels"][labels::kAttempt].get<std::string>());
  const syncjob::Plan plan = workload_.Plan(*number, attempt);
  StepMessage word{.step = *step};
  syncjob::ShardReport report;
  report.rows_read = report.rows_written = plan.rows / plan.shards.size();
  report.bytes_read = report.bytes_written = report.bytes_raw = report.rows_read * 100;
  report.blocks = 1;
  report.route = "pass-through";
  switch (*step) {
    case Step::kPlan:
      word.plan = syncjob::PackForMessage(plan);
      break;
    case Step::kPrepare:
      break;
    case Step::kTransfer:
      report.shard = index;
      word.shard = report;
      break;
    case Step::kCommit:
    case Step::kWork:
      report.rows_read = report.rows_written = plan.rows;
      word.run = syncjob::RunReport{.job = plan.job,
                                    .attempt = attempt,
                                    .started = plan.created,
                                    .finished = plan.created,
                                    .outcome = "Succeeded",
                                    .totals = report,
                                    .shards = plan.shards.size(),
                                    .committed_partitions = {plan.targets.front().partition},
                                    .bottleneck = "target",
                                    .verified = "count",
                                    .seconds = 1};
      word.partitions = 1;
      break;
  }
  return StepMessageToJson(word);
}

}  // namespace culvert::bench
