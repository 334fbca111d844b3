// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/run_reader.h"

#include "libs/base/json.h"
#include "libs/base/mutex.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

namespace culvert::plugin {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kProgressBudget{2};
constexpr std::size_t kProgressBytesMax = 64UL * 1024;
constexpr std::size_t kProgressPodsMax = 256;
constexpr std::size_t kProgressThreads = 8;
constexpr std::string_view kRunLabel = "culvert.dev/run-uid";

std::string Label(const json& object, std::string_view key) {
  const json labels = object.value(json::json_pointer("/metadata/labels"), json::object());
  const auto found = labels.find(key);
  return found != labels.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Pages of a collection, to the end.
Result<std::vector<json>> ListAll(const OpContext& ctx, kube::Client& client,
                                  const kube::Resource& resource, kube::ListOptions options) {
  std::vector<json> all;
  for (;;) {
    CULVERT_ASSIGN_OR_RETURN(const kube::ListPageResult page,
                             client.List(ctx, resource, options, [&all](const json& item) {
                               all.push_back(item);
                               return Status();
                             }));
    if (page.continue_token.empty()) return all;
    options.continue_token = page.continue_token;
  }
}

bool Runs(const json& pod) {
  return pod.value(json::json_pointer("/status/phase"), json()) == "Running";
}

/// What running pods say of themselves, by name; several at once, since each may keep silent.
std::map<std::string, json> AskPods(const OpContext& ctx, kube::Client& client,
                                    const std::vector<json>& pods) {
  std::vector<kube::ObjectKey> running;
  for (const json& pod : pods) {
    if (!Runs(pod) || running.size() == kProgressPodsMax) continue;
    const auto meta = kube::ParseMeta(pod);
    if (meta) running.push_back(meta->key);
  }
  Mutex mutex;
  std::map<std::string, json> answers;
  std::atomic<std::size_t> next = 0;
  const auto ask = [&] {
    for (std::size_t i = next++; i < running.size(); i = next++) {
      const auto text = client.PodProxy(ctx.WithTimeout(kProgressBudget), running[i], "",
                                        "/progress", kProgressBytesMax);
      if (!text) continue;
      auto progress = ParseJson(*text);
      if (!progress || !progress->is_object()) continue;
      const MutexLock lock(mutex);
      answers[running[i].name] = *std::move(progress);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(kProgressThreads, running.size()); ++i) {
      threads.emplace_back(ask);
    }
  }
  return answers;
}

}  // namespace

const kube::Resource kSyncJobs{
    .group = "culvert.dev", .version = "v1alpha1", .plural = "syncjobs", .namespaced = true};
const kube::Resource kJobs{.group = "batch", .version = "v1", .plural = "jobs", .namespaced = true};
const kube::Resource kPods{.group = "", .version = "v1", .plural = "pods", .namespaced = true};

Result<RunView> ReadRun(const OpContext& ctx, kube::Client& client, const kube::ObjectKey& key,
                        Live live) {
  auto sync_job = client.Get(ctx, kSyncJobs, key);
  if (!sync_job) {
    if (sync_job.error().code != ErrorCode::kNotFound) return Fail(std::move(sync_job.error()));
    return Fail(
        NotFound("there is no SyncJob '" + key.name + "' in namespace '" + key.name_space + "'"));
  }
  CULVERT_ASSIGN_OR_RETURN(const kube::ObjectMeta meta, kube::ParseMeta(*sync_job));
  const kube::ListOptions mine{.name_space = key.name_space,
                               .label_selector = std::string(kRunLabel) + "=" + meta.uid};
  CULVERT_ASSIGN_OR_RETURN(const std::vector<json> jobs, ListAll(ctx, client, kJobs, mine));
  CULVERT_ASSIGN_OR_RETURN(const std::vector<json> pods, ListAll(ctx, client, kPods, mine));
  std::map<std::string, json> progress;
  if (live == Live::kYes) progress = AskPods(ctx, client, pods);
  return ViewRun({.sync_job = *sync_job, .jobs = jobs, .pods = pods, .progress = progress},
                 ctx.clock.Now());
}

Result<std::vector<RunView>> ReadRuns(const OpContext& ctx, kube::Client& client,
                                      const std::string& name_space, Live live) {
  CULVERT_ASSIGN_OR_RETURN(std::vector<json> sync_jobs,
                           ListAll(ctx, client, kSyncJobs, {.name_space = name_space}));
  const kube::ListOptions ours{.name_space = name_space, .label_selector = std::string(kRunLabel)};
  CULVERT_ASSIGN_OR_RETURN(const std::vector<json> jobs, ListAll(ctx, client, kJobs, ours));
  CULVERT_ASSIGN_OR_RETURN(const std::vector<json> pods, ListAll(ctx, client, kPods, ours));
  std::map<std::string, json> progress;
  if (live == Live::kYes) progress = AskPods(ctx, client, pods);
  std::map<std::string, std::pair<std::vector<json>, std::vector<json>>> children;  // by uid
  for (const json& job : jobs) children[Label(job, kRunLabel)].first.push_back(job);
  for (const json& pod : pods) children[Label(pod, kRunLabel)].second.push_back(pod);
  std::vector<RunView> runs;
  for (const json& sync_job : sync_jobs) {
    CULVERT_ASSIGN_OR_RETURN(const kube::ObjectMeta meta, kube::ParseMeta(sync_job));
    const auto& [its_jobs, its_pods] = children[meta.uid];
    CULVERT_ASSIGN_OR_RETURN(
        RunView run,
        ViewRun({.sync_job = sync_job, .jobs = its_jobs, .pods = its_pods, .progress = progress},
                ctx.clock.Now()));
    runs.push_back(std::move(run));
  }
  std::ranges::sort(runs, {}, &RunView::name);
  return runs;
}

}  // namespace culvert::plugin
