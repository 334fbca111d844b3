// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_act.h"

#include "operator/names.h"
#include "operator/obstacle.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace culvert::control {
namespace {

using nlohmann::json;

constexpr const char* kCheckName = "check";

std::string MetaText(const json& object, const char* member) {
  return object.value(json::json_pointer(std::string("/metadata/") + member), "");
}

/// The same error under its word for people.
Error Named(Error error) {
  error.reason = ObstacleReason(error);
  return error;
}

/// The decision's status without what was to be recorded of runs that were not made.
syncjob::SyncScheduleStatus WithObstacle(const OpContext& ctx, const ScheduleObject& schedule,
                                         const Error& obstacle) {
  syncjob::SyncScheduleStatus status = schedule.status;
  status.observed_generation = schedule.meta.generation;
  const auto tell = [&](std::string_view type, syncjob::ConditionStatus value) {
    syncjob::SetCondition(status.conditions,
                          {.type = std::string(type),
                           .status = value,
                           .reason = obstacle.reason,
                           .message = obstacle.message,
                           .observed_generation = schedule.meta.generation},
                          ctx.clock.Now());
  };
  tell(syncjob::kReady, syncjob::ConditionStatus::kFalse);
  tell(syncjob::kReconciling, syncjob::ConditionStatus::kTrue);
  syncjob::RemoveCondition(status.conditions, syncjob::kStalled);
  return status;
}

}  // namespace

Status ScheduleActor::Check(const OpContext& ctx, const ScheduleObject& schedule,
                            const schedule::TimeZone& zone, std::chrono::sys_seconds planned) {
  CULVERT_ASSIGN_OR_RETURN(json job,
                           MakeScheduledRun(schedule, zone, {.planned = planned}, ctx.clock.Now()));
  // A name of its own: the run itself may be there already, which would hide what else is wrong.
  job["metadata"]["name"] =
      ScheduledRunName(schedule.schedule.name, {.planned = planned}) + "." + kCheckName;
  auto tried =
      client_.Create(ctx, SyncJobs(), schedule.meta.key.name_space, job, kube::DryRun::kAll);
  if (tried || tried.error().code == ErrorCode::kAlreadyExists) return {};
  return Fail(IsObstacle(tried.error()) ? Named(std::move(tried.error()))
                                        : std::move(tried.error()));
}

/// The schedule as the API server has it now must be the one that was decided about: an operator
/// that was asleep, or sees an old world, must not make a run whose time is decided and whose
/// SyncJob is gone. The same for the run that a retry follows: a person may have run it again.
Status ScheduleActor::Fence(const OpContext& ctx, const ScheduleObject& schedule,
                            const RunRequest& run) {
  CULVERT_ASSIGN_OR_RETURN(const json live, client_.Get(ctx, SyncSchedules(), schedule.meta.key));
  const bool same = MetaText(live, "uid") == schedule.meta.uid &&
                    MetaText(live, "resourceVersion") == schedule.meta.resource_version &&
                    MetaText(live, "deletionTimestamp").empty();
  if (!same) return Fail(Aborted("an old view of the schedule"));
  if (run.retry_of.empty()) return {};
  CULVERT_ASSIGN_OR_RETURN(
      const json failed,
      client_.Get(ctx, SyncJobs(),
                  {.name_space = schedule.meta.key.name_space, .name = run.retry_of}));
  CULVERT_ASSIGN_OR_RETURN(const SyncJobObject seen, ProjectSyncJob(failed));
  // A run that is to be run again by another runNonce is not over.
  if (MayRetry(seen) && seen.job.run_nonce == seen.status.run_nonce) return {};
  return Fail(Aborted("an old view of run " + run.retry_of));
}

