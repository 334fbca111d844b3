// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_cluster.h"

#include "libs/base/time_format.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

namespace culvert::test {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kTick{10};

bool IsFinished(const json& job) {
  for (const json& condition : job.value(json::json_pointer("/status/conditions"), json::array())) {
    if (condition["status"] == "True" &&
        (condition["type"] == "Complete" || condition["type"] == "Failed")) {
      return true;
    }
  }
  return false;
}

std::string Phase(const json& pod) {
  return pod.value(json::json_pointer("/status/phase"), "Pending");
}

bool HasEnded(const json& pod) { return Phase(pod) == "Succeeded" || Phase(pod) == "Failed"; }

int ExitCodeOf(const json& pod) {
  return pod.value(json::json_pointer("/status/containerStatuses/0/state/terminated/exitCode"), -1);
}

/// What the Job's policy says of a pod that failed: FailJob, FailIndex, Ignore or Count.
std::string ActionOf(const json& job, int exit_code) {
  for (const json& rule :
       job.value(json::json_pointer("/spec/podFailurePolicy/rules"), json::array())) {
    if (!rule.contains("onExitCodes")) continue;
    const json& values = rule["onExitCodes"]["values"];
    if (std::ranges::find(values, json(exit_code)) != values.end()) return rule["action"];
  }
  return "Count";
}

std::string NamespaceOf(const json& object) { return object["metadata"]["namespace"]; }
std::string NameOf(const json& object) { return object["metadata"]["name"]; }
std::string UidOf(const json& object) { return object["metadata"]["uid"]; }

std::string OwnerUid(const json& object) {
  return object.value(json::json_pointer("/metadata/ownerReferences/0/uid"), "");
}

}  // namespace

