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
#include "operator/claim_index.h"
#include "operator/claims.h"
#include "operator/objects.h"
#include "operator/observed.h"
#include "operator/stream_ledger.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace culvert::control {

/// The kinds that the operator writes to.
enum class Kind : std::uint8_t { kSyncJob, kSchedule, kJob, kRecord, kClaim };

/// A write of ours that the caches must show before the next decision about its run.
struct Write {
  Kind kind = Kind::kSyncJob;
  kube::ObjectKey key = {};
  std::string uid = {};
  std::string resource_version = {};  // empty: it was deleted
};

/// Whether a cache that has `seen` of the object shows the write; null: it has none.
bool Shows(const Write& write, const kube::CachedMeta* seen);

/// What the operator sees of a cluster: its caches, kept by watches on threads of their own, and
/// which object belongs to which run. Tells the queue which run to look at. Thread-safe.
class World {
 public:
  struct Options {
    std::vector<std::string> namespaces = {};  // empty: all of them, by cluster-wide requests
    std::string own_namespace = {};            // of the claims
    std::uint64_t jitter_seed = 1;
    /// Told of each change of a SyncJob, from the informer's thread; may be empty.
    std::function<void(const kube::Store<SyncJobObject>::Change& change, bool initial)>
        on_sync_job = {};
  };
  /// All must outlive it.
  World(Options options, kube::Client& client, MetricsRegistry& metrics, kube::WorkQueue& queue,
        StreamLedger& ledger);
  ~World();

  /// Watches until stop.
  void Run(const OpContext& ctx);
  /// True once every collection was listed.
  bool synced() const;

  /// The run of that name as the caches have it; without a job when there is none.
  Observed Observe(const kube::ObjectKey& key) const;
  /// Runs that this SyncJob's name has or had children of, whether or not it exists.
  std::set<std::string> UidsOf(const kube::ObjectKey& key) const;
  /// Each in the order of names.
  struct Children {
    std::vector<JobPtr> jobs;
    std::vector<PodPtr> pods;
    std::vector<RecordPtr> records;
    bool empty() const { return jobs.empty() && pods.empty() && records.empty(); }
  };
  Children ChildrenOf(const std::string& uid) const;
  /// Claims that name that SyncJob, whichever its uid.
  std::vector<ClaimPtr> ClaimsOf(const kube::ObjectKey& key) const;
  /// Whether the caches show a write of ours.
  bool Shows(const Write& write) const;
  /// Pods that run now and have an address.
  std::vector<PodPtr> RunningPods() const;
  std::vector<SyncJobPtr> AllJobs() const;
  /// `syncjobs` -> how much is cached. Looks at each object.
  std::map<std::string, CacheSize> CacheSizes() const;

  /// The run waits for what others hold: look at it again when somebody gives something back.
  void Waits(const kube::ObjectKey& key);
  void WakeWaiting();
  /// Looks at every run again, at low priority.
  void Resync();

 private:
  struct Scope;
  template <typename T>
  void OnChild(std::vector<std::shared_ptr<const T>> Children::* members,
               const typename kube::Store<T>::Change& change, bool initial);
  void OnSyncJob(const kube::Store<SyncJobObject>::Change& change, bool initial);
  void OnDataSource(const kube::Store<DataSourceObject>::Change& change, bool initial);
  void OnClaim(const kube::Store<ClaimObject>::Change& change);
  void Enqueue(const kube::ObjectKey& key, bool initial);
  const Scope* ScopeOf(const std::string& name_space) const;

  const Options options_;
  kube::Client& client_;
  MetricsRegistry& metrics_;
  kube::WorkQueue& queue_;
  StreamLedger& ledger_;
  std::vector<std::unique_ptr<Scope>> scopes_;  // one a namespace, or one for all
  std::unique_ptr<kube::Informer<ClaimObject>> claims_;
  ClaimIndex claim_index_;  // of what they have told

  mutable Mutex mutex_;
  std::unordered_map<std::string, Children> families_ GUARDED_BY(mutex_);  // by the run's uid
  std::map<kube::ObjectKey, std::set<std::string>> uids_ GUARDED_BY(mutex_);
  std::set<kube::ObjectKey> waiting_ GUARDED_BY(mutex_);
};

}  // namespace culvert::control
