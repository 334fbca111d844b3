// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/reconciler.h"

#include "libs/base/log.h"
#include "operator/names.h"
#include "operator/obstacle.h"

#include <chrono>
#include <utility>

namespace culvert::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kUntilCachesShow{20};
constexpr seconds kObstacleAgain{60};
constexpr seconds kCleanUpAgain{5};
// Of all runs together: with more than 200 at work their progress is written less often.
constexpr milliseconds kProgressTurn{50};

std::string SucceededReason(const syncjob::SyncJobStatus& status) {
  const syncjob::Condition* const condition =
      syncjob::FindCondition(status.conditions, syncjob::kSucceeded);
  return condition == nullptr ? std::string() : condition->reason;
}

}  // namespace

kube::Outcome SyncJobReconciler::Reconcile(const OpContext& ctx, const kube::ObjectKey& key) {
  const bool settled = parts_.pending.Settled(
      key, ctx.clock.SteadyNow(), [this](const Write& write) { return parts_.world.Shows(write); });
  Observed see = parts_.world.Observe(key);
  if (see.job == nullptr) {
    // What was written for it may be gone before it was ever seen.
    parts_.pending.Forget(key);
    return CleanUp(ctx, key, "");
  }
  if (!settled) return kube::RequeueAfter{kUntilCachesShow};
  see.live = parts_.progress.Of(see.job->meta.uid);
  const SyncJobObject& job = *see.job;
  const Decision decision = Decide(see, policy_, ctx.clock.Now());
  auto result = parts_.actor.Carry(ctx, job, decision, MayWriteProgress(ctx, job.meta.uid));
  if (!result) return OutcomeOf(std::move(result.error()).With("syncjob", key.ToString()));
  if (parts_.world.UidsOf(key).size() > 1) CleanUp(ctx, key, job.meta.uid);
  return Settle(ctx, see, decision, *result);
}

kube::Outcome SyncJobReconciler::Settle(const OpContext& ctx, const Observed& see,
                                        const Decision& decision, const ActResult& result) {
  const SyncJobObject& job = *see.job;
  if (result.status_written) {
    {
      const MutexLock lock(mutex_);
      progress_written_[job.meta.uid] = ctx.clock.SteadyNow();
      if (result.status.IsTerminal()) progress_written_.erase(job.meta.uid);
    }
    parts_.metrics.OnStatus(job, result.status, ctx.clock.Now(), see.records);
    const std::string before = SucceededReason(job.status);
    const std::string after = SucceededReason(result.status);
    if (before != after) {
      ctx.log.Info("state changed", {{"controller", "syncjob"},
                                     {"namespace", job.meta.key.name_space},
                                     {"name", job.meta.key.name},
                                     {"uid", job.meta.uid},
                                     {"attempt", result.status.attempt},
                                     {"from", before},
                                     {"to", after}});
    }
  }
  const kube::EventSubject subject{.api_version = std::string(kApiVersion),
                                   .kind = "SyncJob",
                                   .key = job.meta.key,
                                   .uid = job.meta.uid};
  if (result.obstacle) {
    parts_.events.Record(ctx, subject, kube::EventType::kWarning, result.obstacle_reason,
                         "Reconcile", result.obstacle->message);
    return kube::RequeueAfter{kObstacleAgain};
  }
  if (result.refused) {
    parts_.world.Waits(job.meta.key);
  } else if (result.status_written || decision.actions.empty()) {
    for (const EventNote& note :
         result.unreadable ? decision.unreadable->events : decision.events) {
      parts_.events.Record(ctx, subject,
                           note.warning ? kube::EventType::kWarning : kube::EventType::kNormal,
                           note.reason, note.action, note.note);
    }
  }
  if (decision.waits) parts_.world.Waits(job.meta.key);
  const bool deleted = job.meta.IsBeingDeleted();
  if (decision.look_again && !(result.refused && decision.look_again->count() == 0)) {
    return kube::RequeueAfter{*decision.look_again};
  }
  if (result.refused || deleted) return kube::RequeueAfter{seconds(15)};
  return kube::AwaitChange{};
}

kube::Outcome SyncJobReconciler::CleanUp(const OpContext& ctx, const kube::ObjectKey& key,
                                         const std::string& living_uid) {
  bool again = false;
  for (const std::string& uid : parts_.world.UidsOf(key)) {
    if (uid == living_uid) continue;
    const World::Children children = parts_.world.ChildrenOf(uid);
    // The garbage collector removes what has an owner; what was left without one on purpose
    // (`kubectl delete --cascade=orphan`) must not go on writing.
    for (const JobPtr& job : children.jobs) {
      again = true;
      if (job->meta.has_controller || job->meta.IsBeingDeleted()) continue;
      const Status removed = parts_.actor.Remove(ctx, Jobs(), job->meta.key, job->meta.uid);
      if (!removed) return OutcomeOf(removed.error());
    }
    for (const RecordPtr& record : children.records) {
      again = true;
      if (record->meta.has_controller || record->meta.IsBeingDeleted()) continue;
      const Status removed =
          parts_.actor.Remove(ctx, ConfigMaps(), record->meta.key, record->meta.uid);
      if (!removed) return OutcomeOf(removed.error());
    }
    again = again || !children.pods.empty();
  }
  for (const ClaimPtr& claim : parts_.world.ClaimsOf(key)) {
    for (const ClaimHolder& holder : claim->claim.holders) {
      if (holder.job != key || holder.uid == living_uid) continue;
      again = true;
      const Status released = parts_.actor.ReleaseIfGone(ctx, *claim, holder);
      if (!released) return OutcomeOf(released.error());
    }
  }
  if (again) return kube::RequeueAfter{kCleanUpAgain};
  return kube::AwaitChange{};
}

bool SyncJobReconciler::MayWriteProgress(const OpContext& ctx, const std::string& uid) {
  const SteadyTime now = ctx.clock.SteadyNow();
  const MutexLock lock(mutex_);
  const auto last = progress_written_.find(uid);
  if (last != progress_written_.end() && now - last->second < policy_.progress_interval) {
    return false;
  }
  if (progress_turn_ > now) return false;
  progress_turn_ = now + kProgressTurn;
  return true;
}

}  // namespace culvert::control
