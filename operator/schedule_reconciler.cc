// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_reconciler.h"

#include "libs/base/log.h"
#include "operator/names.h"
#include "operator/obstacle.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace culvert::control {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kUntilShown{20};
constexpr milliseconds kRefusedAgain{60'000};
constexpr milliseconds kChangedAgain{1'000};
// Waiting is measured by another clock than planning: a machine that slept, or whose clock was set,
// is late by no more than this.
constexpr milliseconds kLookAtLeast{300'000};

kube::Outcome TryLater(Error error, const kube::ObjectKey& key) {
  return OutcomeOf(std::move(error).With("syncschedule", key.ToString()));
}

/// Whether only a change of the schedule itself can help.
bool IsOfSpec(const Error& error) {
  return error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kUnimplemented ||
         error.code == ErrorCode::kOutOfRange;
}

}  // namespace

kube::Outcome ScheduleReconciler::Reconcile(const OpContext& ctx, const kube::ObjectKey& key) {
  const bool settled =
      parts_.pending.Settled(key, ctx.clock.SteadyNow(),
                             [this](const Write& write) { return parts_.view.ShowsWrite(write); });
  if (!settled) return kube::RequeueAfter{kUntilShown};
  const ObservedSchedule see = parts_.view.Observe(key);
  if (see.schedule == nullptr || see.schedule->meta.IsBeingDeleted()) {
    parts_.metrics.Forget(key);
    return kube::AwaitChange{};
  }
  const ScheduleObject& schedule = *see.schedule;
  if (!schedule.problem.empty()) return Refuse(ctx, see, InvalidArgument(schedule.problem));
  const auto rules = RulesOf(schedule, zones_);
  if (!rules) return Refuse(ctx, see, rules.error());
  const schedule::TimeZone& zone = rules->firing.timetable.zone();
  const auto now = std::chrono::floor<std::chrono::seconds>(ctx.clock.Now());
  if (!IsChecked(schedule)) {
    const Status checked =
        parts_.actor.Check(ctx, schedule, zone, rules->firing.timetable.Next(now).value_or(now));
    if (!checked) return Refuse(ctx, see, checked.error());
  }
  const ScheduleDecision decision = DecideSchedule(see, *rules, ctx.clock.Now());
  auto result = parts_.actor.Carry(ctx, schedule, zone, decision);
  if (!result) return TryLater(std::move(result.error()), key);
  return Settle(ctx, schedule, decision, *result);
}

kube::Outcome ScheduleReconciler::Refuse(const OpContext& ctx, const ObservedSchedule& see,
                                         const Error& error) {
  const ScheduleObject& schedule = *see.schedule;
  if (!IsOfSpec(error) && !IsObstacle(error)) return TryLater(error, schedule.meta.key);
  const ScheduleDecision decision = RefuseSchedule(see, error, ctx.clock.Now());
  auto result = parts_.actor.Carry(ctx, schedule, schedule::TimeZone(), decision);
  if (!result) return TryLater(std::move(result.error()), schedule.meta.key);
  Settle(ctx, schedule, decision, *result);
  if (IsOfSpec(error)) return kube::AwaitChange{};
  return kube::RequeueAfter{kRefusedAgain};
}

kube::Outcome ScheduleReconciler::Settle(const OpContext& ctx, const ScheduleObject& schedule,
                                         const ScheduleDecision& decision,
                                         const ScheduleActResult& result) {
  const kube::EventSubject subject{.api_version = std::string(kApiVersion),
                                   .kind = "SyncSchedule",
                                   .key = schedule.meta.key,
                                   .uid = schedule.meta.uid};
  if (result.status_written) {
    parts_.metrics.OnStatus(schedule.meta.key, schedule.status, result.status);
  } else {
    parts_.metrics.Show(schedule.meta.key, result.status);
  }
  if (result.obstacle) {
    parts_.events.Record(ctx, subject, kube::EventType::kWarning, result.obstacle->reason, "Create",
                         result.obstacle->message);
    return kube::RequeueAfter{kRefusedAgain};
  }
  if (result.status_written) {
    for (const EventNote& note : decision.events) {
      parts_.events.Record(ctx, subject,
                           note.warning ? kube::EventType::kWarning : kube::EventType::kNormal,
                           note.reason, note.action, note.note);
    }
    for (const RunRequest& run : decision.create) {
      ctx.log.Info("a run was made", {{"controller", "syncschedule"},
                                      {"namespace", schedule.meta.key.name_space},
                                      {"name", schedule.meta.key.name},
                                      {"uid", schedule.meta.uid},
                                      {"syncjob", ScheduledRunName(schedule.schedule.name, run)}});
    }
  }
  if (result.changed_meanwhile) return kube::RequeueAfter{kChangedAgain};
  if (!decision.look_again) return kube::AwaitChange{};
  const auto wait = std::chrono::ceil<milliseconds>(*decision.look_again - ctx.clock.Now());
  return kube::RequeueAfter{std::clamp(wait, milliseconds(0), kLookAtLeast)};
}

}  // namespace culvert::control
