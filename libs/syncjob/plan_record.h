// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "libs/syncjob/status.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The records of a run on a cluster, as the files that pods mount and the operator reads back:
// the plan with its summary, and the decision with the shards' reports.

namespace culvert::syncjob {

inline constexpr const char* kSummaryFile = "summary.json";
inline constexpr const char* kPlanFile = "plan.json";  // a plan of at most kPlainPlanBytesMax
inline constexpr const char* kDecisionFile = "decision.json";
inline constexpr const char* kReportsFile = "reports.json";
inline constexpr std::size_t kPlainPlanBytesMax = std::size_t{256} * 1024;
/// Of one ConfigMap, which may hold 1 MiB.
inline constexpr std::size_t kRecordBytesMax = std::size_t{900} * 1024;
/// `plan.000`, ...: a larger plan, compressed and cut.
std::string PlanPieceFile(std::size_t piece);

/// `project/schema/table` in lower case, an empty schema is `default`: equal for what is one table.
std::string TargetKey(const DataSource& data_source, std::string_view table);

/// What is decided by, of a plan that may have thousands of blocks.
struct PlanSummary {
  std::int32_t attempt = 1;
  std::string job = {};       // namespace/name
  std::string created = {};   // RFC 3339
  std::uint64_t pieces = 0;   // of the record; 0: kPlanFile
  PlanStatus status;          // hash and sizes
  std::string target = {};    // TargetKey; empty where no table is written
  bool has_sessions = false;  // the target takes upload sessions
  bool consistency_commit = false;
  bool replaces = false;  // rows of the target are replaced, so that a run may start over
  bool prepares = false;  // NeedsPreparing
  Speed speed;            // of the plan
  std::int32_t threads = 4;
  std::uint64_t dirty_max = 0;
  std::vector<std::string> secrets = {};     // that its DataSources name, each once
  std::vector<std::string> ca_bundles = {};  // ConfigMaps, likewise
  std::vector<std::string> warnings = {};    // Plan::warnings
  std::vector<std::string> targets = {};     // partitions; one empty text for a whole table
  bool operator==(const PlanSummary&) const = default;

  /// Pods of the transfer at once.
  std::int32_t Pods() const { return (speed.concurrent + threads - 1) / threads; }
};

/// Small: one pod has all of the run's streams, so it does all of the rest of the run.
bool IsSmall(const Plan& plan);

PlanSummary Summarize(const Plan& plan);
std::string SummaryToJson(const PlanSummary& summary);
Result<PlanSummary> ParseSummary(std::string_view text);

/// The one thing that allows a commit, or a new attempt.
struct CommitDecision {
  bool commit = false;  // else abandoned
  std::int32_t attempt = 1;
  std::string plan_hash = {};  // of the plan decided about; empty where there was none
  std::string reason = {};     // of an attempt that was abandoned
  bool operator==(const CommitDecision&) const = default;
};
std::string DecisionToJson(const CommitDecision& decision);
Result<CommitDecision> ParseDecision(std::string_view text);

/// All shards' reports, in any order, as one text, and back.
std::string ReportsToJson(const std::vector<ShardReport>& reports);
Result<std::vector<ShardReport>> ParseReports(std::string_view text);

}  // namespace culvert::syncjob
