// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/tunnel.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/syncjob/dirty_layout.h"
#include "runner/dirty_store.h"
#include "runner/endpoints/maxcompute_target.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/target.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace culvert::runner {

/// Dirty rows in a table of the service: in the partition and the upload sessions that the plan has
/// recorded, a block's in a fixed range of block ids, so that whoever copies a block again writes
/// the same ids with the same records. A shard commits its sessions when all its blocks are copied;
/// a session found committed holds all rows of a shard that was whole, or those of one that gave
/// up, which then gives up again.
class DirtyTable final : public DirtyStore {
 public:
  /// Record bytes of one piece at least, its last one aside; what a stream holds in memory.
  static constexpr std::size_t kPieceBytes = std::size_t{8} * 1024 * 1024;

  /// `spec` and `tunnel` must outlive it. kInvalidArgument/PlanInvalid when a text of the plan
  /// makes no sense.
  static Result<std::unique_ptr<DirtyTable>> Make(const CopySpec& spec, maxcompute::Tunnel& tunnel);

  std::unique_ptr<DirtyBlock> Open(const syncjob::Block& block) override;
  Status Begin(const OpContext& ctx, const std::vector<std::size_t>& shards) override;
  bool Holds(const syncjob::Block& block, std::uint64_t rows_dirty) const override;
  /// kFailedPrecondition/DirtyLimitExceeded where an earlier process of the shard gave up.
  Status FinishShard(const OpContext& ctx, std::size_t shard, std::uint64_t rows_dirty) override;
  Status GiveUp(const OpContext& ctx) override;
  Status SumUp(const OpContext& ctx, const DirtySummary& summary) override;
  std::string Place() const override;

 private:
  class Pieces;
  struct SinkSession {
    bool begun = false;
    bool closed = false;                          // takes no blocks any more
    std::map<std::uint64_t, std::uint64_t> held;  // id -> records, of blocks that are whole
  };

  DirtyTable(const CopySpec& spec, maxcompute::Tunnel& tunnel, MaxComputeTarget target);
  std::pair<std::size_t, std::size_t> ShardOf(const syncjob::Block& block) const;
  Status Write(const OpContext& ctx, std::size_t session, std::uint64_t id,
               std::span<const std::byte> records, const maxcompute::wire::StreamTotals& totals);
  Status CommitHeld(const OpContext& ctx, std::size_t session);
  Result<std::uint64_t> CountKept(const OpContext& ctx, std::size_t shard);

  const CopySpec& spec_;
  const syncjob::DirtyLayout layout_;
  const maxcompute::wire::RecordLayout records_;
  maxcompute::Tunnel& tunnel_;
  MaxComputeTarget target_;
  // Source and first row of each block -> shard, number in it.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::pair<std::size_t, std::size_t>> shards_;
  mutable Mutex mutex_;
  std::vector<SinkSession> sessions_ GUARDED_BY(mutex_);
};

}  // namespace culvert::runner
