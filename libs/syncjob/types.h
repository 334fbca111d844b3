// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The custom resources of culvert.dev/v1alpha1 as C++ values: what a user writes, defaults filled
// in, nothing resolved yet. docs/spec/v1alpha1/ explains each field.

namespace culvert::syncjob {

/// `spec.source.maxCompute`.
struct MaxComputeSource {
  std::string data_source;  // dataSourceRef.name
  std::string table;
  std::vector<std::string> partition;  // specs with wildcards; empty: table without partitions
  // Names, 'constants', partition keys, or ["*"]; with enable_where also expressions.
  std::vector<std::string> column;
  std::string where;  // one condition; not empty with enable_where
  bool enable_where = false;
  bool success_on_no_partition = false;
  std::string codec = "identity";          // from isCompress (true: deflate) or codec
  bool read_char_as_string = false;        // CHAR columns are refused otherwise
  std::vector<std::string> pre_sql = {};   // statements before the first block
  std::vector<std::string> post_sql = {};  // statements after the commits
  bool operator==(const MaxComputeSource&) const = default;
};

/// One column of `spec.source.stream.column`.
struct StreamColumn {
  std::string name;
  std::string type;  // as in types.md section 3
  // Exactly one of the three.
  std::optional<std::string> constant;          // `value`: text, read as the column's type
  std::optional<std::int64_t> increasing_from;  // `increasing: {from}`: from + row number
  struct Random {
    std::int64_t min = 0;  // numbers and dates: inclusive bounds; strings: length bounds in bytes
    std::int64_t max = 0;
    bool operator==(const Random&) const = default;
  };
  std::optional<Random> random;
  bool operator==(const StreamColumn&) const = default;
};

/// `spec.source.stream`: rows from a template.
struct StreamSource {
  std::uint64_t count = 0;
  std::vector<StreamColumn> column;
  bool operator==(const StreamSource&) const = default;
};

/// `createPolicy`: what becomes of a target table that is not there.
enum class CreatePolicy : std::uint8_t {
  kNever,        // an error
  kIfNotExists,  // it is made from the source's columns
};
inline constexpr std::int32_t kLifecycleDaysDefault = 30;
/// What becomes of text and bytes that are longer than their column takes.
enum class OverLengthRule : std::uint8_t { kDirty, kTruncate, kSetNull };

/// `spec.target.maxCompute`.
struct MaxComputeTarget {
  std::string data_source;
  std::string table;
  std::string partition;  // one last-level partition; empty: none
  bool partition_from_source = false;
  std::vector<std::string> column;  // ["*"] or names
  bool truncate = false;
  bool consistency_commit = false;
  bool empty_as_null = false;
  std::string codec = "identity";  // from compress/isCompress or codec
  CreatePolicy create_policy = CreatePolicy::kNever;
  std::int32_t lifecycle_days = kLifecycleDaysDefault;  // of a table that is made
  OverLengthRule over_length_rule = OverLengthRule::kDirty;
  bool null_varchar_as_dirty = false;
  std::vector<std::string> pre_sql = {};   // statements before the first block
  std::vector<std::string> post_sql = {};  // statements after the commits
  bool operator==(const MaxComputeTarget&) const = default;
};

/// `spec.target.stream`: counts and discards, or prints JSON lines.
struct StreamTarget {
  bool print = false;
  bool operator==(const StreamTarget&) const = default;
};

struct Speed {
  bool throttle = false;
  // Of the whole run, used when throttle; 0: no such limit.
  double mbps = 0;                // MB/s (10^6 bytes)
  double records_per_second = 0;  // rows
  std::int32_t concurrent = 1;
  bool operator==(const Speed&) const = default;
};

/// One entry of `spec.transformers`, as written; libs/syncjob/transformer.h gives it its meaning.
struct Transformer {
  std::string name;                // dx_filter, dx_substr, dx_pad, dx_replace, dx_digest
  std::uint32_t column_index = 0;  // into the source's list, from 0
  std::vector<std::string> paras;
  bool operator==(const Transformer&) const = default;
};

/// All rows, in the unit of SyncJobSpec::error_limit_share.
inline constexpr std::uint32_t kWholeShare = 1'000'000'000;

/// What to check after the commit.
enum class Verify : std::uint8_t { kNone, kCount, kContentHash };

struct SyncJobSpec {
  std::variant<MaxComputeSource, StreamSource> source;
  std::variant<MaxComputeTarget, StreamTarget> target;
  std::uint64_t error_limit_record = 0;
  // errorLimit.percentage, in billionths of the planned rows; 0: `error_limit_record` counts.
  std::uint32_t error_limit_share = 0;
  // errorLimit.window: dirty rows that one shard may find in any stretch of so many seconds; 0
  // seconds: no such limit.
  std::uint32_t error_window_seconds = 0;
  std::uint64_t error_window_record = 0;
  // setting.dirtySink.file.persistentVolumeClaim.claimName: dirty rows are kept; empty: they are
  // not.
  std::string dirty_sink_claim = {};
  // setting.dirtySink.maxCompute.table, of the target's project; at most one of the two is set.
  std::string dirty_sink_table = {};
  Speed speed;
  Verify verify = Verify::kCount;
  std::string schema_hash = {};     // ContractHash of the columns; empty: not held against one
  bool allow_schema_drift = false;  // a knob: it says whether to go on, not what to copy
  std::vector<Transformer> transformers = {};  // one after the other
  std::int32_t threads = 4;                    // runner.threads
  bool suspend = false;
  bool operator==(const SyncJobSpec&) const = default;
};

struct SyncJob {
  std::string name;
  std::string name_space = "default";
  SyncJobSpec spec;
  // What only a cluster gives a meaning to.
  std::string run_nonce;
  std::optional<std::int32_t> ttl_seconds_after_finished = {};
  std::optional<std::int32_t> active_deadline_seconds = {};
  std::int32_t credential_timeout_seconds = 86'400;
};

/// `DataSource.spec.maxCompute`.
struct DataSource {
  std::string name;
  std::string name_space = "default";
  std::string endpoint;
  std::string tunnel_endpoint;
  std::string project;
  std::string schema;
  std::string quota_name;
  std::string region;
  std::string cross_region;          // "cen": another region is reached so; empty: not at all
  std::string created_at;            // YYYY-MM-DD; empty: not said
  std::string credentials_secret;    // credentialsRef.name
  std::string ca_bundle_config_map;  // caBundleRef.name
  bool allow_insecure_http = false;
  std::int32_t concurrent_streams_max = 64;       // limits.maxConcurrentStreams
  std::uint64_t blocks_per_session_max = 20'000;  // limits.maxBlocksPerSession
  bool operator==(const DataSource&) const = default;
};

/// A Secret or ConfigMap document: data decoded.
struct KeyValues {
  std::string name;
  std::string name_space = "default";
  std::map<std::string, std::string> data;
};

/// All that one set of files or stdin holds.
struct Manifest {
  std::vector<SyncJob> jobs;
  std::vector<DataSource> data_sources;
  std::vector<KeyValues> secrets;
  std::vector<KeyValues> config_maps;
  // `FILE:LINE:COLUMN: field: what`: things that are legal, and probably not what was meant.
  std::vector<std::string> warnings;
};

}  // namespace culvert::syncjob
