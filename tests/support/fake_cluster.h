// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "tests/support/fake_kube_api.h"
#include "tests/support/pod_process.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace culvert::test {

/// What makes a FakeKubeApi a cluster: the Job controller, the garbage collector, and a kubelet
/// that runs each pod as a process of the program under test, its ConfigMaps and Secrets as files,
/// its termination message as a file. Indexed Jobs with per-index retries and pod failure policies,
/// as far as the operator uses them; retries come at once. Works on a thread of its own.
class FakeCluster {
 public:
  struct Options {
    std::string runner;     // path of the program
    std::string directory;  // for the pods' files
    /// Secret -> key -> value, in every namespace.
    std::map<std::string, std::map<std::string, std::string>> secrets;
  };
  /// `api` must outlive it.
  FakeCluster(FakeKubeApi& api, Options options);
  ~FakeCluster();
  FakeCluster(const FakeCluster&) = delete;
  FakeCluster& operator=(const FakeCluster&) = delete;

  void SetSecret(const std::string& name, std::map<std::string, std::string> values);
  /// Pods are created but not started while it is set.
  void HoldPods(bool hold);
  /// Jobs are not marked complete or failed while it is set, as if their controller were slow.
  void HoldJobs(bool hold);
  /// Kills (SIGKILL) the next pod whose name contains `part` as soon as it runs.
  void KillNext(const std::string& part);
  /// Kills (SIGKILL) one of the pods that run now, by `pick`; false when none did, or it had just
  /// ended.
  bool KillOne(std::uint64_t pick);
  /// How many pods were ever started.
  int started() const;

 private:
  void Loop(const std::stop_token& stop);
  void Step();
  void CollectGarbage();
  void RunJob(const std::string& path, nlohmann::json job);
  void CreatePod(const nlohmann::json& job, std::uint64_t index, int failures);
  void RunPod(const std::string& path, nlohmann::json pod);
  PodProcess::Volumes VolumesIn(const std::string& name_space);
  void EndJob(const std::string& path, nlohmann::json job, const std::string& type,
              const std::string& reason);

  FakeKubeApi& api_;
  const Options options_;
  const std::unique_ptr<Clock> clock_ = MakeSystemClock();
  mutable Mutex mutex_;
  std::map<std::string, std::map<std::string, std::string>> secrets_ GUARDED_BY(mutex_);
  std::map<std::string, std::unique_ptr<PodProcess>> pods_ GUARDED_BY(mutex_);  // by uid
  bool hold_ GUARDED_BY(mutex_) = false;
  bool hold_jobs_ GUARDED_BY(mutex_) = false;
  std::string kill_next_ GUARDED_BY(mutex_);
  int started_ GUARDED_BY(mutex_) = 0;
  int names_ GUARDED_BY(mutex_) = 0;
  std::jthread thread_;
};

}  // namespace culvert::test
