// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "runner/engine/target.h"
#include "runner/planner.h"
#include "runner/statement.h"

#include <string>
#include <vector>

namespace culvert::runner {

/// The statements that empty the plan's targets: none unless Plan::truncate_by_sql.
/// kInvalidArgument when a partition of the plan is none.
Result<std::vector<Statement>> TruncateStatements(const syncjob::Plan& plan);

/// Runs preSql and empties the targets, once: sessions that hold a block or are committed say that
/// this was done before; a statement that is found running or done among the caller's instances is
/// not sent again. Safe to repeat until the first block is written. The statements of preSql that
/// ran; none where a process before this one did it all. Errors as RunJobStatements and RunOnce.
Result<std::vector<syncjob::StatementRun>> Prepare(const OpContext& ctx, const syncjob::Plan& plan,
                                                   const Sides& sides, Target& target);

/// `` PARTITION (`a`='x')``; empty for an empty partition. A text that is no partition is an error
/// and never an empty clause, which would mean the whole table.
Result<std::string> PartitionClause(const std::string& partition);

}  // namespace culvert::runner
