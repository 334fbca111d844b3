// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/local_kubelet.h"

#include "libs/base/time_format.h"

#include <chrono>
#include <set>
#include <utility>
#include <vector>

namespace culvert::test {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kCallBudget{20};

const kube::Resource kPods{.group = "", .version = "v1", .plural = "pods"};
const kube::Resource kConfigMaps{.group = "", .version = "v1", .plural = "configmaps"};

kube::ObjectKey KeyOf(const json& object) {
  return {.name_space = object["metadata"]["namespace"], .name = object["metadata"]["name"]};
}

bool HasEnded(const json& pod) {
  const std::string phase = pod.value(json::json_pointer("/status/phase"), "Pending");
  return phase == "Succeeded" || phase == "Failed";
}

}  // namespace

LocalKubelet::LocalKubelet(kube::Client& client, Options options)
    : client_(client),
      options_(std::move(options)),
      log_(LogLevel::kError, *clock_, StderrSink()),
      thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

LocalKubelet::~LocalKubelet() {
  thread_.request_stop();
  thread_.join();
  for (auto& [uid, pod] : pods_) pod->Stop();
}

int LocalKubelet::started() const {
  const MutexLock lock(mutex_);
  return started_;
}

void LocalKubelet::Loop(const std::stop_token& stop) {
  do {
    Step({.stop = stop,
          .deadline = clock_->SteadyNow() + kCallBudget,
          .clock = *clock_,
          .log = log_});
  } while (clock_->SleepUntil(clock_->SteadyNow() + kTick, stop));
}

void LocalKubelet::Step(const OpContext& ctx) {
  std::vector<json> pods;
  const auto listed =
      client_.List(ctx, kPods, {.name_space = options_.name_space}, [&](const json& pod) -> Status {
        pods.push_back(pod);
        return {};
      });
  if (!listed) return;  // the next look comes soon
  std::set<std::string> uids;
  for (const json& pod : pods) uids.insert(pod["metadata"]["uid"]);
  std::erase_if(pods_, [&](auto& one) {
    if (uids.contains(one.first)) return false;
    one.second->Stop();
    return true;
  });
  for (json& pod : pods) {
    if (!HasEnded(pod)) RunPod(ctx, std::move(pod));
  }
}

PodProcess::Volumes LocalKubelet::VolumesOf(const OpContext& ctx) const {
  PodProcess::Volumes volumes;
  volumes.secret = [this](const std::string& name) -> PodProcess::Files {
    const auto found = options_.secrets.find(name);
    if (found == options_.secrets.end()) return std::nullopt;
    return found->second;
  };
  volumes.config_map = [this, &ctx](const std::string& name) -> PodProcess::Files {
    const auto map =
        client_.Get(ctx, kConfigMaps, {.name_space = options_.name_space, .name = name});
    if (!map) return std::nullopt;
    return PodProcess::FilesOf(*map);
  };
  return volumes;
}

void LocalKubelet::RunPod(const OpContext& ctx, json pod) {
  const std::string uid = pod["metadata"]["uid"];
  const auto found = pods_.find(uid);
  if (found == pods_.end()) {
    // A pod that is to go before it began has nothing to stop.
    if (pod["metadata"].contains("deletionTimestamp")) return;
    auto fresh = PodProcess::Start(
        pod, options_.runner, options_.directory + "/" + pod["metadata"]["name"].get<std::string>(),
        VolumesOf(ctx));
    if (!fresh) return;  // waits for its volumes
    pods_[uid] = std::move(fresh);
    const MutexLock lock(mutex_);
    ++started_;
    return;
  }
  const auto ending = found->second->End();
  if (!ending) return;
  json ended = PodProcess::Ended(std::move(pod), *ending, FormatRfc3339(clock_->Now()));
  // Whoever wrote it meanwhile: the next look tries again.
  static_cast<void>(client_.ReplaceStatus(ctx, kPods, KeyOf(ended), ended));
}

}  // namespace culvert::test
