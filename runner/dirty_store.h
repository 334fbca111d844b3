// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/client.h"
#include "libs/syncjob/plan.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/dirty_sink.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace culvert::runner {

/// What a finished run says of the dirty rows that it left: how many must be there.
struct DirtySummary {
  std::string job;
  std::int32_t attempt = 1;
  std::uint64_t rows_dirty = 0;
  bool operator==(const DirtySummary&) const = default;
};

/// The dirty rows of one attempt: each of them is kept once, whatever dies and however often a
/// block is copied. Thread-safe, as a sink; the rest is for one thread at a time, but FinishShard.
class DirtyStore : public DirtySink {
 public:
  /// Looks at what earlier processes left of these shards; comes before all that follows.
  virtual Status Begin(const OpContext& ctx, const std::vector<std::size_t>& shards) = 0;
  /// True when the rows of the block are there and need not be found again. `rows_dirty` not 0.
  virtual bool Holds(const syncjob::Block& block, std::uint64_t rows_dirty) const = 0;
  /// All blocks of the shard are copied, with so many dirty rows. Before anything says so. Of
  /// different shards at once.
  virtual Status FinishShard(const OpContext& ctx, std::size_t shard, std::uint64_t rows_dirty) = 0;
  /// The run fails because of its dirty rows: those found are for people to look at.
  virtual Status GiveUp(const OpContext& ctx) = 0;
  /// The run's other rows are committed.
  virtual Status SumUp(const OpContext& ctx, const DirtySummary& summary) = 0;
  /// Where the rows are, for people.
  virtual std::string Place() const = 0;
};

/// The store that the job of `spec` asks for; null where it keeps no dirty rows, or none can be
/// dirty. `root` is for files, kInvalidArgument where it is needed and empty; `target` for a table.
/// Both `spec` and `target` must outlive it.
Result<std::unique_ptr<DirtyStore>> MakeDirtyStore(const std::string& root, const CopySpec& spec,
                                                   maxcompute::Client* target);

}  // namespace culvert::runner
