// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/statement.h"

#include "libs/base/digest.h"
#include "libs/base/log.h"
#include "libs/maxcompute/reasons.h"

#include <chrono>
#include <utility>
#include <vector>

namespace culvert::runner {
namespace {

constexpr std::chrono::seconds kSettle{5};  // until a statement sent must be among the instances
constexpr int kSubmitsMax = 3;
constexpr std::size_t kGuidChars = 32;

// Waits for earlier submissions of the same statement. The id of one that did its work, or empty.
Result<std::string> DoneBefore(const OpContext& ctx, const Statement& statement, WallTime since,
                               AfterFailure after_failure, maxcompute::Client& client) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                           client.FindInstances(ctx, statement.guid, since));
  std::string done;
  Status failed;
  for (const std::string& id : ids) {
    auto result = client.WaitInstance(ctx, id);
    if (result) {
      done = id;
    } else if (result.error().reason == maxcompute::reasons::kSqlFailed) {
      failed = Fail(std::move(result.error()));
    } else {
      return Fail(std::move(result.error()));
    }
  }
  const bool over = done.empty() && after_failure == AfterFailure::kGiveUp;
  if (over && !failed) return Fail(std::move(failed.error()));
  return done;
}

}  // namespace

std::string GuidOf(const std::string& seed) { return Sha256Hex(seed).substr(0, kGuidChars); }

Result<std::string> RunOnce(const OpContext& ctx, const Statement& statement, WallTime since,
                            AfterFailure after_failure, maxcompute::Client& client) {
  for (int submits = 1;; ++submits) {
    CULVERT_ASSIGN_OR_RETURN(std::string done,
                             DoneBefore(ctx, statement, since, after_failure, client));
    if (!done.empty()) return done;
    auto instance = client.SubmitSql(
        ctx, {.sql = statement.sql, .hints = statement.hints, .guid = statement.guid});
    if (instance) {
      CULVERT_TRY(client.WaitInstance(ctx, instance->id));
      return instance->id;
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

}  // namespace culvert::runner
