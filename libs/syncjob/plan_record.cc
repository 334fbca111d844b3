// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/plan_record.h"

#include "libs/base/json.h"
#include "libs/record/schema.h"
#include "libs/syncjob/internal/json_reader.h"
#include "libs/syncjob/schema_contract.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>
#include <variant>

namespace culvert::syncjob {
namespace {

using internal::JsonReader;
using nlohmann::json;

constexpr std::size_t kReportsTextMax = std::size_t{4} * 1024 * 1024;
constexpr std::uint64_t kPiecesMax = (kPlanBytesMax + kPlainPlanBytesMax - 1) / kPlainPlanBytesMax;

void AddOnce(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

}  // namespace

std::string TargetKey(const DataSource& data_source, std::string_view table) {
  const std::string schema = data_source.schema.empty() ? "default" : data_source.schema;
  return record::FoldName(data_source.project) + "/" + record::FoldName(schema) + "/" +
         record::FoldName(table);
}

std::string PlanPieceFile(std::size_t piece) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "plan.%03zu", piece);
  return name.data();
}

bool IsSmall(const Plan& plan) { return plan.spec.speed.concurrent <= plan.spec.threads; }

PlanSummary Summarize(const Plan& plan) {
  PlanSummary summary;
  summary.attempt = plan.attempt;
  summary.job = plan.job;
  summary.created = plan.created;
  std::uint64_t partitions = 0;
  for (const SourceUnit& source : plan.sources) partitions += source.partitions;
  summary.status = {.partitions = partitions,
                    .targets = plan.targets.size(),
                    .shards = plan.shards.size(),
                    .rows = plan.rows,
                    .bytes = plan.estimated_bytes,
                    .hash = PlanHash(plan),
                    .route = std::string(RouteName(plan.route)),
                    .small = IsSmall(plan),
                    .schema_hash = ContractHash(ContractOf(plan))};
  summary.warnings = plan.warnings;
  if (const auto* table = std::get_if<MaxComputeTarget>(&plan.spec.target)) {
    summary.target = TargetKey(plan.target_data_source, table->table);
    summary.has_sessions = true;
    summary.consistency_commit = table->consistency_commit;
    summary.replaces = table->truncate;
  }
  summary.prepares = NeedsPreparing(plan);
  summary.speed = plan.spec.speed;
  summary.threads = plan.spec.threads;
  summary.dirty_max = DirtyRowsMax(plan);
  for (const DataSource* side : {&plan.source_data_source, &plan.target_data_source}) {
    AddOnce(summary.secrets, side->credentials_secret);
    AddOnce(summary.ca_bundles, side->ca_bundle_config_map);
  }
  for (const TargetUnit& target : plan.targets) summary.targets.push_back(target.partition);
  return summary;
}

std::string SummaryToJson(const PlanSummary& summary) {
  return DumpJson({{"attempt", summary.attempt},
                   {"job", summary.job},
                   {"created", summary.created},
                   {"pieces", summary.pieces},
                   {"partitions", summary.status.partitions},
                   {"shards", summary.status.shards},
                   {"rows", summary.status.rows},
                   {"bytes", summary.status.bytes},
                   {"hash", summary.status.hash},
                   {"route", summary.status.route},
                   {"small", summary.status.small},
                   {"schemaHash", summary.status.schema_hash},
                   {"warnings", summary.warnings},
                   {"target", summary.target},
                   {"hasSessions", summary.has_sessions},
                   {"consistencyCommit", summary.consistency_commit},
                   {"replaces", summary.replaces},
                   {"prepares", summary.prepares},
                   {"throttle", summary.speed.throttle},
                   {"mbps", summary.speed.mbps},
                   {"recordsPerSecond", summary.speed.records_per_second},
                   {"concurrent", summary.speed.concurrent},
                   {"threads", summary.threads},
                   {"dirtyMax", summary.dirty_max},
                   {"secrets", summary.secrets},
                   {"caBundles", summary.ca_bundles},
                   {"targets", summary.targets}});
}

