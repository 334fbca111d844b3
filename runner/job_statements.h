// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "runner/planner.h"
#include "runner/statement.h"

#include <cstdint>
#include <string>
#include <vector>

// The statements that a job has its user's SQL for: `preSql` and `postSql` of both sides.

namespace culvert::runner {

enum class StatementTime : std::uint8_t { kBefore, kAfter };  // the copy: preSql, postSql

/// One of the user's statements.
struct JobStatement {
  std::string name;        // `target.postSql[0]`
  bool on_source = false;  // runs in the source's project
  Statement statement;     // guid: the same for the same run, attempt, side and place
};

/// In the order they run in, the source's first. None where no source partition matched.
std::vector<JobStatement> JobStatements(const syncjob::Plan& plan, StatementTime time);

/// Runs them one after the other, each once: what an earlier process of this attempt submitted is
/// waited for. What ran, in order. kFailedPrecondition with reason PreSqlFailed or PostSqlFailed
/// when the service fails or refuses a statement, now or before; else errors of the client.
Result<std::vector<syncjob::StatementRun>> RunJobStatements(const OpContext& ctx,
                                                            const syncjob::Plan& plan,
                                                            StatementTime time, const Sides& sides);

/// The preSql statements of this attempt that were submitted, with the last instance of each: for a
/// report by another process than the one that ran them.
Result<std::vector<syncjob::StatementRun>> FindPreSql(const OpContext& ctx,
                                                      const syncjob::Plan& plan,
                                                      const Sides& sides);

/// Whether a process before this one submitted the first postSql statement: the run was complete
/// and verified then, and the target may hold what the statements made of it since.
Result<bool> PostSqlBegan(const OpContext& ctx, const syncjob::Plan& plan, const Sides& sides);

}  // namespace culvert::runner
