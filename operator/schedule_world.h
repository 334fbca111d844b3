// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/metrics.h"
#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/kube/client.h"
#include "libs/kube/informer.h"
#include "libs/kube/work_queue.h"
#include "operator/cache_bytes.h"
#include "operator/objects.h"
#include "operator/schedule_decide.h"
#include "operator/world.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace culvert::control {

/// What a reconciler sees of schedules.
class ScheduleView {
 public:
  virtual ~ScheduleView() = default;
  /// The schedule of that name and its runs; without a schedule when there is none.
  virtual ObservedSchedule Observe(const kube::ObjectKey& key) const = 0;
  /// Whether it shows a write of ours.
  virtual bool ShowsWrite(const Write& write) const = 0;
};

/// The same from caches, kept by watches on threads of their own. Tells the queue which schedule to
/// look at. Thread-safe.
class ScheduleWorld final : public ScheduleView {
 public:
  struct Options {
    std::vector<std::string> namespaces = {};  // empty: all of them
    std::uint64_t jitter_seed = 1;
  };
  /// All must outlive it.
  ScheduleWorld(Options options, kube::Client& client, MetricsRegistry& metrics,
                kube::WorkQueue& queue);
  ~ScheduleWorld() override;

  /// Watches schedules until stop. Their runs come from OnSyncJob.
  void Run(const OpContext& ctx);
  bool synced() const;
  /// A change of any SyncJob, whoever made it.
  void OnSyncJob(const kube::Store<SyncJobObject>::Change& change, bool initial);

  ObservedSchedule Observe(const kube::ObjectKey& key) const override;
  bool ShowsWrite(const Write& write) const override;
  std::vector<SchedulePtr> All() const;
  /// What its cache holds; their runs are in that of SyncJobs. Looks at each object.
  CacheSize Size() const;
  /// Looks at every schedule again, at low priority.
  void Resync();

 private:
  struct Scope;
  const Scope* ScopeOf(const std::string& name_space) const;
  void Enqueue(const kube::ObjectKey& key, bool initial);

  kube::WorkQueue& queue_;
  std::vector<std::unique_ptr<Scope>> scopes_;  // one a namespace, or one for all
  mutable Mutex mutex_;
  // By the schedule's uid, then the SyncJob's name.
  std::map<std::string, std::map<std::string, SyncJobPtr>> runs_ GUARDED_BY(mutex_);
};

}  // namespace culvert::control
