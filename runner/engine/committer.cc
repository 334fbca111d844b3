// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/committer.h"

#include "libs/base/log.h"

#include <algorithm>
#include <map>
#include <utility>

namespace culvert::runner {
namespace {

constexpr std::uint64_t kCommitsMax = 2;
constexpr std::chrono::milliseconds kPollFirst{200};
constexpr std::chrono::milliseconds kPollMax{5'000};

Error OutcomeUnknown(const CommitInput& input, const SessionView& view) {
  return Unknown("a commit of " + input.target_name +
                 " may have been applied, but its session is " + view.state_name +
                 " now; compare the rows of " + input.target_name +
                 " with the source before any new run")
      .Because("CommitOutcomeUnknown");
}

Error NotOurs(const CommitInput& input) {
  return Unknown("the session of " + input.target_name +
                 " is committed, but not by this run; compare its rows with the source before any "
                 "new run")
      .Because("CommitOutcomeUnknown");
}

Error Expired(const CommitInput& input, const SessionView& view) {
  return FailedPrecondition("the upload session of " + input.target_name + " is " +
                            view.state_name + "; nothing of it was committed")
      .Because("SessionExpired");
}

Error Mismatch(const std::string& target_name, const std::string& what) {
  return Aborted("the blocks of " + target_name + " are not those of the plan: " + what +
                 "; nothing was committed")
      .Because("BlockListMismatch");
}

}  // namespace

Result<std::uint64_t> CheckBlocks(const std::vector<ExpectedBlock>& expected,
                                  const std::vector<BlockOnTarget>& held,
                                  const std::string& target_name) {
  std::map<std::uint64_t, std::uint64_t> rows_of;
  for (const BlockOnTarget& block : held) rows_of[block.block_id] = block.rows;
  std::uint64_t sum = 0;
  for (const ExpectedBlock& block : expected) {
    const auto found = rows_of.find(block.block_id);
    const std::string name = "block " + std::to_string(block.block_id);
    if (found == rows_of.end()) return Fail(Mismatch(target_name, name + " is missing"));
    if (found->second < block.rows_min || found->second > block.rows_max) {
      return Fail(Mismatch(target_name, name + " has " + std::to_string(found->second) + " rows, " +
                                            std::to_string(block.rows_max) + " were written"));
    }
    sum += found->second;
    rows_of.erase(found);
  }
  for (const auto& [block_id, rows] : rows_of) {
    if (rows == 0) continue;  // shows nothing
    return Fail(Mismatch(target_name, "block " + std::to_string(block_id) + " is not in the plan"));
  }
  return sum;
}

Result<std::uint64_t> CommitSession(const OpContext& ctx, Target& target,
                                    const CommitInput& input) {
  bool may_have_been_sent = input.may_have_been_sent;
  std::uint64_t sent = 0;
  Status last;  // of the last commit
  auto wait = kPollFirst;
  const SteadyTime give_up = ctx.clock.SteadyNow() + input.settle_budget;
  for (;;) {
    CULVERT_ASSIGN_OR_RETURN(const SessionView view, target.Load(ctx, input.session));
    switch (view.state) {
      case SessionState::kCommitted:
        if (!may_have_been_sent) return Fail(NotOurs(input));
        return sent;
      case SessionState::kLost:
        return Fail(may_have_been_sent ? OutcomeUnknown(input, view) : Expired(input, view));
      case SessionState::kSettling:
        break;
      case SessionState::kOpen: {
        if (!last && !IsRetryable(last.error().code)) return Fail(std::move(last.error()));
        if (sent == kCommitsMax) {
          return Fail(last ? Internal("the session of " + input.target_name +
                                      " stays open after its commit was accepted")
                           : std::move(last.error()));
        }
        CULVERT_TRY(CheckBlocks(input.blocks, view.blocks, input.target_name));
        CULVERT_TRY(ctx.Check());
        if (input.before_send) CULVERT_TRY(input.before_send());
        may_have_been_sent = true;
        last = target.Commit(ctx, input.session);
        ++sent;
        if (last) continue;
        ctx.log.Warn("commit without a clear answer, asking for the state of its session",
                     {{"target", input.target_name}, {"error", ToString(last.error())}});
        break;
      }
    }
    const SteadyTime now = ctx.clock.SteadyNow();
    if (now >= give_up) {
      return Fail(Unavailable("the commit of " + input.target_name + " is still " +
                              view.state_name + "; run the same command again later"));
    }
    if (!ctx.clock.SleepUntil(now + wait, ctx.stop)) return Fail(Cancelled("stopped"));
    wait = std::min(wait * 2, kPollMax);
  }
}

}  // namespace culvert::runner
