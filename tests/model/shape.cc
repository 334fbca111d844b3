// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/shape.h"

#include "libs/syncjob/plan_parcel.h"

#include <nlohmann/json.hpp>

namespace culvert::control::model {
namespace {

using nlohmann::json;

constexpr std::uint64_t kRows = 10;
constexpr const char* kCreated = "2026-01-02T03:04:05Z";

json Meta(const char* name, const char* uid) {
  return {{"name", name},
          {"namespace", kNamespace},
          {"uid", uid},
          {"generation", 1},
          {"creationTimestamp", kCreated}};
}

json Side(const char* data_source, const char* table) {
  return {
      {"dataSourceRef", {{"name", data_source}}}, {"table", table}, {"column", json::array({"*"})}};
}

json Document(const Shape& shape, const char* name, const char* uid) {
  json target = Side("to", "copy");
  target["partition"] = kPartition;
  target["truncate"] = shape.truncate;
  target["consistencyCommit"] = shape.consistency_commit;
  return {{"apiVersion", "culvert.dev/v1alpha1"},
          {"kind", "SyncJob"},
          {"metadata", Meta(name, uid)},
          {"spec",
           {{"source", {{"maxCompute", Side("from", "flights")}}},
            {"target", {{"maxCompute", target}}},
            {"setting", {{"speed", {{"concurrent", 2}}}}},
            {"runner", {{"threads", shape.small ? 2 : 1}}}}}};
}

syncjob::ShardReport ReportOf(std::uint64_t shard) {
  return {.shard = shard,
          .rows_read = kRows,
          .rows_written = kRows,
          .bytes_raw = 100,
          .route = "typed"};
}

}  // namespace

json RunDocument(const Shape& shape) { return Document(shape, "copy", kRunUid); }
json RivalDocument() { return Document({}, "rival", kRivalUid); }

json DataSourceDocument(const std::string& name) {
  return {{"apiVersion", "culvert.dev/v1alpha1"},
          {"kind", "DataSource"},
          {"metadata",
           {{"name", name},
            {"namespace", kNamespace},
            {"uid", name + "-uid"},
            {"resourceVersion", "1"}}},
          {"spec",
           {{"maxCompute",
             {{"endpoint", "https://service.example/api"},
              {"project", "sales"},
              {"credentialsRef", {{"name", "key"}}}}}}}};
}

syncjob::Plan PlanOf(const Shape& shape, std::int32_t attempt) {
  syncjob::Plan plan;
  plan.job = std::string(kNamespace) + "/copy";
  plan.spec_hash = "00ff";
  plan.attempt = attempt;
  plan.created = kCreated;
  plan.route = syncjob::Route::kTyped;
  syncjob::MaxComputeSource source;
  source.data_source = "from";
  source.table = "flights";
  source.column = {"*"};
  syncjob::MaxComputeTarget target;
  target.data_source = "to";
  target.table = "copy";
  target.partition = kPartition;
  target.column = {"*"};
  target.truncate = shape.truncate;
  target.consistency_commit = shape.consistency_commit;
  plan.spec.source = source;
  plan.spec.target = target;
  plan.spec.speed.concurrent = 2;
  plan.spec.threads = shape.small ? 2 : 1;
  for (syncjob::DataSource* side : {&plan.source_data_source, &plan.target_data_source}) {
    side->name = side == &plan.source_data_source ? "from" : "to";
    side->endpoint = "https://service.example/api";
    side->project = "sales";
    side->credentials_secret = "key";
  }
  plan.read_columns = {"id"};
  plan.read_column_types = {"bigint"};
  plan.columns = {{.target = "id",
                   .target_type = "bigint",
                   .from = syncjob::ColumnPlan::From::kSource,
                   .source = "id",
                   .source_type = "bigint"}};
  plan.truncate_by_sql = shape.truncate && !shape.consistency_commit;
  plan.sources = {{.partition = "", .download_id = "d", .rows = kShards * kRows, .target = 0}};
  plan.targets = {{.partition = kPartition}};
  for (std::uint64_t shard = 0; shard < kShards; ++shard) {
    const bool shared = shape.consistency_commit;
    if (!shared || shard == 0) {
      plan.sessions.push_back({.upload_id = "u" + std::to_string(shard),
                               .target = 0,
                               .shard = shared ? -1 : static_cast<std::int64_t>(shard)});
    }
    plan.shards.push_back({.streams = 1,
                           .blocks = {{.source = 0,
                                       .start = shard * kRows,
                                       .rows = kRows,
                                       .session = shared ? 0 : shard,
                                       .block_id = shared ? shard : 0}}});
  }
  plan.rows = kShards * kRows;
  plan.estimated_bytes = plan.rows * 10;
  return plan;
}

syncjob::StepMessage WordOf(const Shape& shape, syncjob::Step step, std::int32_t attempt,
                            std::uint64_t shard) {
  syncjob::StepMessage word{.step = step};
  switch (step) {
    case syncjob::Step::kPlan:
      word.plan = syncjob::PackForMessage(PlanOf(shape, attempt));
      break;
    case syncjob::Step::kPrepare:
      break;
    case syncjob::Step::kTransfer:
      word.shard = ReportOf(shard);
      break;
    case syncjob::Step::kCommit:
    case syncjob::Step::kWork: {
      syncjob::RunReport run;
      run.job = std::string(kNamespace) + "/copy";
      run.attempt = attempt;
      run.outcome = "Succeeded";
      run.totals = ReportOf(0);
      run.totals.rows_read = run.totals.rows_written = kShards * kRows;
      run.shards = kShards;
      run.committed_partitions = {kPartition};
      word.run = run;
      word.partitions = 1;
      break;
    }
  }
  return word;
}

}  // namespace culvert::control::model
