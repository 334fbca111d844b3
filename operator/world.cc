// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/world.h"

#include "operator/holdings.h"
#include "operator/names.h"

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>
#include <variant>

namespace culvert::control {
namespace {

using kube::Informer;
using kube::ReflectorOptions;

/// Versions are opaque, but every API server counts in them; where one does not, equality is asked.
bool IsAtLeast(const std::string& seen, const std::string& wanted) {
  const auto number = [](const std::string& text, std::uint64_t& value) {
    const char* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, value);
    return problem == std::errc() && stop == end;
  };
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (number(seen, a) && number(wanted, b)) return a >= b;
  return seen == wanted;
}

std::vector<StreamPool> PoolsOf(const SyncJobObject& job) {
  std::vector<StreamPool> pools;
  const auto add = [&](const std::string& name) {
    pools.push_back({.data_source = job.meta.key.name_space + "/" + name});
  };
  const auto* source = std::get_if<syncjob::MaxComputeSource>(&job.job.spec.source);
  const auto* target = std::get_if<syncjob::MaxComputeTarget>(&job.job.spec.target);
  if (source != nullptr) add(source->data_source);
  if (target != nullptr && (source == nullptr || source->data_source != target->data_source)) {
    add(target->data_source);
  }
  return pools;
}

/// Puts `one`, or nothing, in the place of what has that name among `members`. Whether it is there.
template <typename T>
bool Place(std::vector<std::shared_ptr<const T>>& members, const std::string& name,
           const std::shared_ptr<const T>& one) {
  const auto place = std::ranges::lower_bound(
      members, name, {},
      [](const auto& member) -> const std::string& { return member->meta.key.name; });
  const bool there = place != members.end() && (*place)->meta.key.name == name;
  if (one == nullptr) {
    if (there) members.erase(place);
  } else if (there) {
    *place = one;
  } else {
    members.insert(place, one);
  }
  return one != nullptr;
}

bool Uses(const SyncJobObject& job, const std::string& data_source) {
  const auto* source = std::get_if<syncjob::MaxComputeSource>(&job.job.spec.source);
  const auto* target = std::get_if<syncjob::MaxComputeTarget>(&job.job.spec.target);
  return (source != nullptr && source->data_source == data_source) ||
         (target != nullptr && target->data_source == data_source);
}

}  // namespace

bool Shows(const Write& write, const kube::CachedMeta* seen) {
  const bool gone = seen == nullptr || seen->uid != write.uid;
  if (write.resource_version.empty()) return gone || seen->IsBeingDeleted();
  return !gone && IsAtLeast(seen->resource_version, write.resource_version);
}

struct World::Scope {
  std::string name_space;
  std::unique_ptr<Informer<SyncJobObject>> jobs;
  std::unique_ptr<Informer<DataSourceObject>> data_sources;
  std::unique_ptr<Informer<JobObject>> children;
  std::unique_ptr<Informer<PodObject>> pods;
  std::unique_ptr<Informer<RecordObject>> records;

  bool synced() const {
    return jobs->synced() && data_sources->synced() && children->synced() && pods->synced() &&
           records->synced();
  }
};

World::World(Options options, kube::Client& client, MetricsRegistry& metrics,
             kube::WorkQueue& queue, StreamLedger& ledger)
    : options_(std::move(options)),
      client_(client),
      metrics_(metrics),
      queue_(queue),
      ledger_(ledger) {
  std::vector<std::string> namespaces = options_.namespaces;
  if (namespaces.empty()) namespaces.emplace_back();
  std::uint64_t seed = options_.jitter_seed;
  for (const std::string& name_space : namespaces) {
    auto scope = std::make_unique<Scope>();
    scope->name_space = name_space;
    const auto watch = [&](kube::Resource resource, std::string selector) {
      return ReflectorOptions{.resource = std::move(resource),
                              .name_space = name_space,
                              .label_selector = std::move(selector),
                              .jitter_seed = ++seed};
    };
    const std::string records = ManagedSelector() + "," + labels::kRunUid;
    scope->jobs = std::make_unique<Informer<SyncJobObject>>(
        watch(SyncJobs(), ""), client_, metrics_,
        [scope = scope.get()](const nlohmann::json& object) {
          return ProjectSyncJob(object, &scope->jobs->store());
        },
        [this](const auto& change, bool initial) { OnSyncJob(change, initial); });
    scope->data_sources = std::make_unique<Informer<DataSourceObject>>(
        watch(DataSources(), ""), client_, metrics_, ProjectDataSource,
        [this](const auto& change, bool initial) { OnDataSource(change, initial); });
    scope->children = std::make_unique<Informer<JobObject>>(
        watch(Jobs(), ManagedSelector()), client_, metrics_, ProjectJob,
        [this](const auto& change, bool initial) { OnChild(&Children::jobs, change, initial); });
    scope->pods = std::make_unique<Informer<PodObject>>(
        watch(Pods(), ManagedSelector()), client_, metrics_, ProjectPod,
        [this](const auto& change, bool initial) { OnChild(&Children::pods, change, initial); });
    scope->records = std::make_unique<Informer<RecordObject>>(
        watch(ConfigMaps(), records), client_, metrics_, ProjectRecord,
        [this](const auto& change, bool initial) { OnChild(&Children::records, change, initial); });
    scopes_.push_back(std::move(scope));
  }
  claims_ = std::make_unique<Informer<ClaimObject>>(
      ReflectorOptions{.resource = ConfigMaps(),
                       .name_space = options_.own_namespace,
                       .label_selector = std::string(labels::kClaim) + "=target",
                       .jitter_seed = ++seed},
      client_, metrics_, ProjectClaim,
      [this](const auto& change, bool /*initial*/) { OnClaim(change); });
}

