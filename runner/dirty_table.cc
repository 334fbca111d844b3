// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/dirty_table.h"

#include "libs/base/byte_buffer.h"
#include "libs/base/retry.h"
#include "runner/dirty_record.h"
#include "runner/dirty_table_reader.h"
#include "runner/engine/block_sink.h"
#include "runner/engine/committer.h"

#include <algorithm>
#include <optional>

namespace culvert::runner {
namespace {

namespace wire = maxcompute::wire;

// What MaxComputeTarget wants to know of the sink's sessions.
syncjob::Plan SinkPlan(const syncjob::Plan& plan) {
  syncjob::Plan sink;
  syncjob::MaxComputeTarget table;
  table.table = plan.spec.dirty_sink_table;
  sink.spec.target = std::move(table);
  sink.targets = {{.partition = "run=" + plan.dirty_run}};
  for (const std::string& id : plan.dirty_sessions) sink.sessions.push_back({.upload_id = id});
  return sink;
}

}  // namespace

/// The dirty rows of one try at one block, a piece at a time. Pieces are cut by the rows alone.
class DirtyTable::Pieces final : public DirtyBlock {
 public:
  Pieces(DirtyTable& table, const syncjob::Block& block, std::size_t shard,
         const syncjob::DirtyLayout::Place& place)
      : table_(table),
        context_{.plan = table.spec_.plan(),
                 .columns = table.spec_.source_layout().columns(),
                 .source = static_cast<std::size_t>(block.source)},
        shard_(shard),
        place_(place),
        batch_(record::RecordBatch::Make(table.records_.columns())) {}

  Status Finish(const OpContext& ctx) override {
    return totals_.records == 0 ? Status() : Flush(ctx);
  }

 private:
  Status Take(const OpContext& ctx, const record::RecordBatch& in, std::uint64_t first_row,
              std::span<const DirtyMark> marks) override {
    for (const DirtyMark& mark : marks) {
      batch_.Clear();
      AppendDirtyRecord(context_, shard_, in, first_row + mark.row, mark, batch_);
      wire::EncodeBatch(table_.records_, batch_, pending_, totals_);
      // The parts of a line stay together.
      if (pending_.size() >= kPieceBytes) CULVERT_TRY(Flush(ctx));
    }
    return {};
  }

  Status Flush(const OpContext& ctx) {
    if (piece_ == place_.pieces) {
      return Fail(FailedPrecondition("one block has more dirty rows than " +
                                     table_.spec_.plan().spec.dirty_sink_table +
                                     " takes; lower errorLimit, or keep them in files")
                      .Because("BlockLimitExceeded"));
    }
    CULVERT_TRY(
        table_.Write(ctx, place_.session, place_.first_id + piece_, pending_.Readable(), totals_));
    ++piece_;
    pending_ = ByteBuffer();
    totals_ = {};
    return {};
  }

  DirtyTable& table_;
  DirtyLineContext context_;
  std::size_t shard_;
  syncjob::DirtyLayout::Place place_;
  std::uint64_t piece_ = 0;
  record::RecordBatch batch_;
  ByteBuffer pending_;
  wire::StreamTotals totals_;  // of pending_
};

DirtyTable::DirtyTable(const CopySpec& spec, maxcompute::Tunnel& tunnel, MaxComputeTarget target)
    : spec_(spec),
      layout_(spec.plan()),
      records_(syncjob::DirtySchema().columns),
      tunnel_(tunnel),
      target_(std::move(target)),
      sessions_(layout_.sessions()) {
  const syncjob::Plan& plan = spec.plan();
  for (std::size_t shard = 0; shard < plan.shards.size(); ++shard) {
    const std::vector<syncjob::Block>& blocks = plan.shards[shard].blocks;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      shards_[{blocks[i].source, blocks[i].start}] = {shard, i};
    }
  }
}

Result<std::unique_ptr<DirtyTable>> DirtyTable::Make(const CopySpec& spec,
                                                     maxcompute::Tunnel& tunnel) {
  CULVERT_ASSIGN_OR_RETURN(MaxComputeTarget target,
                           MaxComputeTarget::Make(tunnel, SinkPlan(spec.plan())));
  return std::unique_ptr<DirtyTable>(new DirtyTable(spec, tunnel, std::move(target)));
}

std::string DirtyTable::Place() const {
  return spec_.plan().spec.dirty_sink_table + "/run=" + spec_.plan().dirty_run;
}

std::pair<std::size_t, std::size_t> DirtyTable::ShardOf(const syncjob::Block& block) const {
  return shards_.at({block.source, block.start});
}

std::unique_ptr<DirtyBlock> DirtyTable::Open(const syncjob::Block& block) {
  const auto [shard, index] = ShardOf(block);
  return std::make_unique<Pieces>(*this, block, shard, layout_.PlaceOf(shard, index));
}

Status DirtyTable::Begin(const OpContext& ctx, const std::vector<std::size_t>& shards) {
  for (const std::size_t shard : shards) {
    for (std::size_t session = layout_.FirstOf(shard); session < layout_.LastOf(shard); ++session) {
      CULVERT_ASSIGN_OR_RETURN(const SessionView view, target_.Load(ctx, session));
      const MutexLock lock(mutex_);
      SinkSession& known = sessions_[session];
      known.begun = true;
      known.closed =
          view.state == SessionState::kCommitted || view.state == SessionState::kSettling;
      // One that is lost says so to whoever has rows for it.
      if (view.state != SessionState::kOpen) continue;
      for (const BlockOnTarget& block : view.blocks) known.held[block.block_id] = block.rows;
    }
  }
  return {};
}

