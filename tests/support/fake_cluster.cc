// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_cluster.h"

#include "libs/base/digest.h"
#include "libs/base/file.h"
#include "libs/base/time_format.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

namespace culvert::test {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kTick{10};
constexpr const char* kMountRoot = "/etc/culvert";
constexpr const char* kLastWordFile = "/dev/termination-log";
constexpr std::size_t kMessageBytesMax = 4096;

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  if (const std::size_t at = text.find(from); at != std::string::npos) {
    text.replace(at, from.size(), to);
  }
  return text;
}

void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

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

struct FakeCluster::Pod {
  std::string name;
  std::string root;
  std::unique_ptr<Process> process;
};

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
    one.second->process->Signal(SIGTERM);
    static_cast<void>(one.second->process->Wait(std::chrono::seconds(5)));
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
      if (pod->name.starts_with(NameOf(job) + "-")) pod->process->Signal(SIGTERM);
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
  if (!api_.Object(path).is_null()) api_.Put(path, std::move(job));
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

bool FakeCluster::WriteSource(const json& source, const std::string& name_space,
                              const std::string& directory) {
  const bool secret = source.contains("secret");
  const json& what = secret ? source["secret"] : source["configMap"];
  const std::string name = what["name"];
  std::map<std::string, std::string> files;
  if (secret) {
    const auto found = secrets_.find(name);
    if (found == secrets_.end()) return what.value("optional", false);
    files = found->second;
  } else {
    const json map = api_.Object("/api/v1/namespaces/" + name_space + "/configmaps/" + name);
    if (map.is_null()) return what.value("optional", false);
    const json data = map.value("data", json::object());
    const json binary = map.value("binaryData", json::object());
    for (const auto& [key, text] : data.items()) {
      files[key] = text.get<std::string>();
    }
    for (const auto& [key, text] : binary.items()) {
      files[key] = Base64Decode(text.get<std::string>()).value();
    }
  }
  for (const auto& [key, text] : files) WriteText(directory + "/" + key, text);
  return true;
}

bool FakeCluster::Mount(const json& pod, const std::string& root) {
  const json& spec = pod["spec"];
  for (const json& mount : spec["containers"][0]["volumeMounts"]) {
    const std::string directory = Replaced(mount["mountPath"], kMountRoot, root);
    std::filesystem::create_directories(directory);
    for (const json& volume : spec["volumes"]) {
      if (volume["name"] != mount["name"]) continue;
      json sources = json::array();
      if (volume.contains("projected")) {
        sources = volume["projected"]["sources"];
      } else {
        sources.push_back(volume);
      }
      for (const json& source : sources) {
        if (!WriteSource(source, NamespaceOf(pod), directory)) return false;
      }
    }
  }
  return true;
}

void FakeCluster::RunPod(const std::string& path, json pod) {
  if (HasEnded(pod)) return;
  std::optional<Exit> exit;
  {
    const MutexLock lock(mutex_);
    const auto found = pods_.find(UidOf(pod));
    if (found == pods_.end()) {
      if (hold_) return;
      auto fresh = std::make_unique<Pod>();
      fresh->name = NameOf(pod);
      fresh->root = options_.directory + "/" + fresh->name;
      if (!Mount(pod, fresh->root)) return;  // waits for its volumes
      const std::string last_word = fresh->root + "/termination-log";
      WriteText(last_word, "");
      ProcessOptions options;
      options.args.push_back(options_.runner);
      const json& args = pod["spec"]["containers"][0]["args"];
      for (std::size_t i = 0; i < args.size(); ++i) {
        std::string arg = args[i];
        if (i > 0 && args[i - 1] == "--listen") arg = "127.0.0.1:0";
        if (arg == kLastWordFile) arg = last_word;
        options.args.push_back(Replaced(arg, kMountRoot, fresh->root));
      }
      options.env["JOB_COMPLETION_INDEX"] =
          pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"];
      options.working_directory = fresh->root;
      auto process = Process::Start(options);
      if (!process) return;
      fresh->process = *std::move(process);
      if (!kill_next_.empty() && fresh->name.find(kill_next_) != std::string::npos) {
        fresh->process->Signal(SIGKILL);
        kill_next_.clear();
      }
      ++started_;
      pods_[UidOf(pod)] = std::move(fresh);
      pod["status"]["phase"] = "Running";
      api_.Put(path, pod);
      return;
    }
    const auto code = found->second->process->ExitCode();
    if (!code) return;
    exit = Exit{.code = *code, .message = ""};
    if (const auto text =
            ReadWholeFile(found->second->root + "/termination-log", kMessageBytesMax)) {
      exit->message = *text;
    }
    api_.SetPodLog(path,
                   found->second->process->stdout_text() + found->second->process->stderr_text());
  }
  Finish(path, std::move(pod), *exit);
}

void FakeCluster::Finish(const std::string& path, json pod, const Exit& exit) {
  pod["status"]["phase"] = exit.code == 0 ? "Succeeded" : "Failed";
  pod["status"]["containerStatuses"] =
      json::array({json{{"name", "runner"},
                        {"state",
                         {{"terminated",
                           {{"exitCode", exit.code},
                            {"reason", exit.code == 0 ? "Completed" : "Error"},
                            {"message", exit.message},
                            {"finishedAt", FormatRfc3339(clock_->Now())}}}}}}});
  if (!api_.Object(path).is_null()) api_.Put(path, std::move(pod));
}

}  // namespace culvert::test
