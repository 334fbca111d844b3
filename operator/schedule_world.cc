// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_world.h"

#include "operator/names.h"

#include <thread>
#include <utility>

namespace culvert::control {
namespace {

/// What a schedule decides by; progress is none of it.
bool SameForSchedule(const SyncJobObject& before, const SyncJobObject& after) {
  return before.status.IsTerminal() == after.status.IsTerminal() &&
         syncjob::IsTrue(before.status.conditions, syncjob::kTransferred) ==
             syncjob::IsTrue(after.status.conditions, syncjob::kTransferred) &&
         before.meta.deletion_timestamp == after.meta.deletion_timestamp;
}

}  // namespace

struct ScheduleWorld::Scope {
  std::string name_space;
  std::unique_ptr<kube::Informer<ScheduleObject>> schedules;
};

ScheduleWorld::ScheduleWorld(Options options, kube::Client& client, MetricsRegistry& metrics,
                             kube::WorkQueue& queue)
    : queue_(queue) {
  std::vector<std::string> namespaces = std::move(options.namespaces);
  if (namespaces.empty()) namespaces.emplace_back();
  std::uint64_t seed = options.jitter_seed;
  for (const std::string& name_space : namespaces) {
    auto scope = std::make_unique<Scope>();
    scope->name_space = name_space;
    scope->schedules = std::make_unique<kube::Informer<ScheduleObject>>(
        kube::ReflectorOptions{
            .resource = SyncSchedules(), .name_space = name_space, .jitter_seed = ++seed},
        client, metrics, ProjectSyncSchedule,
        [this](const kube::Store<ScheduleObject>::Change& change, bool initial) {
          const ScheduleObject& one = change.after != nullptr ? *change.after : *change.before;
          Enqueue(one.meta.key, initial);
        });
    scopes_.push_back(std::move(scope));
  }
}

ScheduleWorld::~ScheduleWorld() = default;

void ScheduleWorld::Run(const OpContext& ctx) {
  std::vector<std::jthread> threads;
  for (const auto& scope : scopes_) {
    threads.emplace_back([&ctx, informer = scope->schedules.get()] { informer->Run(ctx); });
  }
}

bool ScheduleWorld::synced() const {
  for (const auto& scope : scopes_) {
    if (!scope->schedules->synced()) return false;
  }
  return true;
}

const ScheduleWorld::Scope* ScheduleWorld::ScopeOf(const std::string& name_space) const {
  for (const auto& scope : scopes_) {
    if (scope->name_space.empty() || scope->name_space == name_space) return scope.get();
  }
  return nullptr;
}

void ScheduleWorld::Enqueue(const kube::ObjectKey& key, bool initial) {
  queue_.Add(key, initial ? kube::Priority::kLow : kube::Priority::kHigh);
}

void ScheduleWorld::OnSyncJob(const kube::Store<SyncJobObject>::Change& change, bool initial) {
  const SyncJobObject& one = change.after != nullptr ? *change.after : *change.before;
  if (one.firing == nullptr) return;
  {
    const MutexLock lock(mutex_);
    auto& runs = runs_[one.firing->schedule_uid];
    if (change.after != nullptr) {
      runs[one.meta.key.name] = change.after;
    } else {
      runs.erase(one.meta.key.name);
      if (runs.empty()) runs_.erase(one.firing->schedule_uid);
    }
  }
  const bool same = change.before != nullptr && change.after != nullptr &&
                    SameForSchedule(*change.before, *change.after);
  if (same) return;
  Enqueue({.name_space = one.meta.key.name_space, .name = one.firing->schedule}, initial);
}

ObservedSchedule ScheduleWorld::Observe(const kube::ObjectKey& key) const {
  ObservedSchedule see;
  const Scope* const scope = ScopeOf(key.name_space);
  if (scope == nullptr) return see;
  see.schedule = scope->schedules->store().Get(key);
  if (see.schedule == nullptr) return see;
  const MutexLock lock(mutex_);
  const auto found = runs_.find(see.schedule->meta.uid);
  if (found == runs_.end()) return see;
  for (const auto& [name, run] : found->second) see.runs.push_back(run);
  return see;
}

bool ScheduleWorld::ShowsWrite(const Write& write) const {
  const Scope* const scope = ScopeOf(write.key.name_space);
  if (scope == nullptr) return true;
  if (write.kind == Kind::kSchedule) {
    const SchedulePtr seen = scope->schedules->store().Get(write.key);
    return Shows(write, seen == nullptr ? nullptr : &seen->meta);
  }
  const MutexLock lock(mutex_);
  for (const auto& [uid, runs] : runs_) {
    const auto found = runs.find(write.key.name);
    if (found == runs.end() || found->second->meta.uid != write.uid) continue;
    return Shows(write, &found->second->meta);
  }
  return Shows(write, nullptr);
}

std::vector<SchedulePtr> ScheduleWorld::All() const {
  std::vector<SchedulePtr> all;
  for (const auto& scope : scopes_) {
    for (SchedulePtr& one : scope->schedules->store().All()) all.push_back(std::move(one));
  }
  return all;
}

CacheSize ScheduleWorld::Size() const {
  CacheSize size;
  size.Add(All());
  return size;
}

void ScheduleWorld::Resync() {
  for (const SchedulePtr& one : All()) Enqueue(one->meta.key, true);
}

}  // namespace culvert::control