// Lines of several parts make the sum differ: their blocks are copied again, and that is all.
bool DirtyTable::Holds(const syncjob::Block& block, std::uint64_t rows_dirty) const {
  const auto [shard, index] = ShardOf(block);
  const syncjob::DirtyLayout::Place place = layout_.PlaceOf(shard, index);
  const MutexLock lock(mutex_);
  const SinkSession& session = sessions_[place.session];
  if (session.closed) return true;
  std::uint64_t records = 0;
  for (auto at = session.held.lower_bound(place.first_id);
       at != session.held.end() && at->first < place.first_id + place.pieces; ++at) {
    records += at->second;
  }
  return records == rows_dirty;
}

Status DirtyTable::Write(const OpContext& ctx, std::size_t session, std::uint64_t id,
                         std::span<const std::byte> records, const wire::StreamTotals& totals) {
  {
    const MutexLock lock(mutex_);
    if (sessions_[session].closed) return {};
  }
  BlockResult unused;
  ByteBuffer scratch;
  BlockSink sink(
      BlockSink::Where{
          .target = target_, .session = session, .block_id = id, .codec = wire::Codec::kDeflate},
      unused, scratch);
  Status written = sink.Records(ctx, records);
  if (written) written = sink.Finish(ctx, totals);
  if (written) {
    const MutexLock lock(mutex_);
    sessions_[session].held[id] = totals.records;
    return {};
  }
  if (written.error().reason != "SessionExpired") return written;
  // Another pod of the same shard may have been there first.
  CULVERT_ASSIGN_OR_RETURN(const SessionView view, target_.Load(ctx, session));
  if (view.state != SessionState::kCommitted && view.state != SessionState::kSettling) {
    return written;
  }
  const MutexLock lock(mutex_);
  sessions_[session].closed = true;
  return {};
}

// The ids of the sessions are this attempt's alone: whoever committed one was a process of it.
Status DirtyTable::CommitHeld(const OpContext& ctx, std::size_t session) {
  CommitInput commit{.session = session,
                     .target_name = Place(),
                     .blocks = {},
                     .may_have_been_sent = true,
                     .before_send = {}};
  {
    const MutexLock lock(mutex_);
    for (const auto& [id, records] : sessions_[session].held) {
      commit.blocks.push_back({.block_id = id, .rows_min = records, .rows_max = records});
    }
  }
  if (commit.blocks.empty()) return {};
  CULVERT_TRY(CommitSession(ctx, target_, commit));
  return {};
}

Result<std::uint64_t> DirtyTable::CountKept(const OpContext& ctx, std::size_t shard) {
  std::uint64_t kept = 0;
  CULVERT_TRY(ReadDirtyTable(ctx, tunnel_, spec_.plan().spec.dirty_sink_table,
                             spec_.plan().dirty_run, [&](const DirtyRecord& record) {
                               kept += static_cast<std::uint64_t>(record.part == 0 &&
                                                                  record.shard == shard);
                               return Status();
                             }));
  return kept;
}

Status DirtyTable::FinishShard(const OpContext& ctx, std::size_t shard, std::uint64_t rows_dirty) {
  bool earlier = false;
  for (std::size_t session = layout_.FirstOf(shard); session < layout_.LastOf(shard); ++session) {
    bool closed = false;
    {
      const MutexLock lock(mutex_);
      closed = sessions_[session].closed;
    }
    earlier = earlier || closed;
    if (!closed) CULVERT_TRY(CommitHeld(ctx, session));
  }
  if (!earlier) return {};
  // An earlier process committed: all rows of a shard that was whole, or the first of one that gave
  // up on a limit of time, which this one may not have passed.
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t kept, CountKept(ctx, shard));
  if (kept == rows_dirty) return {};
  return Fail(FailedPrecondition("shard " + std::to_string(shard) + " has " +
                                 std::to_string(rows_dirty) + " dirty rows, of which " +
                                 std::to_string(kept) +
                                 " were too many for an earlier process of it; see " + Place())
                  .Because("DirtyLimitExceeded"));
}

Status DirtyTable::GiveUp(const OpContext& ctx) {
  for (std::size_t session = 0; session < layout_.summary_session(); ++session) {
    {
      const MutexLock lock(mutex_);
      if (!sessions_[session].begun || sessions_[session].closed) continue;
    }
    // Pieces of blocks that were not copied to their end are there too.
    CULVERT_ASSIGN_OR_RETURN(const SessionView view, target_.Load(ctx, session));
    if (view.state != SessionState::kOpen) continue;
    {
      const MutexLock lock(mutex_);
      for (const BlockOnTarget& block : view.blocks) {
        sessions_[session].held[block.block_id] = block.rows;
      }
    }
    CULVERT_TRY(CommitHeld(ctx, session));
  }
  return {};
}

Status DirtyTable::SumUp(const OpContext& ctx, const DirtySummary& summary) {
  if (summary.rows_dirty == 0) return {};
  const std::size_t session = layout_.summary_session();
  CULVERT_ASSIGN_OR_RETURN(const SessionView view, target_.Load(ctx, session));
  if (view.state == SessionState::kOpen) {
    record::RecordBatch batch = record::RecordBatch::Make(records_.columns());
    AppendSummaryRecord(summary, batch);
    ByteBuffer records;
    wire::StreamTotals totals;
    wire::EncodeBatch(records_, batch, records, totals);
    CULVERT_TRY(Retry(ctx, RetryPolicy{}, Idempotency::kIdempotent, spec_.plan().seed,
                      [&] { return Write(ctx, session, 0, records.Readable(), totals); }));
  }
  CommitInput commit{.session = session,
                     .target_name = Place(),
                     .blocks = {{.block_id = 0, .rows_min = 1, .rows_max = 1}},
                     .may_have_been_sent = true,
                     .before_send = {}};
  CULVERT_TRY(CommitSession(ctx, target_, commit));
  return {};
}

}  // namespace culvert::runner
