// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"
#include "libs/schedule/time_zone.h"
#include "operator/objects.h"
#include "operator/pending_writes.h"
#include "operator/schedule_decide.h"

#include <chrono>
#include <optional>

namespace culvert::control {

/// What carrying out a decision came to.
struct ScheduleActResult {
  syncjob::SyncScheduleStatus status = {};  // as it is now
  bool status_written = false;
  bool changed_meanwhile = false;      // a run that was to be removed: look again
  std::optional<Error> obstacle = {};  // a run could not be made; it is in the status
};

/// Carries decisions about schedules out, safe to be repeated or raced at any point. Thread-safe.
class ScheduleActor {
 public:
  /// Both must outlive it.
  ScheduleActor(kube::Client& client, PendingWrites& pending)
      : client_(client), pending_(pending) {}

  /// Whether the run planned for then could be made: by its parameters, the reader, and the API
  /// server, which is asked without making anything.
  Status Check(const OpContext& ctx, const ScheduleObject& schedule, const schedule::TimeZone& zone,
               std::chrono::sys_seconds planned);

  /// Creates, then the status, then deletes. Errors are those that may pass.
  Result<ScheduleActResult> Carry(const OpContext& ctx, const ScheduleObject& schedule,
                                  const schedule::TimeZone& zone, const ScheduleDecision& decision);

 private:
  Status Fence(const OpContext& ctx, const ScheduleObject& schedule, const RunRequest& run);
  Status Create(const OpContext& ctx, const ScheduleObject& schedule,
                const schedule::TimeZone& zone, const RunRequest& run);
  Status WriteStatus(const OpContext& ctx, const ScheduleObject& schedule,
                     const syncjob::SyncScheduleStatus& status);
  /// False: it was changed meanwhile.
  Result<bool> Remove(const OpContext& ctx, const ScheduleObject& schedule,
                      const SyncJobObject& run);

  kube::Client& client_;
  PendingWrites& pending_;
};

}  // namespace culvert::control
