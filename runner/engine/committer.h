// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "runner/engine/target.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace culvert::runner {

/// A block that a session must hold before it is committed, and how many rows it may have: the
/// bounds are equal where the rows written are known, and lie apart where only a shard's sum is.
struct ExpectedBlock {
  std::uint64_t block_id = 0;
  std::uint64_t rows_min = 0;
  std::uint64_t rows_max = 0;
};

/// Success and the sum of rows when `held` are exactly the blocks expected, empty ones aside.
/// kAborted/BlockListMismatch naming the first that differs.
Result<std::uint64_t> CheckBlocks(const std::vector<ExpectedBlock>& expected,
                                  const std::vector<BlockOnTarget>& held,
                                  const std::string& target_name);

struct CommitInput {
  std::size_t session = 0;
  std::string target_name;  // `table` or `table/partition`, for messages
  std::vector<ExpectedBlock> blocks;
  bool may_have_been_sent = false;      // an earlier life of this run may have sent the commit
  std::function<Status()> before_send;  // records that a commit is about to be sent
  std::chrono::milliseconds settle_budget{30 * 60 * 1000};  // for CLOSING and COMMITTING
};

/// Makes a session's rows visible, once, and returns when the target says that they are. The blocks
/// are compared first. An unknown outcome is asked: committed means done, open means one more
/// commit, settling means wait, lost means kUnknown/CommitOutcomeUnknown with what to check when a
/// commit may have been sent, else kFailedPrecondition/SessionExpired. Returns the number of
/// commits sent.
Result<std::uint64_t> CommitSession(const OpContext& ctx, Target& target, const CommitInput& input);

}  // namespace culvert::runner
