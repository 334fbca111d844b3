// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/shard_state.h"

#include "runner/endpoints.h"
#include "runner/engine/committer.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

class Nothing final : public BlockWriter {
 public:
  Status Write(const OpContext& ctx, std::span<const std::byte> /*bytes*/) override {
    return ctx.Check();
  }
  Status Finish(const OpContext& ctx) override { return ctx.Check(); }
};

bool Replaces(const syncjob::Plan& plan) {
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&plan.spec.target);
  return table == nullptr || table->truncate;
}

Error Lost(const syncjob::Plan& plan, std::size_t session, const SessionView& view,
           bool may_have_committed) {
  const std::string what =
      "the upload session of " + SessionTitle(plan, session) + " is " + view.state_name;
  if (may_have_committed && !Replaces(plan)) {
    return Unknown(what + ", and an earlier pod may have committed it; compare the rows of " +
                   SessionTitle(plan, session) + " with the source before any new run")
        .Because("CommitOutcomeUnknown");
  }
  return FailedPrecondition(what).Because("SessionExpired");
}

}  // namespace

std::string SessionTitle(const syncjob::Plan& plan, std::size_t session) {
  const std::string& partition = plan.targets[plan.sessions[session].target].partition;
  const std::string title = TargetTitle(plan.spec);
  return partition.empty() ? title : title + "/" + partition;
}

bool MayHoldOlderBlocks(const syncjob::Plan& plan) {
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&plan.spec.target);
  return plan.attempt > 1 && table != nullptr && table->truncate && !plan.truncate_by_sql;
}

Result<ShardState> AskShards(const OpContext& ctx, const syncjob::Plan& plan,
                             const std::vector<std::size_t>& shards, bool may_have_committed,
                             Target& target, LastWord& word) {
  ShardState state;
  if (!target.has_sessions()) return state;
  std::map<std::size_t, SessionView> views;
  for (const std::size_t shard : shards) {
    for (const syncjob::Block& block : plan.shards[shard].blocks) {
      const auto session = static_cast<std::size_t>(block.session);
      if (views.contains(session)) continue;
      CULVERT_ASSIGN_OR_RETURN(views[session], target.Load(ctx, session));
    }
  }
  for (const auto& [session, view] : views) {
    state.field_bytes_max = view.field_bytes_max;
    if (view.state == SessionState::kCommitted || view.state == SessionState::kSettling) {
      state.committed.insert(session);
      word.Committed(session);
    }
  }
  for (const auto& [session, view] : views) {
    if (view.state == SessionState::kLost) {
      return Fail(Lost(plan, session, view, may_have_committed));
    }
  }
  // A block may be left out only where the plan alone says what it would have reported.
  if (plan.route == syncjob::Route::kTyped || plan.spec.verify == syncjob::Verify::kContentHash) {
    return state;
  }
  std::map<std::pair<std::size_t, std::uint64_t>, std::uint64_t> rows_held;  // session, block
  for (const auto& [session, view] : views) {
    if (MayHoldOlderBlocks(plan)) break;  // equal counts prove nothing then
    for (const BlockOnTarget& block : view.blocks)
      rows_held[{session, block.block_id}] = block.rows;
  }
  for (const std::size_t shard : shards) {
    const auto& blocks = plan.shards[shard].blocks;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const auto session = static_cast<std::size_t>(blocks[i].session);
      const auto found = rows_held.find({session, blocks[i].block_id});
      const bool held = found != rows_held.end() && found->second == blocks[i].rows;
      if (!held && !state.committed.contains(session)) continue;
      BlockResult result;
      result.rows_read = result.rows_written = blocks[i].rows;
      state.done.push_back({.where = {.shard = shard, .block = i}, .result = result});
    }
  }
  return state;
}

Result<std::unique_ptr<BlockWriter>> KeepCommitted::OpenBlock(const OpContext& ctx,
                                                              std::size_t session,
                                                              std::uint64_t block_id,
                                                              maxcompute::wire::Codec codec) {
  if (committed_.contains(session)) return std::make_unique<Nothing>();
  return target_.OpenBlock(ctx, session, block_id, codec);
}

Status CommitOwnSessions(const OpContext& ctx, const syncjob::Plan& plan, std::size_t shard,
                         Target& target, syncjob::ShardReport& report, LastWord& word) {
  for (std::size_t session = 0; session < plan.sessions.size(); ++session) {
    if (plan.sessions[session].shard != static_cast<std::int64_t>(shard)) continue;
    CommitInput commit{.session = session,
                       .target_name = SessionTitle(plan, session),
                       .blocks = {},
                       .may_have_been_sent = true,  // by a pod before this one
                       .before_send = [&word, session]() -> Status {
                         word.Committed(session);
                         return {};
                       }};
    for (const syncjob::Block& block : plan.shards[shard].blocks) {
      if (block.session != session) continue;
      const std::uint64_t lost = std::min(report.rows_dirty + report.rows_filtered, block.rows);
      commit.blocks.push_back(
          {.block_id = block.block_id, .rows_min = block.rows - lost, .rows_max = block.rows});
    }
    CULVERT_ASSIGN_OR_RETURN(const std::uint64_t sent, CommitSession(ctx, target, commit));
    report.commits_sent += std::max<std::uint64_t>(sent, 1);
  }
  return {};
}

}  // namespace culvert::runner
