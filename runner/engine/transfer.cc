// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/transfer.h"

#include "libs/base/check.h"
#include "libs/base/mutex.h"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace culvert::runner {
namespace {

constexpr std::uint64_t kNanosInMilli = 1'000'000;

// What the streams share.
class Work {
 public:
  Work(const CopySpec& spec, const CopyServices& services, const TransferInput& input,
       const TransferHooks& hooks)
      : spec_(spec),
        services_(services),
        hooks_(hooks),
        limit_(input.stream_limit),
        dirty_(input.dirty_before) {
    const syncjob::Plan& plan = spec.plan();
    std::vector<BlockRef> done;
    done.reserve(input.done.size());
    for (const BlockRecord& record : input.done) done.push_back(record.where);
    std::ranges::sort(done);
    for (const std::size_t shard : input.shards) {
      ShardState state{.shard = shard, .left = 0, .report = {}};
      state.report.shard = shard;
      state.report.route = std::string(syncjob::RouteName(plan.route));
      for (std::size_t block = 0; block < plan.shards[shard].blocks.size(); ++block) {
        const BlockRef where{.shard = shard, .block = block};
        if (std::ranges::binary_search(done, where)) continue;
        queue_.push_back({.where = where, .state = states_.size()});
        ++state.left;
      }
      states_.push_back(std::move(state));
    }
    for (const BlockRecord& record : input.done) {
      for (ShardState& state : states_) {
        if (state.shard != record.where.shard) continue;
        AddBlock(record.result, state.report);
        dirty_ += record.result.rows_dirty;
      }
    }
  }

  // Shards with nothing left to copy are done before any stream starts.
  void FinishEmptyShards(const OpContext& ctx) {
    {
      const MutexLock lock(mutex_);
      CheckDirty();
    }
    for (ShardState& state : states_) {
      if (state.left == 0 && !failed()) FinishShard(ctx, state);
    }
  }

  // The `index`-th stream. Under a limit it may have to rest between two blocks, and then holds no
  // buffers.
  void RunStream(const OpContext& ctx, std::size_t index, std::uint64_t seed) {
    std::optional<BlockCopier> copier;
    for (;;) {
      if (limit_ != nullptr && index >= limit_->streams()) {
        copier.reset();
        if (!limit_->AwaitTurn(index, ctx.stop)) return;
      }
      const std::optional<Item> item = Next();
      if (!item) break;
      if (!copier) copier.emplace(spec_, services_, seed);
      const syncjob::Block& block =
          spec_.plan().shards[item->where.shard].blocks[item->where.block];
      auto copied = copier->Copy(ctx, block);
      if (!copied) {
        return Fail(std::move(copied.error()).With("shard", std::to_string(item->where.shard)));
      }
      if (Status told = hooks_.block_done({.where = item->where, .result = *copied}); !told) {
        return Fail(std::move(told.error()));
      }
      if (Done(*item, *copied)) FinishShard(ctx, states_[item->state]);
    }
    if (limit_ != nullptr) limit_->Close();  // nothing is left for those that rest
  }

  std::size_t size() const { return queue_.size(); }
  std::stop_source& stop() { return stop_; }

  Result<std::vector<syncjob::ShardReport>> Take() {
    const MutexLock lock(mutex_);
    if (error_) return std::unexpected<Error>(*std::move(error_));
    std::vector<syncjob::ShardReport> reports;
    reports.reserve(states_.size());
    for (ShardState& state : states_) reports.push_back(std::move(state.report));
    return reports;
  }

 private:
  struct Item {
    BlockRef where;
    std::size_t state = 0;
  };
  struct ShardState {
    std::size_t shard = 0;
    std::size_t left = 0;
    syncjob::ShardReport report;
  };

  std::optional<Item> Next() {
    const MutexLock lock(mutex_);
    if (error_ || next_ == queue_.size()) return std::nullopt;
    return queue_[next_++];
  }

  bool failed() {
    const MutexLock lock(mutex_);
    return error_.has_value();
  }

  // The first failure is the transfer's; the others follow from the stop it causes.
  void Fail(Error error) {
    const MutexLock lock(mutex_);
    if (!error_) error_ = std::move(error);
    stop_.request_stop();
  }

  void CheckDirty() REQUIRES(mutex_) {
    const std::uint64_t limit = syncjob::DirtyRowsMax(spec_.plan());
    if (error_ || dirty_ <= limit) return;
    error_ = DirtyLimitPassed(dirty_, limit, *services_.dirty);
    stop_.request_stop();
  }

