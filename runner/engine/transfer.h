// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "runner/engine/block_copy.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/stream_limit.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace culvert::runner {

/// A block's place in the plan.
struct BlockRef {
  std::size_t shard = 0;
  std::size_t block = 0;  // index into Shard::blocks
  auto operator<=>(const BlockRef&) const = default;
};

/// What is known of a block from an earlier life of the run.
struct BlockRecord {
  BlockRef where;
  BlockResult result;
};

/// What a transfer tells its owner. Calls come from the streams' threads, several at once; an error
/// stops the transfer.
struct TransferHooks {
  /// The target holds the block.
  std::function<Status(const BlockRecord&)> block_done;
  /// All blocks of the shard are on the target; the report is whole but for `commits_sent`, which
  /// the hook may set.
  std::function<Status(const OpContext& ctx, std::size_t shard, syncjob::ShardReport& report)>
      shard_done;
};

struct TransferInput {
  std::vector<std::size_t> shards;  // to copy, in order
  std::vector<BlockRecord> done;    // blocks of these shards that are on the target already
  std::size_t streams = 1;          // threads, each copying one block at a time
  /// How many of them may work, changeable while they do; then `streams` is not looked at. Closed
  /// at the end. Null: all.
  StreamLimit* stream_limit = nullptr;
  std::uint64_t dirty_before = 0;  // dirty rows counted by shards that are not among these
  std::uint64_t seed = 1;          // of the jitter
};

/// Copies the blocks of some shards with a number of streams: threads take the next block
/// from a shared list until it is empty, one fails for good, the dirty limit is passed, or stop is
/// requested. Returns the reports of the shards, in the order given; an error is the first that
/// came. kFailedPrecondition/DirtyLimitExceeded as soon as the limit is passed.
Result<std::vector<syncjob::ShardReport>> Transfer(const OpContext& ctx, const CopySpec& spec,
                                                   const CopyServices& services,
                                                   const TransferInput& input,
                                                   const TransferHooks& hooks);

/// Adds what a block did to a shard's report.
void AddBlock(const BlockResult& block, syncjob::ShardReport& report);
/// Adds a shard's report to the totals of a run.
void AddShard(const syncjob::ShardReport& shard, syncjob::ShardReport& totals);

}  // namespace culvert::runner
