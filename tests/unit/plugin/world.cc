// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/plugin/world.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "libs/kube/rest_client.h"
#include "libs/syncjob/step_message.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

namespace culvert::plugin {
namespace {

using nlohmann::json;

constexpr const char* kUid = "1a2b3c4d-0000-4000-8000-000000000000";
constexpr const char* kPrefix = "flights-copy-1a2b3c4d-1-";

std::string Ago(std::int64_t seconds) {
  return FormatRfc3339(test::FakeClock().Now() - std::chrono::seconds(seconds));
}

class NoToken final : public kube::TokenSource {
 public:
  Result<Secret> Token() override { return Secret(); }
  void Rejected() override {}
};

}  // namespace

World::World() {
  sync_job_ = {{"apiVersion", "culvert.dev/v1alpha1"},
               {"kind", "SyncJob"},
               {"metadata",
                {{"name", "flights-copy"},
                 {"namespace", "sales"},
                 {"uid", kUid},
                 {"resourceVersion", "7"},
                 {"creationTimestamp", Ago(134)}}},
               {"spec",
                {{"source", {{"maxCompute", {{"table", "flights"}}}}},
                 {"target", {{"maxCompute", {{"table", "flights_copy"}}}}}}},
               {"status", {{"attempt", 1}, {"conditions", json::array()}}}};
}

void World::Condition(const std::string& type, const std::string& status, const std::string& reason,
                      const std::string& message) {
  json& conditions = sync_job_["status"]["conditions"];
  std::erase_if(conditions.get_ref<json::array_t&>(),
                [&type](const json& condition) { return condition["type"] == type; });
  conditions.push_back({{"type", type},
                        {"status", status},
                        {"reason", reason},
                        {"message", message},
                        {"lastTransitionTime", Ago(10)},
                        {"observedGeneration", 1}});
}

void World::Planned(std::uint64_t shards, std::uint64_t rows) {
  sync_job_["status"]["plan"] = {{"partitions", 12}, {"targets", 1},  {"shards", shards},
                                 {"rows", rows},     {"bytes", 0},    {"hash", ""},
                                 {"route", ""},      {"small", false}};
}

json World::Child(const std::string& name, const std::string& step) const {
  return {
      {"metadata",
       {{"name", name},
        {"namespace", "sales"},
        {"uid", "uid-" + name},
        {"resourceVersion", "1"},
        {"labels",
         {{"culvert.dev/run-uid", kUid}, {"culvert.dev/attempt", "1"}, {"culvert.dev/step", step}}},
        {"annotations", json::object()},
        {"creationTimestamp", Ago(100 - static_cast<std::int64_t>(pods_.size()))}}}};
}

json& World::Step(const std::string& step, const std::string& condition, std::int64_t seconds) {
  json job = Child(kPrefix + step, step);
  job["status"] = {{"startTime", Ago(100)}, {"conditions", json::array()}};
  if (!condition.empty()) {
    job["status"]["conditions"].push_back(
        {{"type", condition}, {"status", "True"}, {"lastTransitionTime", Ago(100 - seconds)}});
  }
  if (condition == "Complete") job["status"]["completionTime"] = Ago(100 - seconds);
  if (step == "transfer") job["spec"]["completions"] = sync_job_["status"]["plan"]["shards"];
  jobs_.push_back(std::move(job));
  return jobs_.back();
}

json& World::Pod(const std::string& step, std::int64_t index, const std::string& phase) {
  const std::string place = index < 0 ? "" : "-" + std::to_string(index);
  json pod = Child(kPrefix + step + place + "-x" + std::to_string(10 + pods_.size()), step);
  if (index >= 0) {
    pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] =
        std::to_string(index);
  }
  pod["status"] = {{"phase", phase}};
  pods_.push_back(std::move(pod));
  return pods_.back();
}

void World::Ended(json& pod, int exit_code, const std::string& message) {
  pod["status"]["containerStatuses"] = {{{"name", "runner"},
                                         {"state",
                                          {{"terminated",
                                            {{"exitCode", exit_code},
                                             {"reason", exit_code == 0 ? "Completed" : "Error"},
                                             {"message", message}}}}}}};
}

void World::Waits(json& pod, const std::string& reason, const std::string& message) {
  pod["status"]["containerStatuses"] = {
      {{"name", "runner"}, {"state", {{"waiting", {{"reason", reason}, {"message", message}}}}}}};
}

void World::Progress(const json& pod, std::uint64_t rows, std::uint64_t rows_total,
                     std::uint64_t rate) {
  progress_[pod["metadata"]["name"]] = {
      {"rows", rows}, {"rowsTotal", rows_total}, {"ratePerSecond", rate}};
}

