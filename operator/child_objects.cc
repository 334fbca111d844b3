// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/child_objects.h"

#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/syncjob/plan_parcel.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

namespace culvert::control {
namespace {

using nlohmann::json;
using syncjob::Step;

constexpr int kUser = 65'532;
constexpr int kReadableByGroup = 0440;
constexpr int kBackoffLimitPerIndex = 6;
constexpr const char* kMountRoot = "/etc/culvert";
constexpr const char* kDirtyMount = "/var/lib/culvert/dirty";
constexpr const char* kLastWordFile = "/dev/termination-log";

json RunLabels(const RunnerPods& pods, const RunId& run, std::string_view component,
               std::string_view step) {
  return {{labels::kName, kRunnerName},
          {labels::kInstance, InstanceName(run)},
          {labels::kComponent, component},
          {labels::kPartOf, "culvert"},
          {labels::kManagedBy, kOperatorName},
          {labels::kVersion, pods.version},
          {labels::kRunUid, run.uid},
          {labels::kAttempt, std::to_string(run.attempt)},
          {labels::kStep, step}};
}

json Metadata(const RunnerPods& pods, const RunId& run, const std::string& name,
              std::string_view component, std::string_view step) {
  return {{"name", name},
          {"namespace", run.key.name_space},
          {"labels", RunLabels(pods, run, component, step)},
          {"annotations", {{annotations::kSyncJob, run.key.name}}},
          {"ownerReferences", json::array({json{{"apiVersion", kApiVersion},
                                                {"kind", "SyncJob"},
                                                {"name", run.key.name},
                                                {"uid", run.uid},
                                                {"controller", true},
                                                {"blockOwnerDeletion", true}}})}};
}

json ConfigMap(const RunnerPods& pods, const RunId& run, const std::string& name,
               std::string_view kind) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", Metadata(pods, run, name, "record", kind)}};
}

std::string PlanPartName(const RunId& run, const std::string& hash, std::size_t piece) {
  return ChildName(run, "plan") + "-" + hash.substr(0, 8) + "-" + std::to_string(piece);
}

/// Volumes and their mounts, side by side.
struct Mounts {
  json volumes = json::array();
  json mounts = json::array();