World::~World() = default;

void World::Run(const OpContext& ctx) {
  std::vector<std::jthread> threads;
  threads.emplace_back([this, &ctx] { claims_->Run(ctx); });
  for (const auto& scope : scopes_) {
    threads.emplace_back([&ctx, informer = scope->data_sources.get()] { informer->Run(ctx); });
    threads.emplace_back([&ctx, informer = scope->records.get()] { informer->Run(ctx); });
    threads.emplace_back([&ctx, informer = scope->pods.get()] { informer->Run(ctx); });
    threads.emplace_back([&ctx, informer = scope->children.get()] { informer->Run(ctx); });
    threads.emplace_back([&ctx, informer = scope->jobs.get()] { informer->Run(ctx); });
  }
}

bool World::synced() const {
  if (!claims_->synced()) return false;
  for (const auto& scope : scopes_) {
    if (!scope->synced()) return false;
  }
  return true;
}

const World::Scope* World::ScopeOf(const std::string& name_space) const {
  for (const auto& scope : scopes_) {
    if (scope->name_space.empty() || scope->name_space == name_space) return scope.get();
  }
  return nullptr;
}

void World::Enqueue(const kube::ObjectKey& key, bool initial) {
  queue_.Add(key, initial ? kube::Priority::kLow : kube::Priority::kHigh);
}

template <typename T>
void World::OnChild(std::vector<std::shared_ptr<const T>> Children::* members,
                    const typename kube::Store<T>::Change& change, bool initial) {
  const T& one = change.after != nullptr ? *change.after : *change.before;
  const kube::ObjectKey owner{.name_space = one.meta.key.name_space, .name = one.owner};
  {
    const MutexLock lock(mutex_);
    Children& family = families_[one.run_uid];
    const bool stays = Place(family.*members, one.meta.key.name, change.after);
    if (stays) {
      uids_[owner].insert(one.run_uid);
    } else if (family.empty()) {
      families_.erase(one.run_uid);
      const auto found = uids_.find(owner);
      if (found != uids_.end()) {
        found->second.erase(one.run_uid);
        if (found->second.empty()) uids_.erase(found);
      }
    }
  }
  Enqueue(owner, initial);
}

void World::OnSyncJob(const kube::Store<SyncJobObject>::Change& change, bool initial) {
  if (options_.on_sync_job) options_.on_sync_job(change, initial);
  if (change.after != nullptr) {
    const SyncJobObject& job = *change.after;
    ledger_.Saw(job.meta.uid, PoolsOf(job), job.status.streams, job.status.IsTerminal());
    const bool gave_back =
        change.before != nullptr && change.before->status.streams > job.status.streams;
    if (gave_back) WakeWaiting();
    Enqueue(job.meta.key, initial);
    return;
  }
  ledger_.Release(change.before->meta.uid);
  WakeWaiting();
  Enqueue(change.before->meta.key, initial);
}

void World::OnDataSource(const kube::Store<DataSourceObject>::Change& change, bool initial) {
  if (initial) return;  // every run is looked at then anyway
  const kube::ObjectKey& key = (change.after != nullptr ? change.after : change.before)->meta.key;
  const Scope* const scope = ScopeOf(key.name_space);
  if (scope == nullptr) return;
  for (const SyncJobPtr& job : scope->jobs->store().All()) {
    if (job->meta.key.name_space != key.name_space || job->status.IsTerminal()) continue;
    if (Uses(*job, key.name)) Enqueue(job->meta.key, false);
  }
}

void World::OnClaim(const kube::Store<ClaimObject>::Change& change) {
  claim_index_.Apply(change.before, change.after);
  WakeWaiting();
  if (change.after == nullptr) return;
  for (const ClaimHolder& holder : change.after->claim.holders) Enqueue(holder.job, false);
}

