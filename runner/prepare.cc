// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/prepare.h"

#include "libs/base/time_format.h"
#include "libs/record/partition_spec.h"
#include "libs/syncjob/sql_text.h"
#include "runner/job_statements.h"
#include "runner/shard_state.h"

#include <chrono>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

constexpr std::chrono::hours kClockSlack{1};  // between this machine's clock and the service's

bool PreparedBefore(const SessionView& view) {
  return view.state != SessionState::kOpen || !view.blocks.empty();
}

}  // namespace

Result<std::string> PartitionClause(const std::string& partition) {
  if (partition.empty()) return std::string();
  CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec spec,
                           record::PartitionSpec::Parse(partition));
  std::string clause = " PARTITION (";
  for (std::size_t i = 0; i < spec.entries.size(); ++i) {
    const auto& [key, value] = spec.entries[i];
    if (i > 0) clause += ',';
    clause += syncjob::SqlName(key) + "=" + syncjob::SqlText(value);
  }
  return clause + ")";
}

Result<std::vector<Statement>> TruncateStatements(const syncjob::Plan& plan) {
  std::vector<Statement> statements;
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&plan.spec.target);
  if (!plan.truncate_by_sql || table == nullptr) return statements;
  for (const syncjob::TargetUnit& target : plan.targets) {
    CULVERT_ASSIGN_OR_RETURN(const std::string partition, PartitionClause(target.partition));
    const std::string sql = "TRUNCATE TABLE " + syncjob::SqlName(table->table) + partition + ";";
    const std::string seed = plan.job + '\n' + plan.spec_hash + '\n' +
                             std::to_string(plan.attempt) + '\n' + plan.created + '\n' + sql;
    statements.push_back({.sql = sql, .guid = GuidOf(seed)});
  }
  return statements;
}

Result<std::vector<syncjob::StatementRun>> Prepare(const OpContext& ctx, const syncjob::Plan& plan,
                                                   const Sides& sides, Target& target) {
  std::vector<syncjob::StatementRun> runs;
  if (!syncjob::NeedsPreparing(plan)) return runs;
  CULVERT_ASSIGN_OR_RETURN(const std::vector<Statement> statements, TruncateStatements(plan));
  // Sessions that an earlier attempt wrote to tell nothing of this one.
  const bool sessions_tell = target.has_sessions() && !MayHoldOlderBlocks(plan);
  for (std::size_t session = 0; sessions_tell && session < plan.sessions.size(); ++session) {
    CULVERT_ASSIGN_OR_RETURN(const SessionView view, target.Load(ctx, session));
    if (PreparedBefore(view)) return runs;
  }
  CULVERT_ASSIGN_OR_RETURN(runs, RunJobStatements(ctx, plan, StatementTime::kBefore, sides));
  CULVERT_ASSIGN_OR_RETURN(const WallTime created, ParseRfc3339(plan.created));
  for (const Statement& statement : statements) {
    CULVERT_TRY(
        RunOnce(ctx, statement, created - kClockSlack, AfterFailure::kRunAgain, *sides.target));
  }
  return runs;
}

}  // namespace culvert::runner
