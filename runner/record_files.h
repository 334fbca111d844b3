// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/plan_record.h"
#include "libs/syncjob/report.h"

#include <string>
#include <vector>

// The records of a run as a pod finds them: ConfigMaps mounted as directories.

namespace culvert::runner {

/// The plan at `path`: a file of its JSON, or the directory of a record, whose hash is checked.
/// kInvalidArgument/PlanInvalid.
Result<syncjob::Plan> ReadPlan(const std::string& path);

/// The reports of all shards of `plan` under `directory`: `<shard>.json` each, or together in a
/// record's file. kFailedPrecondition naming the first shard that has none.
Result<std::vector<syncjob::ShardReport>> ReadReports(const std::string& directory,
                                                      const syncjob::Plan& plan);

/// Success when the record under `directory` decides to commit this plan.
/// kInvalidArgument/AttemptMismatch when it is about another, kFailedPrecondition when it abandons.
Status CheckDecision(const std::string& directory, const syncjob::Plan& plan);

}  // namespace culvert::runner
