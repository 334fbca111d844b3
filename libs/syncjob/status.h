// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/conditions.h"
#include "libs/syncjob/report.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// `status` of a SyncJob: what the operator tells, and the little that it must remember (`attempt`,
// `runNonce`, `streams`, `pause`). Whole numbers and texts only, all of it bounded.

namespace culvert::syncjob {

/// `status.plan`.
struct PlanStatus {
  std::uint64_t partitions = 0;  // of the source
  std::uint64_t targets = 0;
  std::uint64_t shards = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  // estimated
  std::string hash = {};
  std::string route = {};
  bool small = false;            // one pod does it all
  std::string schema_hash = {};  // ContractHash
  bool operator==(const PlanStatus&) const = default;
};

/// `status.progress`.
struct ProgressStatus {
  std::uint64_t rows = 0;
  std::uint64_t rows_total = 0;
  std::uint64_t bytes = 0;  // record bytes, before coding
  std::uint64_t shards = 0;
  std::uint64_t shards_total = 0;
  std::uint64_t percent = 0;
  std::uint64_t rows_per_second = 0;
  std::uint64_t bytes_per_second = 0;
  std::uint64_t eta_seconds = 0;  // 0: unknown
  bool operator==(const ProgressStatus&) const = default;
};

struct FailedShard {
  std::int64_t shard = 0;
  std::string reason = {};
  std::string message = {};
  bool operator==(const FailedShard&) const = default;
};
inline constexpr std::size_t kFailedShardsMax = 10;

/// `status.pause`: the operator waits before it starts pods again.
struct Pause {
  std::string reason = {};
  std::string message = {};
  std::int32_t count = 0;        // how often in a row
  std::string start_time = {};   // of the first of them
  std::string resume_time = {};  // of this one; empty: never, the run is about to end
  bool operator==(const Pause&) const = default;
};

/// `status.report`.
struct ReportStatus {
  std::string start_time = {};
  std::string completion_time = {};
  std::uint64_t rows_read = 0;
  std::uint64_t rows_written = 0;
  std::uint64_t rows_dirty = 0;
  std::uint64_t rows_filtered = 0;
  std::uint64_t bytes_read = 0;     // on the wire
  std::uint64_t bytes_written = 0;  // on the wire
  std::uint64_t read_wait_seconds = 0;
  std::uint64_t write_wait_seconds = 0;
  std::uint64_t throttle_wait_seconds = 0;
  std::uint64_t seconds = 0;
  std::string bottleneck = {};
  std::string route = {};
  std::string verified = {};
  std::vector<std::string> committed_partitions = {};  // the first of them
  std::uint64_t committed_partitions_total = 0;
  std::vector<DirtySample> dirty_samples = {};  // at most kDirtySamplesMax
  std::string dirty_place = {};                 // where the dirty rows are kept
  std::vector<StatementRun> statements = {};    // at most kReportStatementsMax
  bool operator==(const ReportStatus&) const = default;
};
inline constexpr std::size_t kCommittedPartitionsMax = 100;

/// One of `status.resolvedParameters`: what a scheduling parameter was in this run.
struct ResolvedParameter {
  std::string name = {};
  std::string value = {};
  bool operator==(const ResolvedParameter&) const = default;
};

inline constexpr std::size_t kResolvedParametersMax = 130;

struct SyncJobStatus {
  std::int64_t observed_generation = 0;
  std::int32_t attempt = 0;        // 0: none begun; never falls
  std::int32_t first_attempt = 0;  // of this run, that is, of this runNonce
  std::string run_nonce = {};      // the spec's, when this run began
  std::string start_time = {};     // of the run's attempt
  std::string completion_time = {};
  std::int32_t streams = 0;  // held of both DataSources
  std::vector<Condition> conditions = {};
  std::vector<ResolvedParameter> resolved_parameters = {};  // of a schedule's run
  std::optional<PlanStatus> plan = {};
  std::optional<ProgressStatus> progress = {};
  std::vector<FailedShard> failed_shards = {};
  std::optional<Pause> pause = {};
  std::optional<ReportStatus> report = {};
  bool operator==(const SyncJobStatus&) const = default;

  /// Succeeded is True or False: nothing happens any more without a new runNonce.
  bool IsTerminal() const {
    return IsTrue(conditions, kSucceeded) || IsFalse(conditions, kSucceeded);
  }
};

/// `status` as the API server holds it; empty parts are left out.
nlohmann::json StatusToJson(const SyncJobStatus& status);
/// The inverse; null is an empty status. Members that this version does not know are left out;
/// kInvalidArgument for one of a wrong type.
Result<SyncJobStatus> StatusFromJson(const nlohmann::json& value);

}  // namespace culvert::syncjob
