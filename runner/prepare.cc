// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/prepare.h"

#include "libs/base/digest.h"
#include "libs/base/log.h"
#include "libs/base/time_format.h"
#include "libs/record/partition_spec.h"

#include <chrono>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

constexpr std::chrono::hours kClockSlack{1};  // between this machine's clock and the service's
constexpr std::chrono::seconds kSettle{5};    // until a statement sent must be among the instances
constexpr int kSubmitsMax = 3;

// Backslashes and quotes escaped as MaxCompute SQL reads them.
std::string QuotedText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

bool PreparedBefore(const SessionView& view) {
  return view.state != SessionState::kOpen || !view.blocks.empty();
}

// Waits for an earlier submission of the same statement. True: it did its work.
Result<bool> DoneBefore(const OpContext& ctx, const PrepareStatement& statement, WallTime since,
                        maxcompute::Client& client) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                           client.FindInstances(ctx, statement.guid, since));
  bool done = false;
  for (const std::string& id : ids) {
    auto result = client.WaitInstance(ctx, id);
    if (!result && result.error().reason != "SqlFailed") return Fail(std::move(result.error()));
    done = done || result.has_value();
  }
  return done;
}

Status RunStatement(const OpContext& ctx, const PrepareStatement& statement, WallTime since,
                    maxcompute::Client& client) {
  for (int submits = 1;; ++submits) {
    CULVERT_ASSIGN_OR_RETURN(const bool done, DoneBefore(ctx, statement, since, client));
    if (done) return {};
    auto instance =
        client.SubmitSql(ctx, {.sql = statement.sql, .hints = {}, .guid = statement.guid});
    if (instance) {
      CULVERT_TRY(client.WaitInstance(ctx, instance->id));
      return {};
    }
    if (!IsRetryable(instance.error().code) || submits == kSubmitsMax) {
      return Fail(std::move(instance.error()).With("sql", statement.sql));
    }
    ctx.log.Warn("statement without a clear answer, looking for its instance",
                 {{"error", ToString(instance.error())}});
    if (!ctx.clock.SleepUntil(ctx.clock.SteadyNow() + kSettle, ctx.stop)) {
      return Fail(Cancelled("stopped"));
    }
  }
}

}  // namespace

std::string QuotedName(const std::string& name) {
  std::string quoted = "`";
  for (const char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  return quoted + "`";
}

Result<std::string> PartitionClause(const std::string& partition) {
  if (partition.empty()) return std::string();
  CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec spec,
                           record::PartitionSpec::Parse(partition));
  std::string clause = " PARTITION (";
  for (std::size_t i = 0; i < spec.entries.size(); ++i) {
    const auto& [key, value] = spec.entries[i];
    if (i > 0) clause += ',';
    clause += QuotedName(key) + "=" + QuotedText(value);
  }
  return clause + ")";
}

Result<std::vector<PrepareStatement>> PrepareStatements(const syncjob::Plan& plan) {
  std::vector<PrepareStatement> statements;
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&plan.spec.target);
  if (!plan.truncate_by_sql || table == nullptr) return statements;
  for (const syncjob::TargetUnit& target : plan.targets) {
    CULVERT_ASSIGN_OR_RETURN(const std::string partition, PartitionClause(target.partition));
    const std::string sql = "TRUNCATE TABLE " + QuotedName(table->table) + partition + ";";
    const std::string seed = plan.job + '\n' + plan.spec_hash + '\n' +
                             std::to_string(plan.attempt) + '\n' + plan.created + '\n' + sql;
    statements.push_back({.sql = sql, .guid = Sha256Hex(seed).substr(0, 32)});
  }
  return statements;
}

Status Prepare(const OpContext& ctx, const syncjob::Plan& plan, maxcompute::Client& client,
               Target& target) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<PrepareStatement> statements, PrepareStatements(plan));
  if (statements.empty()) return {};
  for (std::size_t session = 0; session < plan.sessions.size(); ++session) {
    CULVERT_ASSIGN_OR_RETURN(const SessionView view, target.Load(ctx, session));
    if (PreparedBefore(view)) return {};
  }
  CULVERT_ASSIGN_OR_RETURN(const WallTime created, ParseRfc3339(plan.created));
  for (const PrepareStatement& statement : statements) {
    CULVERT_TRY(RunStatement(ctx, statement, created - kClockSlack, client));
  }
  return {};
}

}  // namespace culvert::runner
