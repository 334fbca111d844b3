// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/syncjob/plan.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace culvert::syncjob {
namespace {

constexpr std::uint64_t kMiB = 1024ULL * 1024;
constexpr std::uint64_t kBlockBytesWanted = 64 * kMiB;  // vendor page: 64 MiB and more are advised
constexpr std::uint64_t kBlockBytesMin = 8 * kMiB;
constexpr std::uint64_t kBlockBytesRetryMax = 1'024 * kMiB;
constexpr std::uint64_t kBlockBytesMax = 100ULL * 1'024 * kMiB;  // the service's limit
constexpr std::uint64_t kTableBlocksWanted = 500;
constexpr std::uint64_t kBlocksPerStreamWanted = 4;
// A shard is what a pod repeats from its reports' point of view: kept to an hour or so of four
// streams.
constexpr std::uint64_t kShardBytesWanted = 128ULL * 1'024 * kMiB;

std::uint64_t CeilDiv(std::uint64_t a, std::uint64_t b) { return a / b + (a % b == 0 ? 0 : 1); }

std::uint64_t SaturatingAdd(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  return a > max - b ? max : a + b;
}

std::uint64_t BytesOf(const CutInput::Unit& unit) {
  if (unit.rows == 0) return 0;
  if (unit.estimated_bytes != 0) return unit.estimated_bytes;
  const std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  return unit.rows > max / kRowBytesAssumed ? max : unit.rows * kRowBytesAssumed;
}

std::uint64_t BlocksOf(const CutInput::Unit& unit, std::uint64_t block_bytes) {
  if (unit.rows == 0) return 0;
  return std::clamp<std::uint64_t>(CeilDiv(BytesOf(unit), block_bytes), 1, unit.rows);
}

struct Counts {
  std::uint64_t total = 0;
  std::uint64_t per_target_max = 0;
};

Counts CountBlocks(const CutInput& input, std::uint64_t block_bytes) {
  Counts counts;
  std::vector<std::uint64_t> per_target(input.targets, 0);
  for (const CutInput::Unit& unit : input.units) {
    const std::uint64_t blocks = BlocksOf(unit, block_bytes);
    counts.total = SaturatingAdd(counts.total, blocks);
    per_target[unit.target] = SaturatingAdd(per_target[unit.target], blocks);
    counts.per_target_max = std::max(counts.per_target_max, per_target[unit.target]);
  }
  return counts;
}

Status CheckInput(const CutInput& input) {
  if (input.concurrent < 1 || input.threads < 1) {
    return Fail(InvalidArgument("speed.concurrent and runner.threads must be 1 or more"));
  }
  if (input.units.size() > kSourcePartitionsMax) {
    return Fail(InvalidArgument(std::to_string(input.units.size()) +
                                " source partitions are selected, at most " +
                                std::to_string(kSourcePartitionsMax) +
                                " fit one run: narrow the partition specs")
                    .Because("TooManyPartitions"));
  }
  for (const CutInput::Unit& unit : input.units) {
    if (unit.target >= input.targets) return Fail(Internal("a source unit without a target"));
  }
  return {};
}

Result<std::uint64_t> ChooseBlockBytes(const CutInput& input) {
  std::uint64_t total_bytes = 0;
  for (const CutInput::Unit& unit : input.units) {
    total_bytes = SaturatingAdd(total_bytes, BytesOf(unit));
  }
  const auto streams = static_cast<std::uint64_t>(input.concurrent);
  std::uint64_t block_bytes = std::clamp(total_bytes / (streams * kBlocksPerStreamWanted),
                                         kBlockBytesMin, kBlockBytesWanted);
  // Ten per cent stay free: a replaced plan (lost session) may need ids again.
  const std::uint64_t session_max = std::max<std::uint64_t>(
      1, input.blocks_per_session_max / 10 * 9 + input.blocks_per_session_max % 10 * 9 / 10);
  Counts counts = CountBlocks(input, block_bytes);
  const auto too_many = [&] {
    return counts.per_target_max > session_max || counts.total > kPlanBlocksMax;
  };
  while (too_many() || (counts.total > kTableBlocksWanted && block_bytes < kBlockBytesRetryMax)) {
    if (too_many() && block_bytes >= kBlockBytesMax) {
      const bool session = counts.per_target_max > session_max;
      return Fail(InvalidArgument("the copy needs " +
                                  std::to_string(session ? counts.per_target_max : counts.total) +
                                  " blocks" + (session ? " in one upload session" : "") +
                                  ", the limit is " +
                                  std::to_string(session ? session_max : kPlanBlocksMax) +
                                  (session ? " (90 % of maxBlocksPerSession)" : "") +
                                  ": copy fewer partitions at a time")
                      .Because("BlockLimitExceeded"));
    }
    block_bytes = std::min(block_bytes * 2, kBlockBytesMax);
    counts = CountBlocks(input, block_bytes);
  }
  return block_bytes;
}

/// Blocks of every unit in target order, not yet numbered. `bytes`[i] estimates blocks[i].
struct Cut {
  std::vector<Block> blocks;
  std::vector<std::uint64_t> bytes;
};

Cut CutUnits(const CutInput& input, std::uint64_t block_bytes) {
  std::vector<std::size_t> order;
  order.reserve(input.units.size());
  for (std::size_t i = 0; i < input.units.size(); ++i) order.push_back(i);
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(input.units[i].target, i); });
  Cut cut;
  for (const std::size_t source : order) {
    const CutInput::Unit& unit = input.units[source];
    const std::uint64_t count = BlocksOf(unit, block_bytes);
    if (count == 0) continue;
    const std::uint64_t rows = unit.rows / count;
    const std::uint64_t longer = unit.rows % count;  // blocks with one row more
    std::uint64_t start = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t here = rows + (i < longer ? 1 : 0);
      cut.blocks.push_back(
          {.source = source, .start = start, .rows = here, .session = 0, .block_id = 0});
      cut.bytes.push_back(std::max<std::uint64_t>(1, BytesOf(unit) / count));
      start += here;
    }
    CULVERT_CHECK(start == unit.rows);
  }
  return cut;
}