FakeCluster::FakeCluster(FakeKubeApi& api, Options options)
    : api_(api), options_(std::move(options)), secrets_(options_.secrets) {
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

FakeCluster::~FakeCluster() {
  thread_.request_stop();
  thread_.join();
}

void FakeCluster::SetSecret(const std::string& name, std::map<std::string, std::string> values) {
  const MutexLock lock(mutex_);
  secrets_[name] = std::move(values);
}

void FakeCluster::HoldPods(bool hold) {
  const MutexLock lock(mutex_);
  hold_ = hold;
}

void FakeCluster::HoldJobs(bool hold) {
  const MutexLock lock(mutex_);
  hold_jobs_ = hold;
}

void FakeCluster::KillNext(const std::string& part) {
  const MutexLock lock(mutex_);
  kill_next_ = part;
}

bool FakeCluster::KillOne(std::uint64_t pick) {
  const MutexLock lock(mutex_);
  std::vector<PodProcess*> alive;
  for (const auto& [uid, pod] : pods_) {
    if (!pod->End()) alive.push_back(pod.get());
  }
  return !alive.empty() && alive[pick % alive.size()]->Kill();
}

int FakeCluster::started() const {
  const MutexLock lock(mutex_);
  return started_;
}

void FakeCluster::Loop(const std::stop_token& stop) {
  do {
    Step();
  } while (clock_->SleepUntil(clock_->SteadyNow() + kTick, stop));
}

void FakeCluster::Step() {
  CollectGarbage();
  for (auto& [path, job] : api_.Objects("/apis/batch/v1/")) RunJob(path, job);
  for (auto& [path, pod] : api_.Objects("/api/v1/namespaces/")) {
    if (path.find("/pods/") != std::string::npos) RunPod(path, pod);
  }
}

/// Objects whose owner is gone, and the processes of pods that are gone.
void FakeCluster::CollectGarbage() {
  std::set<std::string> uids;
  const auto all = api_.Objects("/");
  for (const auto& [path, object] : all) uids.insert(UidOf(object));
  for (const auto& [path, object] : all) {
    const std::string owner = OwnerUid(object);
    if (!owner.empty() && !uids.contains(owner)) api_.Put(path, nullptr);
  }
  const MutexLock lock(mutex_);
  std::erase_if(pods_, [&](auto& one) {
    if (uids.contains(one.first)) return false;
    one.second->Stop();
    return true;
  });
}

void FakeCluster::RunJob(const std::string& path, json job) {
  if (IsFinished(job) || job["spec"].value("suspend", false)) return;
  const std::uint64_t completions = job["spec"]["completions"];
  const std::uint64_t parallelism = job["spec"]["parallelism"];
  const int limit = job["spec"].value("backoffLimitPerIndex", 0);
  std::map<std::uint64_t, int> failures;
  std::set<std::uint64_t> done;
  std::set<std::uint64_t> active;
  std::string failed;
  const std::string prefix = "/api/v1/namespaces/" + NamespaceOf(job) + "/pods/";
  for (const auto& [pod_path, pod] : api_.Objects(prefix)) {
    if (OwnerUid(pod) != UidOf(job)) continue;
    const std::uint64_t index = std::stoull(
        std::string(pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"]));
    if (Phase(pod) == "Succeeded") {
      done.insert(index);
    } else if (!HasEnded(pod)) {
      active.insert(index);
    } else {
      const std::string action = ActionOf(job, ExitCodeOf(pod));
      if (action == "FailJob") failed = "PodFailurePolicy";
      if (action == "FailIndex") failed = "FailedIndexes";
      if (action == "Count" && ++failures[index] > limit) failed = "FailedIndexes";
    }
  }
  if (!failed.empty()) {
    if (active.empty()) {
      EndJob(path, std::move(job), "Failed", failed);
      return;
    }
    const MutexLock lock(mutex_);
    for (const auto& [uid, pod] : pods_) {
      if (pod->name().starts_with(NameOf(job) + "-")) pod->Signal(SIGTERM);
    }
    return;
  }
  if (done.size() == completions) {
    EndJob(path, std::move(job), "Complete", "CompletionsReached");
    return;
  }
  for (std::uint64_t index = 0; index < completions && active.size() < parallelism; ++index) {
    if (done.contains(index) || active.contains(index)) continue;
    active.insert(index);
    CreatePod(job, index, failures[index]);
  }
}

void FakeCluster::EndJob(const std::string& path, json job, const std::string& type,
                         const std::string& reason) {
  {
    const MutexLock lock(mutex_);
    if (hold_jobs_) return;
  }
  job["status"]["conditions"].push_back({{"type", type},
                                         {"status", "True"},
                                         {"reason", reason},
                                         {"lastTransitionTime", FormatRfc3339(clock_->Now())}});
  job["status"]["active"] = 0;
  api_.Update(path, std::move(job));
}

void FakeCluster::CreatePod(const json& job, std::uint64_t index, int failures) {
  json pod = job["spec"]["template"];
  pod["apiVersion"] = "v1";
  pod["kind"] = "Pod";
  std::string name;
  {
    const MutexLock lock(mutex_);
    name = NameOf(job) + "-" + std::to_string(index) + "-" + std::to_string(++names_);
  }
  pod["metadata"]["name"] = name;
  pod["metadata"]["namespace"] = NamespaceOf(job);
  pod["metadata"]["creationTimestamp"] = FormatRfc3339(clock_->Now());
  pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] =
      std::to_string(index);
  pod["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"] =
      std::to_string(failures);
  pod["metadata"]["ownerReferences"] = json::array({json{{"apiVersion", "batch/v1"},
                                                         {"kind", "Job"},
                                                         {"name", NameOf(job)},
                                                         {"uid", UidOf(job)},
                                                         {"controller", true}}});
  pod["status"] = {{"phase", "Pending"}};
  api_.Put("/api/v1/namespaces/" + NamespaceOf(job) + "/pods/" + name, std::move(pod));
}

PodProcess::Volumes FakeCluster::VolumesIn(const std::string& name_space) {
  PodProcess::Volumes volumes;
  volumes.secret = [this](const std::string& name) REQUIRES(mutex_) -> PodProcess::Files {
    const auto found = secrets_.find(name);
    if (found == secrets_.end()) return std::nullopt;
    return found->second;
  };
  volumes.config_map = [this, name_space](const std::string& name) -> PodProcess::Files {
    const json map = api_.Object("/api/v1/namespaces/" + name_space + "/configmaps/" + name);
    if (map.is_null()) return std::nullopt;
    return PodProcess::FilesOf(map);
  };
  return volumes;
}

void FakeCluster::RunPod(const std::string& path, json pod) {
  if (HasEnded(pod)) return;
  std::optional<PodProcess::Ending> ending;
  {
    const MutexLock lock(mutex_);
    const auto found = pods_.find(UidOf(pod));
    if (found == pods_.end()) {
      if (hold_) return;
      auto fresh = PodProcess::Start(pod, options_.runner, options_.directory + "/" + NameOf(pod),
                                     VolumesIn(NamespaceOf(pod)));
      if (!fresh) return;  // waits for its volumes
      if (!kill_next_.empty() && fresh->name().find(kill_next_) != std::string::npos) {
        fresh->Signal(SIGKILL);
        kill_next_.clear();
      }
      ++started_;
      pods_[UidOf(pod)] = std::move(fresh);
      pod["status"]["phase"] = "Running";
      api_.Update(path, pod);
      return;
    }
    ending = found->second->End();
    if (!ending) return;
    api_.SetPodLog(path, ending->log);
  }
  if (api_.Object(path).is_null()) return;
  api_.Update(path, PodProcess::Ended(std::move(pod), *ending, FormatRfc3339(clock_->Now())));
}

}  // namespace culvert::test
