// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/metrics.h"
#include "libs/base/op_context.h"
#include "libs/kube/client.h"
#include "libs/kube/controller.h"
#include "libs/kube/informer.h"
#include "libs/kube/work_queue.h"
#include "tests/bench/operator/workload.h"

#include <string>

namespace culvert::bench {

/// Plays the Job controller, the scheduler and the kubelets of a cluster in which every pod runs,
/// succeeds at once, and says what the runner says (docs/adr/0008-pods-and-their-contract.md). A
/// pod is created on a node, then running, then ended; a Job is active, then complete.
class PodPlayer {
 public:
  /// `client` and `clock` must outlive it.
  PodPlayer(Workload workload, kube::Client& client, Clock& clock, int workers);

  /// Plays every Job of the workload's namespace until stop.
  void Run(const OpContext& ctx);

 private:
  /// What is kept of a Job; its text only while there is something to do.
  struct SeenJob {
    kube::ObjectMeta meta = {};
    std::string text = {};
  };
  static Result<SeenJob> Project(const nlohmann::json& object);
  kube::Outcome Play(const OpContext& ctx, const kube::ObjectKey& key);
  Status RunJob(const OpContext& ctx, nlohmann::json job);
  Status RunPod(const OpContext& ctx, const nlohmann::json& job, std::uint64_t index);
  Result<std::string> LastWord(const nlohmann::json& job, std::uint64_t index) const;

  const Workload workload_;
  kube::Client& client_;
  MetricsRegistry metrics_;
  kube::WorkQueue queue_;
  kube::Informer<SeenJob> jobs_;
  kube::Controller controller_;
};

}  // namespace culvert::bench
