// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::syncjob {

/// Exit codes of the runner; what a Job does about each is in design.md section 7 and
/// docs/operations.md.
enum class ExitCode : int {
  kDone = 0,
  kBadPlan = 10,  // plan, flags, manifest or version
  kSchemaMismatch = 11,
  kNotFound = 12,  // project, table or partition
  kDenied = 13,
  kDirtyLimit = 14,
  kSourceChanged = 15,
  kSessionExpired = 16,
  kUnsupported = 17,         // view, external table, CHAR read, ...
  kCredentialsMissing = 20,  // or malformed
  kCredentialsRejected = 21,
  kTransient = 30,
  kThrottled = 31,
  kLocalPressure = 32,  // disk full, out of descriptors
  kPoisonShard = 40,
  kCommitUnknown = 41,  // CommitOutcomeUnknown: a person must look
  kCancelled = 143,     // clean stop on SIGTERM or SIGINT
};

/// Closed mapping from an error's reason, then its code; an unknown reason leaves it to the code.
ExitCode ExitCodeFor(const Error& error);

/// A row that could not be written, without its values: who may read a report need not be who may
/// read the rows.
struct DirtySample {
  std::string partition = {};  // of the source, empty: none
  std::uint64_t row = 0;       // number within it, from 0
  std::string column = {};     // of the target
  std::string reason = {};     // ConversionFailed, ...
  std::string message = {};
  bool operator==(const DirtySample&) const = default;
};
inline constexpr std::size_t kDirtySamplesMax = 10;
/// The sample with its texts cut to what a report has room for.
DirtySample CutSample(const DirtySample& sample);
/// "row 7 of dt=1, column small: ValueRefused, too large for tinyint".
std::string DirtySampleText(const DirtySample& sample);

/// What one shard did. Fits 4,096 bytes as JSON.
struct ShardReport {
  std::uint64_t shard = 0;
  std::uint64_t rows_read = 0;
  std::uint64_t rows_written = 0;
  std::uint64_t rows_dirty = 0;
  std::uint64_t rows_filtered = 0;  // left out by a transformer; rows read are these and the two
  std::uint64_t bytes_read = 0;     // on the wire
  std::uint64_t bytes_written = 0;  // on the wire
  std::uint64_t bytes_raw = 0;      // record bytes before coding
  std::uint64_t blocks = 0;
  std::uint64_t content_hash = 0;  // sum over blocks, order-free
  std::uint64_t read_wait_ms = 0;
  std::uint64_t write_wait_ms = 0;
  std::uint64_t throttle_wait_ms = 0;
  std::uint64_t commits_sent = 0;               // consistencyCommit: false
  std::string route;                            // the route that ran
  std::vector<DirtySample> dirty_samples = {};  // the first that the process found, cut
  bool operator==(const ShardReport&) const = default;
};
inline constexpr std::size_t kShardReportBytesMax = 4'096;  // of a termination message

/// Compact JSON of at most kShardReportBytesMax bytes, which may cost the last samples;
/// `content_hash` as 16 hexadecimal digits,
/// since many JSON readers round numbers beyond 2^53.
std::string ShardReportToJson(const ShardReport& report);
Result<ShardReport> ParseShardReport(std::string_view text);

/// A statement of preSql or postSql that ran.
struct StatementRun {
  std::string name;      // `target.postSql[0]`
  std::string instance;  // its id at the service
  bool operator==(const StatementRun&) const = default;
};

inline constexpr std::size_t kReportStatementsMax = 64;  // 16 in each of four lists

/// The report of a run.
struct RunReport {
  std::string job;
  std::int32_t attempt = 1;
  std::string started;  // RFC 3339
  std::string finished;
  std::string outcome;  // Succeeded, AlreadyDone, Failed
  ShardReport totals;   // `shard` unused
  std::uint64_t shards = 0;
  std::vector<std::string> committed_partitions;
  std::string bottleneck;  // "source", "target", "throttle" or "cpu"
  std::string verified;    // "", "count", "content hash"
  double seconds = 0;
  std::vector<StatementRun> statements = {};  // of the attempt, in order
  std::string dirty_place = {};  // where its dirty rows are kept; empty: there are none, or nowhere
  bool operator==(const RunReport&) const = default;
};
/// Compact JSON; as long as its list of committed partitions.
std::string RunReportToJson(const RunReport& report);
Result<RunReport> ParseRunReport(std::string_view text);

}  // namespace culvert::syncjob
