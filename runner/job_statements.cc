// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/job_statements.h"

#include "libs/base/log.h"
#include "libs/base/time_format.h"
#include "libs/maxcompute/reasons.h"

#include <chrono>
#include <map>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

constexpr std::chrono::hours kClocksApart{1};  // this machine's clock and the service's, at most

void AddStatements(const syncjob::Plan& plan, bool on_source, std::string_view list,
                   const std::vector<std::string>& texts, std::vector<JobStatement>& statements) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string name = std::string(on_source ? "source." : "target.") + std::string(list) +
                             "[" + std::to_string(i) + "]";
    const std::string seed = plan.job + '\n' + plan.spec_hash + '\n' +
                             std::to_string(plan.attempt) + '\n' + plan.created + '\n' + name +
                             '\n' + texts[i];
    statements.push_back({.name = name,
                          .on_source = on_source,
                          .statement = {.sql = texts[i], .guid = GuidOf(seed)}});
  }
}

// The service's no to a statement, which no new try turns into a yes.
bool IsRefusal(const Error& error) {
  return error.reason == maxcompute::reasons::kSqlFailed || error.code == ErrorCode::kNotFound ||
         error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kPermissionDenied;
}

Error StatementFailed(Error error, const std::string& name, StatementTime time) {
  error.message = name + ": " + error.message;
  if (!IsRefusal(error)) return error;
  error.code = ErrorCode::kFailedPrecondition;
  error.reason = time == StatementTime::kBefore ? "PreSqlFailed" : "PostSqlFailed";
  error.message += time == StatementTime::kBefore
                       ? "; no row was written"
                       : "; the rows of this run are committed: run the statement yourself";
  return error;
}

Result<WallTime> SinceOf(const syncjob::Plan& plan) {
  CULVERT_ASSIGN_OR_RETURN(const WallTime created, ParseRfc3339(plan.created));
  return created - kClocksApart;
}

}  // namespace

std::vector<JobStatement> JobStatements(const syncjob::Plan& plan, StatementTime time) {
  std::vector<JobStatement> statements;
  if (plan.sources.empty()) return statements;
  const bool before = time == StatementTime::kBefore;
  const std::string_view list = before ? "preSql" : "postSql";
  if (const auto* source = std::get_if<syncjob::MaxComputeSource>(&plan.spec.source)) {
    AddStatements(plan, true, list, before ? source->pre_sql : source->post_sql, statements);
  }
  if (const auto* target = std::get_if<syncjob::MaxComputeTarget>(&plan.spec.target)) {
    AddStatements(plan, false, list, before ? target->pre_sql : target->post_sql, statements);
  }
  return statements;
}

Result<std::vector<syncjob::StatementRun>> RunJobStatements(const OpContext& ctx,
                                                            const syncjob::Plan& plan,
                                                            StatementTime time,
                                                            const Sides& sides) {
  std::vector<syncjob::StatementRun> runs;
  const std::vector<JobStatement> statements = JobStatements(plan, time);
  if (statements.empty()) return runs;
  CULVERT_ASSIGN_OR_RETURN(const WallTime since, SinceOf(plan));
  for (const JobStatement& one : statements) {
    maxcompute::Client& client = one.on_source ? *sides.source : *sides.target;
    auto instance = RunOnce(ctx, one.statement, since, AfterFailure::kGiveUp, client);
    if (!instance) return Fail(StatementFailed(std::move(instance.error()), one.name, time));
    ctx.log.Info("statement done", {{"statement", one.name}, {"instance", *instance}});
    runs.push_back({.name = one.name, .instance = *std::move(instance)});
  }
  return runs;
}

Result<std::vector<syncjob::StatementRun>> FindPreSql(const OpContext& ctx,
                                                      const syncjob::Plan& plan,
                                                      const Sides& sides) {
  std::vector<syncjob::StatementRun> runs;
  const std::vector<JobStatement> statements = JobStatements(plan, StatementTime::kBefore);
  if (statements.empty()) return runs;
  CULVERT_ASSIGN_OR_RETURN(const WallTime since, SinceOf(plan));
  // Listed once for all statements of a side.
  std::map<maxcompute::Client*, std::map<std::string, std::string>> known;  // guid -> instance
  for (const JobStatement& one : statements) {
    maxcompute::Client* client = one.on_source ? sides.source : sides.target;
    if (!known.contains(client)) {
      CULVERT_ASSIGN_OR_RETURN(const auto instances, client->ListInstances(ctx, since));
      auto& ids = known[client];
      for (const maxcompute::OwnInstance& instance : instances) ids[instance.guid] = instance.id;
    }
    const auto found = known[client].find(one.statement.guid);
    if (found == known[client].end()) continue;
    runs.push_back({.name = one.name, .instance = found->second});
  }
  return runs;
}

Result<bool> PostSqlBegan(const OpContext& ctx, const syncjob::Plan& plan, const Sides& sides) {
  const std::vector<JobStatement> statements = JobStatements(plan, StatementTime::kAfter);
  if (statements.empty()) return false;
  const JobStatement& first = statements.front();
  CULVERT_ASSIGN_OR_RETURN(const WallTime since, SinceOf(plan));
  maxcompute::Client& client = first.on_source ? *sides.source : *sides.target;
  CULVERT_ASSIGN_OR_RETURN(const auto found,
                           client.FindInstances(ctx, first.statement.guid, since));
  return !found.empty();
}

}  // namespace culvert::runner