  void Add(const std::string& name, const std::string& path, json volume) {
    volume["name"] = name;
    volumes.push_back(std::move(volume));
    mounts.push_back(
        {{"name", name}, {"mountPath", std::string(kMountRoot) + "/" + path}, {"readOnly", true}});
  }
};

json MapVolume(const std::string& name, bool optional) {
  json map = {{"name", name}, {"defaultMode", kReadableByGroup}};
  if (optional) map["optional"] = true;
  return {{"configMap", std::move(map)}};
}

json PlanVolume(const RunId& run, const syncjob::PlanSummary& plan) {
  json sources = json::array();
  sources.push_back({{"configMap", {{"name", ChildName(run, "plan")}}}});
  for (std::size_t piece = 1; piece < plan.pieces; ++piece) {
    sources.push_back({{"configMap", {{"name", PlanPartName(run, plan.status.hash, piece)}}}});
  }
  return {{"projected", {{"defaultMode", kReadableByGroup}, {"sources", std::move(sources)}}}};
}

/// A directory for each name: of a Secret, of a ConfigMap with certificates, or of both when they
/// share it.
void AddCredentials(const JobRequest& request, Mounts& mounts) {
  std::set<std::string> names(request.secrets.begin(), request.secrets.end());
  names.insert(request.ca_bundles.begin(), request.ca_bundles.end());
  int number = 0;
  for (const std::string& name : names) {
    json sources = json::array();
    if (std::ranges::find(request.secrets, name) != request.secrets.end()) {
      json items = json::array();
      for (const char* key : {"accessKeyId", "accessKeySecret", "securityToken", "expiration"}) {
        items.push_back({{"key", key}, {"path", key}});
      }
      // Optional: a Secret that is missing or lacks its token does not keep the pod from starting;
      // the runner waits for it and says what is missing.
      sources.push_back(
          {{"secret", {{"name", name}, {"optional", true}, {"items", std::move(items)}}}});
    }
    if (std::ranges::find(request.ca_bundles, name) != request.ca_bundles.end()) {
      sources.push_back(
          {{"configMap",
            {{"name", name},
             {"items", json::array({json{{"key", "ca.crt"}, {"path", "ca.crt"}}})}}}});
    }
    mounts.Add(
        "credentials-" + std::to_string(number++), "credentials/" + name,
        {{"projected", {{"defaultMode", kReadableByGroup}, {"sources", std::move(sources)}}}});
  }
}

/// The steps that write dirty rows, or how many there were.
bool KeepsDirtyRows(const JobRequest& request) {
  return !request.dirty_claim.empty() &&
         (request.step == Step::kTransfer || request.step == Step::kCommit ||
          request.step == Step::kWork);
}

Mounts MountsOf(const JobRequest& request) {
  Mounts mounts;
  AddCredentials(request, mounts);
  if (request.step == Step::kPlan) {
    mounts.Add("input", "input", MapVolume(ChildName(request.run, "input"), false));
    if (request.previous && request.plan) {
      mounts.Add("previous", "previous", PlanVolume(*request.previous, *request.plan));
    }
    return mounts;
  }
  CULVERT_CHECK(request.plan.has_value());
  mounts.Add("plan", "plan", PlanVolume(request.run, *request.plan));
  if (request.step == Step::kCommit || request.step == Step::kWork) {
    mounts.Add("decision", "decision", MapVolume(ChildName(request.run, "decision"), false));
  }
  if (request.final_reports) {
    mounts.Add("reports", "reports", MapVolume(ChildName(request.run, "final"), false));
  }
  if (KeepsDirtyRows(request)) {
    mounts.volumes.push_back(
        {{"name", "dirty"}, {"persistentVolumeClaim", {{"claimName", request.dirty_claim}}}});
    mounts.mounts.push_back({{"name", "dirty"}, {"mountPath", kDirtyMount}});
  }
  if (request.step == Step::kTransfer || request.step == Step::kWork) {
    mounts.Add("knobs", "knobs", MapVolume(ChildName(request.run, "knobs"), true));
  }
  return mounts;
}

std::string In(const char* path) { return std::string(kMountRoot) + "/" + path; }

std::string Listed(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  for (const std::uint64_t number : numbers) {
    text += (text.empty() ? "" : ",") + std::to_string(number);
  }
  return text;
}

json ArgsOf(const RunnerPods& pods, const JobRequest& request) {
  json args = json::array({syncjob::StepName(request.step)});
  const auto add = [&args](std::initializer_list<std::string> more) {
    for (const std::string& one : more) args.push_back(one);
  };
  switch (request.step) {
    case Step::kPlan:
      add({"-f", In("input/manifest.json"), "--job", request.run.key.ToString(), "--attempt",
           std::to_string(request.run.attempt), "--since", request.since});
      if (request.previous && request.plan) add({"--previous-plan", In("previous")});
      add({"--hand-over"});
      break;
    case Step::kPrepare:
      add({"--plan", In("plan")});
      break;
    case Step::kTransfer:
      add({"--plan", In("plan")});
      if (!request.shards.empty()) add({"--shards", Listed(request.shards)});
      break;
    case Step::kCommit:
    case Step::kWork:
      add({"--plan", In("plan"), "--decision", In("decision")});
      if (request.final_reports) add({"--reports", In("reports")});
      break;
  }
  if (request.step == Step::kTransfer || request.step == Step::kWork) {
    add({"--knobs", In("knobs/knobs.json")});
  } else if (const std::string level = RunnerLogLevel(request.runner); !level.empty()) {
    // The others are told by their knobs.
    add({"--log-level", level});
  }
  if (request.credentials_wait < syncjob::kCredentialsWait) {
    add({"--credentials-wait", std::to_string(request.credentials_wait.count())});
  }
  for (const std::string& entry : pods.endpoint_allow) add({"--endpoint-allow", entry});
  for (const std::string& entry : pods.endpoint_refuse) add({"--endpoint-refuse", entry});
  if (KeepsDirtyRows(request)) add({"--dirty-directory", kDirtyMount});
  add({"--credentials", In("credentials"), "--termination-log", kLastWordFile, "--progress", "none",
       "--listen", "0.0.0.0:" + std::to_string(pods.port)});
  return args;
}

json DefaultResources() {
  return {{"requests", {{"cpu", "250m"}, {"memory", "128Mi"}}}, {"limits", {{"memory", "1Gi"}}}};
}

/// The part of `spec.runner` at `key`, or null.
json Said(const json& runner, const char* key) {
  const auto found = runner.find(key);
  if (found == runner.end() || found->is_null()) return nullptr;
  const bool nothing = found->is_string() ? found->get_ref<const std::string&>().empty()
                                          : found->is_structured() && found->empty();
  if (nothing) return nullptr;
  return *found;
}

json Container(const RunnerPods& pods, const JobRequest& request, const json& runner,
               json volume_mounts) {
  json resources = Said(runner, "resources");
  return {
      {"name", "runner"},
      {"image", pods.image},
      {"imagePullPolicy", pods.image_pull_policy},
      {"args", ArgsOf(pods, request)},
      {"ports",
       json::array({json{{"name", "http"}, {"containerPort", pods.port}, {"protocol", "TCP"}}})},
      {"resources", resources.is_null() ? DefaultResources() : std::move(resources)},
      {"volumeMounts", std::move(volume_mounts)},
      {"terminationMessagePath", kLastWordFile},
      {"terminationMessagePolicy", "File"},
      {"securityContext",
       {{"allowPrivilegeEscalation", false},
        {"readOnlyRootFilesystem", true},
        {"capabilities", json{{"drop", json::array({"ALL"})}}}}}};
}

json PodSpec(const RunnerPods& pods, const JobRequest& request, const json& runner) {
  Mounts mounts = MountsOf(request);
  json spec = {
      {"restartPolicy", "Never"},
      {"serviceAccountName", pods.service_account},
      {"automountServiceAccountToken", false},
      {"enableServiceLinks", false},
      {"terminationGracePeriodSeconds", 30},
      {"securityContext",
       {{"runAsNonRoot", true},
        {"runAsUser", kUser},
        {"runAsGroup", kUser},
        {"fsGroup", kUser},
        {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
      {"containers", json::array({Container(pods, request, runner, std::move(mounts.mounts))})},
      {"volumes", std::move(mounts.volumes)}};
  for (const char* key :
       {"nodeSelector", "tolerations", "affinity", "priorityClassName", "imagePullSecrets"}) {
    if (json said = Said(runner, key); !said.is_null()) spec[key] = std::move(said);
  }
  return spec;
}

json PodMetadata(const RunnerPods& pods, const JobRequest& request, const json& runner) {
  const std::string_view step = syncjob::StepName(request.step);
  // A sidecar would outlive the runner and keep the Job from ending.
  json notes = {{"sidecar.istio.io/inject", "false"},
                {"linkerd.io/inject", "disabled"},
                {"cluster-autoscaler.kubernetes.io/safe-to-evict", "false"}};
  json marks = {{"sidecar.istio.io/inject", "false"}};
  if (const json said = Said(runner, "annotations"); said.is_object()) notes.update(said);
  if (const json said = Said(runner, "labels"); said.is_object()) marks.update(said);
  // Ours win: they are how the operator finds its pods.
  marks.update(RunLabels(pods, request.run, step, step));
  notes[annotations::kSyncJob] = request.run.key.name;
  return {{"labels", std::move(marks)}, {"annotations", std::move(notes)}};
}

json FailurePolicy() {
  const auto on_exit = [](const char* action, json codes) -> json {
    return {{"action", action},
            {"onExitCodes",
             {{"containerName", "runner"}, {"operator", "In"}, {"values", std::move(codes)}}}};
  };
  // In this order: a pod that was evicted and had failed for good fails the Job.
  const json evicted = {{"type", "DisruptionTarget"}, {"status", "True"}};
  return {{"rules",
           json::array({on_exit("FailJob", json::array({10, 11, 12, 13, 14, 15, 16, 17, 41})),
                        on_exit("FailIndex", json::array({40})),
                        json{{"action", "Ignore"}, {"onPodConditions", json::array({evicted})}},
                        on_exit("Ignore", json::array({20, 21, 143}))})}};
}

}  // namespace

std::string ResourcesHash(std::string_view runner) {
  const auto parsed = ParseJson(runner);
  if (!parsed || !parsed->is_object()) return Sha256Hex("").substr(0, 16);
  const json resources = Said(*parsed, "resources");
  return Sha256Hex(resources.is_null() ? "" : DumpJson(resources)).substr(0, 16);
}

std::string RunnerLogLevel(std::string_view runner) {
  const auto parsed = ParseJson(runner);
  if (!parsed || !parsed->is_object()) return {};
  const json level = Said(*parsed, "logLevel");
  return level.is_string() ? level.get<std::string>() : std::string();
}

json MakeJob(const RunnerPods& pods, const JobRequest& request) {
  json runner = json::object();
  if (auto parsed = ParseJson(request.runner); parsed && parsed->is_object()) {
    runner = *std::move(parsed);
  }
  std::uint64_t completions = 1;
  std::uint64_t parallelism = 1;
  if (request.step == Step::kTransfer) {
    completions = request.shards.empty() ? request.plan->status.shards : request.shards.size();
    parallelism =
        std::min<std::uint64_t>(completions, static_cast<std::uint64_t>(request.plan->Pods()));
  }
  const std::string_view step = syncjob::StepName(request.step);
  json metadata = Metadata(pods, request.run, ChildName(request.run, request.step), step, step);
  metadata["annotations"][annotations::kResources] = ResourcesHash(request.runner);
  if (!request.shards.empty()) {
    metadata["annotations"][annotations::kShards] = Listed(request.shards);
  }
  const bool moves = request.step == Step::kTransfer || request.step == Step::kWork;
  if (moves && !request.queue.empty()) metadata["labels"][labels::kQueue] = request.queue;
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata", std::move(metadata)},
          {"spec",
           {{"completionMode", "Indexed"},
            {"completions", completions},
            {"parallelism", parallelism},
            {"backoffLimitPerIndex", kBackoffLimitPerIndex},
            {"maxFailedIndexes", 0},
            {"podReplacementPolicy", "Failed"},
            {"podFailurePolicy", FailurePolicy()},
            {"template",
             {{"metadata", PodMetadata(pods, request, runner)},
              {"spec", PodSpec(pods, request, runner)}}}}}};
}

json MakeInput(const RunnerPods& pods, const RunId& run, const std::vector<json>& documents) {
  json map = ConfigMap(pods, run, ChildName(run, "input"), "input");
  std::string text;
  for (const json& document : documents) text += "---\n" + DumpJson(document) + "\n";
  map["immutable"] = true;
  map["data"] = {{"manifest.json", std::move(text)}};
  return map;
}

std::vector<json> MakePlanRecord(const RunnerPods& pods, const RunId& run,
                                 const syncjob::Plan& plan) {
  syncjob::PlanSummary summary = syncjob::Summarize(plan);
  json head = ConfigMap(pods, run, ChildName(run, "plan"), "plan");
  head["immutable"] = true;
  std::vector<json> maps;
  std::string text = syncjob::PlanToJson(plan);
  if (text.size() <= syncjob::kPlainPlanBytesMax) {
    head["data"][syncjob::kPlanFile] = std::move(text);
  } else {
    // The summary shares the first ConfigMap with a piece, so pieces are smaller than a record.
    const std::vector<std::string> pieces =
        syncjob::PackForRecord(plan, syncjob::kRecordBytesMax / 2);
    summary.pieces = pieces.size();
    for (std::size_t piece = 0; piece < pieces.size(); ++piece) {
      const std::string bytes = Base64Encode(AsBytes(pieces[piece]));
      if (piece == 0) {
        head["binaryData"][syncjob::PlanPieceFile(piece)] = bytes;
        continue;
      }
      json part = ConfigMap(pods, run, PlanPartName(run, summary.status.hash, piece), "plan");
      part["immutable"] = true;
      part["binaryData"][syncjob::PlanPieceFile(piece)] = bytes;
      maps.push_back(std::move(part));
    }
  }
  head["data"][syncjob::kSummaryFile] = syncjob::SummaryToJson(summary);
  maps.push_back(std::move(head));
  return maps;
}

json ReportFiles(const std::vector<syncjob::ShardReport>& reports) {
  json files = json::object();
  for (const syncjob::ShardReport& report : reports) {
    files[std::to_string(report.shard) + ".json"] = syncjob::ShardReportToJson(report);
  }
  return files;
}

json MakeReports(const RunnerPods& pods, const RunId& run,
                 const std::vector<syncjob::ShardReport>& reports) {
  json map = ConfigMap(pods, run, ChildName(run, "reports"), "reports");
  map["data"] = ReportFiles(reports);
  return map;
}

json MakeDecision(const RunnerPods& pods, const RunId& run, const syncjob::CommitDecision& decision,
                  const std::vector<syncjob::ShardReport>& reports) {
  json map = ConfigMap(pods, run, ChildName(run, "decision"), "decision");
  map["immutable"] = true;
  map["data"][syncjob::kDecisionFile] = syncjob::DecisionToJson(decision);
  map["data"][syncjob::kReportsFile] = syncjob::ReportsToJson(reports);
  return map;
}

json MakeFinalReports(const RunnerPods& pods, const RunId& run,
                      const std::vector<syncjob::ShardReport>& reports) {
  json map = ConfigMap(pods, run, ChildName(run, "final"), "final");
  map["immutable"] = true;
  map["data"][syncjob::kReportsFile] = syncjob::ReportsToJson(reports);
  return map;
}

json MakeKnobs(const RunnerPods& pods, const RunId& run, std::string_view knobs) {
  json map = ConfigMap(pods, run, ChildName(run, "knobs"), "knobs");
  map["data"] = {{"knobs.json", knobs}};
  return map;
}

}  // namespace culvert::control
