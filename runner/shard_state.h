// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "runner/engine/target.h"
#include "runner/engine/transfer.h"
#include "runner/last_word.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

// What a pod finds of its shards when it begins, perhaps not as the first one, and how it goes on.

namespace culvert::runner {

/// `table` or `table/partition`: a session's target, for messages.
std::string SessionTitle(const syncjob::Plan& plan, std::size_t session);

/// True when the sessions of this plan may hold blocks of an attempt before it: overwriting
/// sessions cannot be aborted, so a new attempt takes over the one that is open.
bool MayHoldOlderBlocks(const syncjob::Plan& plan);

/// What the service holds of some shards.
struct ShardState {
  std::vector<BlockRecord> done;    // need not be sent again
  std::set<std::size_t> committed;  // sessions that take no blocks any more, because they are
                                    // committed, or about to be
  std::uint64_t field_bytes_max = 0;
};

/// Asks for the sessions of `shards`. One that is lost is kFailedPrecondition/SessionExpired where
/// nothing of it can have been committed or the run replaces what is there; where this step may
/// have committed it in an earlier pod, kUnknown/CommitOutcomeUnknown. A session found committed is
/// told to `word`.
Result<ShardState> AskShards(const OpContext& ctx, const syncjob::Plan& plan,
                             const std::vector<std::size_t>& shards, bool may_have_committed,
                             Target& target, LastWord& word);

/// `target`, but blocks of the sessions `committed` are read and counted only, not written again.
class KeepCommitted final : public Target {
 public:
  /// `target` must outlive it.
  KeepCommitted(Target& target, std::set<std::size_t> committed)
      : target_(target), committed_(std::move(committed)) {}

  Result<std::unique_ptr<BlockWriter>> OpenBlock(const OpContext& ctx, std::size_t session,
                                                 std::uint64_t block_id,
                                                 maxcompute::wire::Codec codec) override;
  Result<SessionView> Load(const OpContext& ctx, std::size_t session) override {
    return target_.Load(ctx, session);
  }
  Status Commit(const OpContext& ctx, std::size_t session) override {
    return target_.Commit(ctx, session);
  }
  bool has_sessions() const override { return target_.has_sessions(); }

 private:
  Target& target_;
  std::set<std::size_t> committed_;
};

/// Commits the sessions that are the shard's own, with the rows that its blocks had, and counts
/// them in the report.
Status CommitOwnSessions(const OpContext& ctx, const syncjob::Plan& plan, std::size_t shard,
                         Target& target, syncjob::ShardReport& report, LastWord& word);

}  // namespace culvert::runner