RunView World::View() const {
  auto view = ViewRun({.sync_job = sync_job_, .jobs = jobs_, .pods = pods_, .progress = progress_},
                      test::FakeClock().Now());
  EXPECT_THAT(view, test::IsOk());
  return view.value_or(RunView{});
}

void World::PutInto(test::FakeKubeApi& api) const {
  const auto path = [](const std::string& collection, const json& object) {
    return collection + "/" + object["metadata"]["name"].get<std::string>();
  };
  api.Put(path("/apis/culvert.dev/v1alpha1/namespaces/sales/syncjobs", sync_job_), sync_job_);
  for (const json& job : jobs_) api.Put(path("/apis/batch/v1/namespaces/sales/jobs", job), job);
  for (const json& pod : pods_) {
    const std::string at = path("/api/v1/namespaces/sales/pods", pod);
    api.Put(at, pod);
    const auto found = progress_.find(pod["metadata"]["name"]);
    if (found != progress_.end()) api.SetPodAnswer(at, "/progress", DumpJson(found->second));
  }
}

std::unique_ptr<kube::Client> MakeFakeClient(test::FakeKubeApi& api) {
  kube::Config config;
  config.server = http::Url::Parse("https://kube.test").value();
  config.token = std::make_shared<NoToken>();
  return kube::MakeRestClient(std::move(config), api);
}

World RunningWorld() {
  World world;
  world.Planned(4, 336'776);
  world.Condition("Planned", "True", "Planned");
  world.Condition("Transferred", "Unknown", "Transferring");
  world.Condition("Succeeded", "Unknown", "Transferring");
  world.status()["progress"] = {{"rows", 208'801},        {"rowsTotal", 336'776},
                                {"bytes", 41'000'000},    {"shards", 1},
                                {"shardsTotal", 4},       {"percent", 61},
                                {"rowsPerSecond", 4'200}, {"bytesPerSecond", 13'002'342},
                                {"etaSeconds", 30}};
  world.Step("plan", "Complete");
  json& transfer = world.Step("transfer");
  transfer["status"]["completedIndexes"] = "0";
  syncjob::ShardReport report;
  report.rows_read = 85'012;
  World::Ended(world.Pod("transfer", 0, "Succeeded"), 0,
               syncjob::StepMessageToJson({.step = syncjob::Step::kTransfer, .shard = report}));
  world.Progress(world.Pod("transfer", 1, "Running"), 60'000, 85'012, 2'123);
  World::Ended(world.Pod("transfer", 2, "Failed"), 30,
               syncjob::StepMessageToJson({.step = syncjob::Step::kTransfer,
                                           .exit_code = 30,
                                           .reason = "ServerError",
                                           .message = "could not write block 7 to table "
                                                      "flights_copy: status 503"}));
  world.Progress(world.Pod("transfer", 2, "Running"), 63'789, 83'000, 1'980);
  json& stuck = world.Pod("transfer", 3, "Pending");
  stuck["status"]["conditions"] = {{{"type", "PodScheduled"},
                                    {"status", "False"},
                                    {"reason", "Unschedulable"},
                                    {"message", "0/1 nodes are available: insufficient memory"}}};
  return world;
}

World FailedWorld() {
  World world;
  world.Planned(2, 336'776);
  world.Condition("Planned", "True", "Planned");
  const std::string message =
      "could not open an upload to table flights_copy: no privilege 'odps:Update'";
  world.Condition("Transferred", "False", "PermissionDenied", message);
  world.Condition("Succeeded", "False", "PermissionDenied", message);
  world.Step("plan", "Complete");
  world.Step("transfer", "Failed", 12)["status"]["failedIndexes"] = "1";
  World::Ended(world.Pod("transfer", 1, "Failed"), 13,
               syncjob::StepMessageToJson({.step = syncjob::Step::kTransfer,
                                           .exit_code = 13,
                                           .reason = "PermissionDenied",
                                           .message = message}));
  return world;
}

World FinishedWorld() {
  World world;
  world.Planned(4, 336'776);
  for (const char* type : {"Planned", "Transferred", "Committed", "Succeeded"}) {
    world.Condition(type, "True", type);
  }
  world.status()["report"] = {{"rowsRead", 336'776}, {"rowsWritten", 336'776},
                              {"seconds", 41},       {"bottleneck", "source"},
                              {"verified", "count"}, {"committedPartitionsTotal", 12}};
  return world;
}

}  // namespace culvert::plugin