  // Counts a block; true when it was the last of its shard, which is then the caller's alone.
  bool Done(const Item& item, const BlockResult& result) {
    const MutexLock lock(mutex_);
    ShardState& state = states_[item.state];
    AddBlock(result, state.report);
    dirty_ += result.rows_dirty;
    CheckDirty();
    return --state.left == 0 && !error_;
  }

  void FinishShard(const OpContext& ctx, ShardState& state) {
    AddSamples(state);
    if (Status told = hooks_.shard_done(ctx, state.shard, state.report); !told) {
      Fail(std::move(told.error()));
    }
  }

  // The samples of this process that are of the shard's blocks.
  void AddSamples(ShardState& state) {
    const syncjob::Plan& plan = spec_.plan();
    for (const DirtySample& sample : services_.dirty->samples()) {
      const bool of_shard =
          std::ranges::any_of(plan.shards[state.shard].blocks, [&](const syncjob::Block& block) {
            return sample.row >= block.start && sample.row - block.start < block.rows &&
                   sample.partition == plan.sources[block.source].partition;
          });
      if (of_shard) state.report.dirty_samples.push_back(ToReport(sample));
    }
  }

  const CopySpec& spec_;
  const CopyServices& services_;
  const TransferHooks& hooks_;
  StreamLimit* limit_;
  std::vector<Item> queue_;
  std::stop_source stop_;
  Mutex mutex_;
  std::size_t next_ GUARDED_BY(mutex_) = 0;
  std::vector<ShardState> states_;  // an element is guarded by the mutex until it is finished
  std::uint64_t dirty_ GUARDED_BY(mutex_);
  std::optional<Error> error_ GUARDED_BY(mutex_);
};

}  // namespace

void AddBlock(const BlockResult& block, syncjob::ShardReport& report) {
  report.rows_read += block.rows_read;
  report.rows_written += block.rows_written;
  report.rows_dirty += block.rows_dirty;
  report.rows_filtered += block.rows_filtered;
  report.bytes_read += block.bytes_read;
  report.bytes_written += block.bytes_written;
  report.bytes_raw += block.bytes_raw;
  report.content_hash += block.content_hash;
  // Rounded, not cut: many short blocks still add up.
  const auto millis = [](std::uint64_t ns) { return (ns + kNanosInMilli / 2) / kNanosInMilli; };
  report.read_wait_ms += millis(block.read_wait_ns);
  report.write_wait_ms += millis(block.write_wait_ns);
  report.throttle_wait_ms += millis(block.throttle_wait_ns);
  ++report.blocks;
}

void AddShard(const syncjob::ShardReport& shard, syncjob::ShardReport& totals) {
  totals.rows_read += shard.rows_read;
  totals.rows_written += shard.rows_written;
  totals.rows_dirty += shard.rows_dirty;
  totals.rows_filtered += shard.rows_filtered;
  totals.bytes_read += shard.bytes_read;
  totals.bytes_written += shard.bytes_written;
  totals.bytes_raw += shard.bytes_raw;
  totals.content_hash += shard.content_hash;
  totals.read_wait_ms += shard.read_wait_ms;
  totals.write_wait_ms += shard.write_wait_ms;
  totals.throttle_wait_ms += shard.throttle_wait_ms;
  totals.blocks += shard.blocks;
  totals.commits_sent += shard.commits_sent;
  totals.route = shard.route;
  for (const syncjob::DirtySample& sample : shard.dirty_samples) {
    if (totals.dirty_samples.size() < syncjob::kDirtySamplesMax) {
      totals.dirty_samples.push_back(sample);
    }
  }
}

Result<std::vector<syncjob::ShardReport>> Transfer(const OpContext& ctx, const CopySpec& spec,
                                                   const CopyServices& services,
                                                   const TransferInput& input,
                                                   const TransferHooks& hooks) {
  CULVERT_CHECK(input.streams > 0);
  Work work(spec, services, input, hooks);
  // The owner's stop stops the streams; so does the first failure of one of them.
  const std::stop_callback relay(ctx.stop, [&work] { work.stop().request_stop(); });
  OpContext inner = ctx;
  inner.stop = work.stop().get_token();
  work.FinishEmptyShards(inner);
  {
    std::vector<std::jthread> streams;
    const std::size_t wanted = input.stream_limit == nullptr ? input.streams : kStreamsMax;
    const std::size_t threads = std::min(wanted, work.size());
    streams.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) {
      streams.emplace_back(
          [&work, &inner, i, seed = input.seed + i] { work.RunStream(inner, i, seed); });
    }
  }
  return work.Take();
}

}  // namespace culvert::runner
