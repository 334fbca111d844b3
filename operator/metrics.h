// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/metrics.h"
#include "libs/base/mutex.h"
#include "operator/decision.h"
#include "operator/objects.h"
#include "operator/world.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace culvert::control {

/// The operator's own series (docs/adr/0008-pods-and-their-contract.md). Counters begin at zero;
/// gauges are computed from the caches when somebody asks. Thread-safe.
class OperatorMetrics {
 public:
  /// `registry` must outlive it.
  OperatorMetrics(MetricsRegistry& registry, const std::string& version);

  /// A status was written: counts what it says for the first time. `records`: of the run; what the
  /// shards of a run that failed had done is in them alone.
  void OnStatus(const SyncJobObject& before, const syncjob::SyncJobStatus& after, WallTime now,
                const std::vector<RecordPtr>& records = {});
  /// Computes the gauges and gives all series as text.
  std::string Expose(const World& world, const CacheSize& schedules);

 private:
  void OnEnd(const SyncJobObject& before, const syncjob::SyncJobStatus& after, WallTime now,
             const std::vector<RecordPtr>& records);

  MetricsRegistry& registry_;
  Mutex mutex_;
  std::set<std::pair<std::string, std::string>> states_ GUARDED_BY(mutex_);  // namespace, state
};

/// `Pending`, `Running`, `Suspended`, `Succeeded` or `Failed`.
std::string StateOf(const syncjob::SyncJobStatus& status);

}  // namespace culvert::control