Result<PlanSummary> ParseSummary(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const json value, ParseJson(text));
  std::optional<Error> error;
  JsonReader in(value, "summary", error,
                {"attempt",
                 "job",
                 "created",
                 "pieces",
                 "partitions",
                 "shards",
                 "rows",
                 "bytes",
                 "hash",
                 "route",
                 "small",
                 "schemaHash",
                 "warnings",
                 "target",
                 "hasSessions",
                 "consistencyCommit",
                 "replaces",
                 "prepares",
                 "truncateBySql",
                 "throttle",
                 "mbps",
                 "recordsPerSecond",
                 "concurrent",
                 "threads",
                 "dirtyMax",
                 "secrets",
                 "caBundles",
                 "targets"});
  PlanSummary summary;
  summary.attempt = in.I32("attempt");
  summary.job = in.Text("job");
  summary.created = in.Text("created");
  summary.pieces = in.U64("pieces");
  summary.targets = in.Texts("targets");
  summary.status = {.partitions = in.U64("partitions"),
                    .targets = summary.targets.size(),
                    .shards = in.U64("shards"),
                    .rows = in.U64("rows"),
                    .bytes = in.U64("bytes"),
                    .hash = in.Text("hash"),
                    .route = in.Text("route"),
                    .small = in.Bool("small")};
  // Records of before these members are read as they were.
  if (in.Has("schemaHash")) summary.status.schema_hash = in.Text("schemaHash");
  if (in.Has("warnings")) summary.warnings = in.Texts("warnings");
  summary.target = in.Text("target");
  summary.has_sessions = in.Bool("hasSessions");
  summary.consistency_commit = in.Bool("consistencyCommit");
  summary.replaces = in.Bool("replaces");
  // Records of operators that knew of no other reason say truncateBySql.
  summary.prepares = in.Bool(in.Has("prepares") ? "prepares" : "truncateBySql");
  summary.speed = {.throttle = in.Bool("throttle"),
                   .mbps = in.Number("mbps"),
                   .records_per_second = in.Number("recordsPerSecond"),
                   .concurrent = in.I32("concurrent")};
  summary.threads = in.I32("threads");
  summary.dirty_max = in.U64("dirtyMax");
  summary.secrets = in.Texts("secrets");
  summary.ca_bundles = in.Texts("caBundles");
  if (summary.threads < 1 || summary.speed.concurrent < 1 || summary.status.shards > kShardsMax ||
      summary.pieces > kPiecesMax) {
    in.Fail("", "out of range");
  }
  if (error) return Fail(*std::move(error));
  return summary;
}

std::string DecisionToJson(const CommitDecision& decision) {
  return DumpJson({{"decision", decision.commit ? "commit" : "abandoned"},
                   {"attempt", decision.attempt},
                   {"planHash", decision.plan_hash},
                   {"reason", decision.reason}});
}

Result<CommitDecision> ParseDecision(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const json value, ParseJson(text));
  std::optional<Error> error;
  JsonReader in(value, "decision", error, {"decision", "attempt", "planHash", "reason"});
  CommitDecision decision;
  const std::string word = in.Text("decision");
  decision.commit = word == "commit";
  if (!decision.commit && word != "abandoned") in.Fail("decision", "is neither");
  decision.attempt = in.I32("attempt");
  decision.plan_hash = in.Text("planHash");
  decision.reason = in.Text("reason");
  if (error) return Fail(*std::move(error));
  return decision;
}

std::string ReportsToJson(const std::vector<ShardReport>& reports) {
  std::string text = "[";
  for (const ShardReport& report : reports) {
    text += (text.size() == 1 ? "\n" : ",\n") + ShardReportToJson(report);
  }
  return text + "\n]\n";
}

Result<std::vector<ShardReport>> ParseReports(std::string_view text) {
  if (text.size() > kReportsTextMax) return Fail(InvalidArgument("the reports are too large"));
  CULVERT_ASSIGN_OR_RETURN(const json value, ParseJson(text));
  if (!value.is_array()) return Fail(InvalidArgument("the reports are no list"));
  std::vector<ShardReport> reports;
  for (const json& one : value) {
    CULVERT_ASSIGN_OR_RETURN(ShardReport report, ParseShardReport(DumpJson(one)));
    const bool twice = std::ranges::any_of(
        reports, [&](const ShardReport& other) { return other.shard == report.shard; });
    if (twice) {
      return Fail(InvalidArgument("two reports of shard " + std::to_string(report.shard)));
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace culvert::syncjob
