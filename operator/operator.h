// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/metrics.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/http/transport.h"
#include "libs/kube/client.h"
#include "libs/kube/leader_election.h"
#include "operator/child_objects.h"
#include "operator/decide.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace culvert::control {

struct OperatorOptions {
  RunnerPods pods;
  Policy policy;
  std::string own_namespace = {};                  // of the claims
  std::vector<std::string> watch_namespaces = {};  // empty: all
  std::string identity = {};                       // of this process, in events
  int workers = 4;
  std::chrono::seconds resync{36'000};
  std::chrono::seconds progress_interval{10};                // 0: pods are not asked
  std::optional<kube::LeaderElectionOptions> election = {};  // nothing: it leads at once
  std::uint64_t seed = 1;
};

/// The operator without its process: everything is handed in, so a test runs it against a fake
/// API.
class Operator {
 public:
  /// `client`, `pod_transport` (to the pods' progress), `metrics` and `clock` must outlive it.
  Operator(OperatorOptions options, kube::Client& client, http::Transport& pod_transport,
           MetricsRegistry& metrics, Clock& clock);
  ~Operator();
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  /// Watches, waits for the lease where there is an election, and works, until stop: success.
  /// kAborted when the lease was lost: the process must end.
  Status Run(const OpContext& ctx);

  /// The caches are filled: whoever leads can work.
  bool IsReady() const;
  /// The workers take keys, or there is nothing to take: false when a look at one SyncJob has
  /// lasted longer than any may.
  bool IsAlive(const Clock& clock) const;
  bool Leads() const { return leads_.load(); }
  /// Metrics in Prometheus' text format.
  std::string MetricsText();

 private:
  void Lead(const OpContext& ctx);

  struct Parts;
  const OperatorOptions options_;
  kube::Client& client_;
  MetricsRegistry& metrics_;
  std::unique_ptr<Parts> parts_;
  std::atomic<bool> leads_ = false;
};

}  // namespace culvert::control