Status ScheduleActor::Create(const OpContext& ctx, const ScheduleObject& schedule,
                             const schedule::TimeZone& zone, const RunRequest& run) {
  CULVERT_ASSIGN_OR_RETURN(const json job, MakeScheduledRun(schedule, zone, run, ctx.clock.Now()));
  CULVERT_TRY(Fence(ctx, schedule, run));
  const kube::ObjectKey key{.name_space = schedule.meta.key.name_space,
                            .name = job["metadata"]["name"]};
  auto made = client_.Create(ctx, SyncJobs(), key.name_space, job);
  if (!made && made.error().code == ErrorCode::kAlreadyExists) {
    made = client_.Get(ctx, SyncJobs(), key);
    if (made) {
      CULVERT_ASSIGN_OR_RETURN(const kube::ObjectMeta meta, kube::ParseMeta(*made));
      const kube::OwnerReference* const owner = meta.Controller();
      if (owner == nullptr || owner->uid != schedule.meta.uid) {
        return Fail(AlreadyExists("SyncJob " + key.name +
                                  " is there and belongs to somebody else; remove or rename it")
                        .Because("NameConflict"));
      }
    }
  }
  if (!made) return Fail(std::move(made.error()));
  pending_.Add(schedule.meta.key,
               {.kind = Kind::kSyncJob,
                .key = key,
                .uid = MetaText(*made, "uid"),
                .resource_version = MetaText(*made, "resourceVersion")},
               ctx.clock.SteadyNow());
  return {};
}

Status ScheduleActor::WriteStatus(const OpContext& ctx, const ScheduleObject& schedule,
                                  const syncjob::SyncScheduleStatus& status) {
  const json object = {{"apiVersion", kApiVersion},
                       {"kind", "SyncSchedule"},
                       {"metadata",
                        {{"name", schedule.meta.key.name},
                         {"namespace", schedule.meta.key.name_space},
                         {"uid", schedule.meta.uid},
                         {"resourceVersion", schedule.meta.resource_version}}},
                       {"status", syncjob::ScheduleStatusToJson(status)}};
  const auto written = client_.ReplaceStatus(ctx, SyncSchedules(), schedule.meta.key, object);
  if (!written && written.error().code == ErrorCode::kNotFound) {
    return Fail(Aborted("an old view of the schedule: it is gone"));  // its watch will tell
  }
  if (!written) return Fail(written.error());
  pending_.Add(schedule.meta.key,
               {.kind = Kind::kSchedule,
                .key = schedule.meta.key,
                .uid = schedule.meta.uid,
                .resource_version = MetaText(*written, "resourceVersion")},
               ctx.clock.SteadyNow());
  return {};
}

/// Under the version that was looked at: a run that a person runs again is not removed.
Result<bool> ScheduleActor::Remove(const OpContext& ctx, const ScheduleObject& schedule,
                                   const SyncJobObject& run) {
  const Status removed =
      client_.Delete(ctx, SyncJobs(), run.meta.key,
                     {.uid = run.meta.uid, .resource_version = run.meta.resource_version});
  if (!removed && removed.error().code == ErrorCode::kAborted) return false;
  if (!removed && removed.error().code != ErrorCode::kNotFound) return Fail(removed.error());
  pending_.Add(
      schedule.meta.key,
      {.kind = Kind::kSyncJob, .key = run.meta.key, .uid = run.meta.uid, .resource_version = ""},
      ctx.clock.SteadyNow());
  return true;
}

Result<ScheduleActResult> ScheduleActor::Carry(const OpContext& ctx, const ScheduleObject& schedule,
                                               const schedule::TimeZone& zone,
                                               const ScheduleDecision& decision) {
  ScheduleActResult result{.status = decision.status};
  for (const RunRequest& run : decision.create) {
    Status made = Create(ctx, schedule, zone, run);
    if (made) continue;
    if (!IsObstacle(made.error())) return Fail(std::move(made.error()));
    result.obstacle = Named(std::move(made.error()));
    result.status = WithObstacle(ctx, schedule, *result.obstacle);
    break;
  }
  if (result.status != schedule.status) {
    CULVERT_TRY(WriteStatus(ctx, schedule, result.status));
    result.status_written = true;
  }
  if (result.obstacle) return result;
  for (const SyncJobPtr& run : decision.remove) {
    CULVERT_ASSIGN_OR_RETURN(const bool removed, Remove(ctx, schedule, *run));
    result.changed_meanwhile = result.changed_meanwhile || !removed;
  }
  return result;
}

}  // namespace culvert::control
