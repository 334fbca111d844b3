// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/client.h"
#include "libs/syncjob/plan.h"
#include "runner/engine/target.h"

#include <string>
#include <vector>

namespace culvert::runner {

/// One statement of the prepare step, and the id it can be recognised by among the caller's
/// instances: the same for the same job, attempt and statement.
struct PrepareStatement {
  std::string sql;
  std::string guid;
};

/// The statements that empty the plan's targets: none unless Plan::truncate_by_sql.
/// kInvalidArgument when a partition of the plan is none.
Result<std::vector<PrepareStatement>> PrepareStatements(const syncjob::Plan& plan);

/// Empties the targets, once: sessions that hold a block or are committed say that this was done
/// before; a statement that is found running or done among the caller's instances is not sent
/// again. Safe to repeat until the first block is written.
Status Prepare(const OpContext& ctx, const syncjob::Plan& plan, maxcompute::Client& client,
               Target& target);

/// `` `table` `` with its back-ticks doubled: SQL text of a name that came from outside.
std::string QuotedName(const std::string& name);
/// `` PARTITION (`a`='x')``; empty for an empty partition. A text that is no partition is an error
/// and never an empty clause, which would mean the whole table.
Result<std::string> PartitionClause(const std::string& partition);

}  // namespace culvert::runner
