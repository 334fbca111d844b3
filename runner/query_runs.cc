// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/query_runs.h"

#include "libs/base/log.h"

#include <algorithm>
#include <utility>

namespace culvert::runner {

QueryRuns::QueryRuns(std::vector<Statement> statements, std::optional<WallTime> since,
                     maxcompute::Client& client)
    : statements_(std::move(statements)), since_(since), client_(client) {}

// Listed once for all of them: every one of the caller's instances has to be asked for its id.
Status QueryRuns::Find(const OpContext& ctx) {
  if (!since_) return {};
  CULVERT_ASSIGN_OR_RETURN(const std::vector<maxcompute::OwnInstance> instances,
                           client_.ListInstances(ctx, *since_));
  since_.reset();
  for (const maxcompute::OwnInstance& instance : instances) {
    if (!instance.guid.empty()) found_[instance.guid] = instance.id;
  }
  return {};
}

Status QueryRuns::Submit(const OpContext& ctx, std::size_t index) {
  const Statement& statement = statements_[index];
  CULVERT_ASSIGN_OR_RETURN(const maxcompute::Instance instance,
                           client_.SubmitSql(ctx, {.sql = statement.sql,
                                                   .hints = statement.hints,
                                                   .guid = statement.guid,
                                                   .idempotent = true}));
  ctx.log.Info("query submitted", {{"instance", instance.id}, {"sql", statement.sql}});
  instances_.push_back(instance.id);
  return {};
}

Result<std::string> QueryRuns::Wait(const OpContext& ctx, std::size_t index) {
  CULVERT_TRY(Find(ctx));
  while (instances_.size() < std::min(index + kAtOnce, statements_.size())) {
    const auto found = found_.find(statements_[instances_.size()].guid);
    if (found == found_.end()) {
      CULVERT_TRY(Submit(ctx, instances_.size()));
    } else {
      ctx.log.Info("query of an interrupted plan taken over", {{"instance", found->second}});
      instances_.push_back(found->second);
    }
  }
  const bool taken_over = found_.contains(statements_[index].guid);
  const Status ended = client_.WaitForSuccess(ctx, instances_[index]);
  if (ended) return instances_[index];
  if (!taken_over || ended.error().code == ErrorCode::kCancelled) return Fail(ended.error());
  // What went wrong with it then may be right by now.
  const std::string first = std::exchange(instances_[index], {});
  ctx.log.Warn("query of an interrupted plan had failed, running it again",
               {{"instance", first}, {"error", ToString(ended.error())}});
  CULVERT_TRY(Submit(ctx, index));
  instances_[index] = std::move(instances_.back());
  instances_.pop_back();
  CULVERT_TRY(client_.WaitForSuccess(ctx, instances_[index]));
  return instances_[index];
}

}  // namespace culvert::runner
