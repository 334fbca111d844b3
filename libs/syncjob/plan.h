// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The plan of one attempt: everything that a transfer or commit step needs to know, recorded before
// anything is written (invariant 1), and never changed. Building it is arithmetic: no I/O here.

namespace culvert::syncjob {

inline constexpr std::uint32_t kPlanVersion = 1;
inline constexpr std::size_t kShardsMax = 1'000;
inline constexpr std::size_t kSourcePartitionsMax = 2'000;
inline constexpr std::size_t kPlanBlocksMax = 100'000;
inline constexpr std::size_t kPlanBytesMax = std::size_t{32} * 1024 * 1024;
inline constexpr std::uint64_t kRowBytesAssumed = 100;
inline constexpr std::size_t kPlanWarningsMax = 20;
inline constexpr std::size_t kPlanWarningBytesMax = 512;

/// The three ways through the engine, fastest first.
enum class Route : std::uint8_t { kPassThrough, kTranscode, kTyped };
std::string_view RouteName(Route route);  // "pass-through", "transcode", "typed"

/// Where target column i takes its value from. `type` texts are as in types.md.
struct ColumnPlan {
  enum class From : std::uint8_t { kSource, kConstant, kPartition, kNull };
  std::string target;  // target column name
  std::string target_type;
  bool target_nullable = true;
  From from = From::kSource;
  std::string source;       // source column or partition key name, or the constant's text
  std::string source_type;  // kSource only; constants and partition values are text
  // Its place in the source's list, where `spec.transformers` name it.
  std::optional<std::uint32_t> column_index = {};
  bool operator==(const ColumnPlan&) const = default;
};

/// One unit read from: a partition (or the table) behind one download session, the result of a
/// query over some of them behind one, or the stream source.
struct SourceUnit {
  std::string partition;         // `dt=1,hh=2`, empty: none, or a query over several
  std::string download_id;       // empty for a stream source
  std::uint64_t rows = 0;        // exact, of that session
  std::uint64_t target = 0;      // index into Plan::targets
  std::string instance_id = {};  // SQL instance whose result is read; empty: the table itself
  std::uint64_t partitions = 1;  // that the unit stands for
  bool operator==(const SourceUnit&) const = default;
};

/// One target partition (or the table).
struct TargetUnit {
  std::string partition;
  bool operator==(const TargetUnit&) const = default;
};

/// One upload session. With consistencyCommit one per target; without, one per shard and target.
struct Session {
  std::string upload_id;     // empty for a stream target
  std::uint64_t target = 0;  // index into Plan::targets
  std::int64_t shard = -1;  // -1: shared, committed by the commit step; else committed by its shard
  bool operator==(const Session&) const = default;
};

/// One block: a row range of one source unit that goes into one block id of one session. The unit
/// of retry.
struct Block {
  std::uint64_t source = 0;  // index into Plan::sources
  std::uint64_t start = 0;   // first row
  std::uint64_t rows = 0;
  std::uint64_t session = 0;   // index into Plan::sessions
  std::uint64_t block_id = 0;  // unique in its session
  bool operator==(const Block&) const = default;
};

/// Work of one pod: blocks, at most `streams` of them at once.
struct Shard {
  std::int32_t streams = 1;
  std::vector<Block> blocks;
  bool operator==(const Shard&) const = default;
};

struct Plan {
  std::uint32_t version = kPlanVersion;
  std::string job;        // namespace/name
  std::string spec_hash;  // SHA-256 of the canonical spec JSON: a plan belongs to one spec
  std::int32_t attempt = 1;
  std::string created;     // RFC 3339
  std::uint64_t seed = 0;  // of the stream source
  Route route = Route::kPassThrough;
  SyncJobSpec spec;
  DataSource source_data_source;  // resolved; empty name for a stream
  DataSource target_data_source;
  std::string source_tunnel_endpoint;  // resolved
  std::string target_tunnel_endpoint;
  std::vector<std::string> read_columns;       // requested from the source session, in table order
  std::vector<std::string> read_column_types;  // of the same
  std::vector<ColumnPlan> columns;             // one per target column, in target table order
  bool truncate_by_sql = false;                // prepare step truncates (consistencyCommit false)
  std::vector<SourceUnit> sources;
  std::vector<TargetUnit> targets;
  std::vector<Session> sessions;
  std::vector<Shard> shards;
  std::uint64_t rows = 0;
  std::uint64_t estimated_bytes = 0;
  std::vector<std::string> warnings = {};  // of the preflight, for people; the first of them
  // Of a sink that is a table: the value of its partition `run`, and the upload sessions there, by
  // DirtyLayout. Both empty where no row can be dirty, or dirty rows go elsewhere.
  std::string dirty_run = {};
  std::vector<std::string> dirty_sessions = {};