/// How many shards, and the streams of each. With P = ceil(concurrent / threads) running at once,
/// every shard gets floor(concurrent / P) streams and the first concurrent mod P one more, so that
/// the P largest, and with them any P, sum to at most `concurrent`.
std::vector<Shard> MakeShards(const CutInput& input, const Cut& cut) {
  const auto concurrent = static_cast<std::uint64_t>(input.concurrent);
  const std::uint64_t running = CeilDiv(concurrent, static_cast<std::uint64_t>(input.threads));
  std::uint64_t bytes = 0;
  for (const std::uint64_t b : cut.bytes) bytes = SaturatingAdd(bytes, b);
  const auto waves =
      std::clamp<std::uint64_t>(CeilDiv(bytes / running, kShardBytesWanted), 1, kShardsMax);
  const auto count = std::min<std::uint64_t>(
      {running * waves, std::uint64_t{kShardsMax}, std::uint64_t{cut.blocks.size()}});
  std::vector<Shard> shards(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    shards[i].streams =
        static_cast<std::int32_t>(concurrent / running + (i < concurrent % running ? 1 : 0));
  }
  return shards;
}

/// Gives each shard a run of consecutive blocks, sized after its streams: neighbours share
/// partitions, so a shard opens few sessions.
void FillShards(const Cut& cut, std::vector<Shard>& shards) {
  double bytes_left = std::accumulate(cut.bytes.begin(), cut.bytes.end(), 0.0);
  double streams_left = 0;
  for (const Shard& shard : shards) streams_left += shard.streams;
  std::size_t next = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::size_t shards_after = shards.size() - i - 1;
    const double share = bytes_left * shards[i].streams / streams_left;
    double taken = 0;
    while (cut.blocks.size() - next > shards_after) {
      const auto bytes = static_cast<double>(cut.bytes[next]);
      const bool full = !shards[i].blocks.empty() && taken + bytes / 2 > share;
      if (shards_after > 0 && full) break;
      shards[i].blocks.push_back(cut.blocks[next]);
      taken += bytes;
      ++next;
    }
    bytes_left -= taken;
    streams_left -= shards[i].streams;
  }
  CULVERT_CHECK(next == cut.blocks.size());
}

std::vector<Session> NumberBlocks(const CutInput& input, std::vector<Shard>& shards) {
  std::vector<Session> sessions;
  std::vector<std::uint64_t> next_id;
  if (input.consistency_commit) {
    for (std::size_t target = 0; target < input.targets; ++target) {
      sessions.push_back({.upload_id = "", .target = target, .shard = -1});
      next_id.push_back(0);
    }
  }
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    std::map<std::uint64_t, std::uint64_t> own;  // target -> session of this shard
    for (Block& block : shards[shard].blocks) {
      const std::uint64_t target = input.units[block.source].target;
      block.session = target;
      if (!input.consistency_commit) {
        const auto [found, added] = own.try_emplace(target, sessions.size());
        if (added) {
          sessions.push_back(
              {.upload_id = "", .target = target, .shard = static_cast<std::int64_t>(shard)});
          next_id.push_back(0);
        }
        block.session = found->second;
      }
      block.block_id = next_id[block.session]++;
    }
  }
  return sessions;
}

}  // namespace

Result<CutResult> CutBlocks(const CutInput& input) {
  CULVERT_TRY(CheckInput(input));
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t block_bytes, ChooseBlockBytes(input));
  const Cut cut = CutUnits(input, block_bytes);
  CutResult result;
  result.shards = MakeShards(input, cut);
  FillShards(cut, result.shards);
  result.sessions = NumberBlocks(input, result.shards);
  for (Shard& shard : result.shards) {
    const std::size_t blocks = shard.blocks.size();
    if (blocks < static_cast<std::size_t>(shard.streams)) {
      shard.streams = static_cast<std::int32_t>(blocks);
    }
  }
  return result;
}

}  // namespace culvert::syncjob