Observed World::Observe(const kube::ObjectKey& key) const {
  Observed see;
  const Scope* const scope = ScopeOf(key.name_space);
  if (scope == nullptr) return see;
  see.job = scope->jobs->store().Get(key);
  if (see.job == nullptr) return see;
  const auto data_source = [&](const std::string& name) {
    return scope->data_sources->store().Get({.name_space = key.name_space, .name = name});
  };
  const syncjob::SyncJobSpec& spec = see.job->job.spec;
  if (const auto* source = std::get_if<syncjob::MaxComputeSource>(&spec.source)) {
    see.source = data_source(source->data_source);
  }
  if (const auto* target = std::get_if<syncjob::MaxComputeTarget>(&spec.target)) {
    see.target = data_source(target->data_source);
  }
  Children children = ChildrenOf(see.job->meta.uid);
  see.jobs = std::move(children.jobs);
  see.pods = std::move(children.pods);
  see.records = std::move(children.records);
  std::string target = TargetOf(*see.job, see.target.get());
  for (const RecordPtr& record : see.records) {
    const bool current = record->plan && record->attempt == see.job->status.attempt;
    if (current) target = record->plan->target;
  }
  const ClaimPtr claim = target.empty() ? nullptr : claim_index_.Named(ClaimName(target));
  if (claim != nullptr && claim->claim.target == target) see.claim = claim->claim;
  for (const ClaimPtr& held : claim_index_.HeldBy(see.job->meta.uid)) {
    see.held.push_back(held->claim);
  }
  return see;
}

std::set<std::string> World::UidsOf(const kube::ObjectKey& key) const {
  const MutexLock lock(mutex_);
  const auto found = uids_.find(key);
  return found == uids_.end() ? std::set<std::string>() : found->second;
}

World::Children World::ChildrenOf(const std::string& uid) const {
  const MutexLock lock(mutex_);
  const auto found = families_.find(uid);
  if (found == families_.end()) return {};
  return found->second;
}

std::vector<ClaimPtr> World::ClaimsOf(const kube::ObjectKey& key) const {
  std::vector<ClaimPtr> named;
  for (ClaimPtr& claim : claims_->store().All()) {
    for (const ClaimHolder& holder : claim->claim.holders) {
      if (holder.job != key) continue;
      named.push_back(std::move(claim));
      break;
    }
  }
  return named;
}

bool World::Shows(const Write& write) const {
  const auto shows = [&write](const auto& seen) {
    return control::Shows(write, seen == nullptr ? nullptr : &seen->meta);
  };
  const Scope* const scope = ScopeOf(write.key.name_space);
  switch (write.kind) {
    case Kind::kSyncJob:
      return scope == nullptr || shows(scope->jobs->store().Get(write.key));
    case Kind::kJob:
      return scope == nullptr || shows(scope->children->store().Get(write.key));
    case Kind::kRecord:
      return scope == nullptr || shows(scope->records->store().Get(write.key));
    case Kind::kSchedule:
      return true;  // ScheduleWorld has those
    case Kind::kClaim:
      return shows(claim_index_.Named(write.key.name));
  }
  return true;
}

std::vector<PodPtr> World::RunningPods() const {
  std::vector<PodPtr> running;
  for (const auto& scope : scopes_) {
    for (PodPtr& pod : scope->pods->store().All()) {
      if (pod->phase == "Running" && !pod->ip.empty()) running.push_back(std::move(pod));
    }
  }
  return running;
}

std::vector<SyncJobPtr> World::AllJobs() const {
  std::vector<SyncJobPtr> all;
  for (const auto& scope : scopes_) {
    std::vector<SyncJobPtr> some = scope->jobs->store().All();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::map<std::string, CacheSize> World::CacheSizes() const {
  std::map<std::string, CacheSize> sizes;
  const auto add = [&sizes](const char* kind, const auto& informer) {
    sizes[kind].Add(informer.store().All());
  };
  add("claims", *claims_);
  for (const auto& scope : scopes_) {
    add("syncjobs", *scope->jobs);
    add("datasources", *scope->data_sources);
    add("jobs", *scope->children);
    add("pods", *scope->pods);
    add("configmaps", *scope->records);
  }
  return sizes;
}

void World::Waits(const kube::ObjectKey& key) {
  const MutexLock lock(mutex_);
  waiting_.insert(key);
}

void World::WakeWaiting() {
  std::set<kube::ObjectKey> woken;
  {
    const MutexLock lock(mutex_);
    woken.swap(waiting_);
  }
  for (const kube::ObjectKey& key : woken) Enqueue(key, false);
}

void World::Resync() {
  for (const SyncJobPtr& job : AllJobs()) Enqueue(job->meta.key, true);
}

}  // namespace culvert::control
