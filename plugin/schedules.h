// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"
#include "libs/schedule/zone_database.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::plugin {

extern const kube::Resource kSyncSchedules;

/// The name behind `schedule/`, `syncschedule/` or `ssched/`; empty for a name of a SyncJob.
std::string_view ScheduleNameOf(std::string_view name);

/// All schedules of a namespace in short, or the one of `name` with its runs, its backfill and the
/// next `upcoming` planned times, computed here from `zones`. kNotFound.
Result<std::string> ScheduleText(const OpContext& ctx, kube::Client& client,
                                 const kube::ObjectKey& key, std::size_t upcoming, bool colours,
                                 const schedule::ZoneDatabase& zones = schedule::ZoneDatabase());

/// Sets spec.suspend of a schedule, or finds that it is so. Says what it did.
Result<std::string> SuspendSchedule(const OpContext& ctx, kube::Client& client,
                                    const kube::ObjectKey& key, bool suspend);

struct BackfillRequest {
  std::string from = {};  // business dates, YYYY-MM-DD
  std::string to = {};    // empty: `from` alone
  std::string name = {};  // empty: made of the dates
  std::int32_t parallelism = 1;
};
/// Puts a backfill into a schedule's spec. kFailedPrecondition while another one is not over, or
/// the name is done already; kInvalidArgument for dates that the schedule plans nothing for.
Result<std::string> BeginBackfill(const OpContext& ctx, kube::Client& client,
                                  const kube::ObjectKey& key, const BackfillRequest& request,
                                  const schedule::ZoneDatabase& zones = schedule::ZoneDatabase());

}  // namespace culvert::plugin
