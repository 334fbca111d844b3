// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/log.h"
#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/kube/client.h"
#include "tests/support/pod_process.h"

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

namespace culvert::test {

/// Runs the pods of one namespace of a real API server as processes of the program under test, and
/// tells the server how they end: what a node does, without one. On a thread of its own.
class LocalKubelet {
 public:
  struct Options {
    std::string name_space;
    std::string runner;     // path of the program
    std::string directory;  // for the pods' files
    std::map<std::string, std::map<std::string, std::string>> secrets;
  };
  /// `client` must outlive it.
  LocalKubelet(kube::Client& client, Options options);
  ~LocalKubelet();
  LocalKubelet(const LocalKubelet&) = delete;
  LocalKubelet& operator=(const LocalKubelet&) = delete;

  /// How many pods were ever started.
  int started() const;

 private:
  void Loop(const std::stop_token& stop);
  void Step(const OpContext& ctx);
  void RunPod(const OpContext& ctx, nlohmann::json pod);
  PodProcess::Volumes VolumesOf(const OpContext& ctx) const;

  kube::Client& client_;
  const Options options_;
  const std::unique_ptr<Clock> clock_ = MakeSystemClock();
  Logger log_;
  std::map<std::string, std::unique_ptr<PodProcess>> pods_;  // by uid, of the thread
  mutable Mutex mutex_;
  int started_ GUARDED_BY(mutex_) = 0;
  std::jthread thread_;
};

}  // namespace culvert::test