  std::uint64_t BlockCount() const;
};

/// Something has to run between the record of the plan and the first block: preSql, or the
/// emptying of the target by SQL. Where no source partition matched, preSql does not.
bool NeedsPreparing(const Plan& plan);

/// Dirty rows that the run may leave out: `errorLimit.record`, or the share of the planned rows
/// that `errorLimit.percentage` allows, rounded down.
std::uint64_t DirtyRowsMax(const Plan& plan);

/// Row ranges, sizes and limits: the input of the arithmetic.
struct CutInput {
  struct Unit {
    std::uint64_t rows = 0;
    std::uint64_t estimated_bytes = 0;  // 0: unknown
    std::uint64_t target = 0;
  };
  std::vector<Unit> units;
  std::size_t targets = 1;
  std::int32_t concurrent = 1;  // streams of the run, >= 1
  std::int32_t threads = 4;     // streams of one shard at most, >= 1
  bool consistency_commit = true;
  std::uint64_t blocks_per_session_max = 20'000;
};

struct CutResult {
  std::vector<Session> sessions;  // upload_id empty
  std::vector<Shard> shards;
};

/// Cuts units into blocks, packs blocks into shards, numbers block ids. Every row of every unit is
/// in exactly one block; ids are disjoint within a session and below 90 % of
/// blocks_per_session_max; at most kShardsMax shards; shards that run at once never hold more than
/// `concurrent` streams when at most ceil(concurrent / threads) of them run. Empty units give no
/// block. Sessions: with consistency_commit one for each target, in target order, blocks or not;
/// else one for each (shard, target) that has blocks.
///
/// Block size: 64 MiB; smaller (8 MiB at least) so that each stream has four blocks; doubled while
/// the table would see more than 500 blocks (what the service takes in five minutes), up to 1 GiB,
/// since a block is what a retry repeats; doubled beyond that only to keep a session and the plan
/// within their limits. A row whose size is unknown counts as kRowBytesAssumed. kInvalidArgument,
/// reason BlockLimitExceeded or TooManyPartitions, naming both numbers, when the limits cannot be
/// kept.
Result<CutResult> CutBlocks(const CutInput& input);

/// Canonical JSON text: keys sorted, no spaces, equal plans give equal bytes.
std::string PlanToJson(const Plan& plan);
/// PlanToJson's inverse; unknown keys, text above kPlanBytesMax, an index that points nowhere, rows
/// that are covered twice or not at all, or a block id used twice are kInvalidArgument, reason
/// PlanInvalid. A newer version is kFailedPrecondition, reason PlanVersion.
Result<Plan> ParsePlan(std::string_view text);
/// What ParsePlan checks beyond the syntax: indexes, sums, ranges, ids.
Status CheckPlan(const Plan& plan);
/// SHA-256 of PlanToJson.
std::string PlanHash(const Plan& plan);
/// SHA-256 of what a plan depends on: the spec without its knobs (suspend, setting.speed,
/// setting.allowSchemaDrift, runner.threads), and the places that both data sources name
/// (endpoints, project, schema), not the keys. Equal hash: a recorded plan still belongs to the
/// job, though the job may now ask for another speed.
std::string SpecHash(const SyncJobSpec& spec, const DataSource& source, const DataSource& target);

}  // namespace culvert::syncjob
