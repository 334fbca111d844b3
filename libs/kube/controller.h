// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/metrics.h"
#include "libs/base/op_context.h"
#include "libs/kube/work_queue.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace culvert::kube {

/// Nothing more to do until something changes.
struct AwaitChange {};
/// Look again after this time, or when something changes.
struct RequeueAfter {
  std::chrono::milliseconds delay;
};
/// Try again with the key's backoff.
struct TryAgain {
  Error error;
};
/// A person or another object has to change something first: no retry of its own.
struct Stalled {
  Error error;
};
/// What a reconcile came to. One switch in Controller turns it into queue, metric and log.
using Outcome = std::variant<AwaitChange, RequeueAfter, TryAgain, Stalled>;

/// Brings one object closer to what it should be. Gets a name, never an event: it reads the world,
/// as it is now.
using Reconcile = std::function<Outcome(const OpContext& ctx, const ObjectKey& key)>;

struct ControllerOptions {
  std::string name;  // label of its metrics
  int workers = 4;   // concurrent reconciles, of different keys
  std::chrono::milliseconds reconcile_timeout{60'000};
};

/// Takes keys from a queue and reconciles them, each key by one worker at a time. Metrics carry the
/// names that dashboards of other operators know (controller_runtime_*, workqueue_*). `queue` and
/// `metrics` must outlive it.
class Controller {
 public:
  Controller(ControllerOptions options, WorkQueue& queue, MetricsRegistry& metrics,
             Reconcile reconcile);

  /// Runs the workers until stop, then waits for the reconciles at hand.
  void Run(const OpContext& ctx);

 private:
  void Work(const OpContext& ctx);
  void Settle(const OpContext& ctx, const ObjectKey& key, const Outcome& outcome);
  void ShowLoad();

  ControllerOptions options_;
  WorkQueue& queue_;
  Reconcile reconcile_;
  Counter& succeeded_;
  Counter& requeued_;
  Counter& failed_;
  Counter& errors_;
  Counter& stalled_;
  Gauge& active_;
  Histogram& seconds_;
  Histogram& own_seconds_;
  Histogram& work_seconds_;
  Gauge& depth_;
  Gauge& unfinished_;
  Gauge& longest_;
  Counter& adds_;
  Counter& retries_;
  MetricsRegistry::Hook hook_;  // last: it uses all of them
};

}  // namespace culvert::kube
