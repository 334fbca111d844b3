// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/kube/controller.h"
#include "libs/kube/event_recorder.h"
#include "libs/kube/rate_limiter.h"
#include "operator/act.h"
#include "operator/decide.h"
#include "operator/metrics.h"
#include "operator/pending_writes.h"
#include "operator/progress_poller.h"
#include "operator/world.h"

#include <map>
#include <string>

namespace culvert::control {

/// Observe, decide, act, for one SyncJob. Thread-safe.
class SyncJobReconciler {
 public:
  struct Parts {
    World& world;
    Actor& actor;
    PendingWrites& pending;
    kube::EventRecorder& events;
    OperatorMetrics& metrics;
    const ProgressPoller& progress;
  };
  SyncJobReconciler(Policy policy, const Parts& parts) : policy_(policy), parts_(parts) {}

  kube::Outcome Reconcile(const OpContext& ctx, const kube::ObjectKey& key);

 private:
  kube::Outcome Settle(const OpContext& ctx, const Observed& see, const Decision& decision,
                       const ActResult& result);
  /// Children and claims whose SyncJob is gone.
  kube::Outcome CleanUp(const OpContext& ctx, const kube::ObjectKey& key,
                        const std::string& living_uid);
  bool MayWriteProgress(const OpContext& ctx, const std::string& uid);

  const Policy policy_;
  const Parts parts_;
  Mutex mutex_;
  std::map<std::string, SteadyTime> progress_written_ GUARDED_BY(mutex_);  // by uid
  SteadyTime progress_turn_ GUARDED_BY(mutex_) = SteadyTime::min();
};

}  // namespace culvert::control
