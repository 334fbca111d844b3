// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/operator/workload.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace culvert::bench {
namespace {

using nlohmann::json;

constexpr std::string_view kPrefix = "copy-";
constexpr const char* kPartition = "dt=20260101";
constexpr std::uint64_t kRowsOfShard = 1'000;

std::string TargetTable(int number) { return "orders_" + std::to_string(number); }

syncjob::DataSource DataSource(int number, const std::string& name_space) {
  syncjob::DataSource data_source;
  data_source.name = Workload::DataSourceOf(number);
  data_source.name_space = name_space;
  data_source.endpoint = "https://service.example/api";
  data_source.project = "sales";
  data_source.credentials_secret = "warehouse-key";
  data_source.concurrent_streams_max = 1'000;
  return data_source;
}

}  // namespace

std::string Workload::Name(int number) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%s%05d", kPrefix.data(), number);
  return name.data();
}

std::optional<int> Workload::NumberOf(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  int number = 0;
  const auto [stop, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem != std::errc() || stop != name.data() + name.size()) return std::nullopt;
  return number;
}

std::string Workload::DataSourceOf(int number) {
  return "warehouse-" + std::to_string(number % kDataSources);
}

json Workload::SyncJob(int number) const {
  const json reference = {{"name", DataSourceOf(number)}};
  return {{"apiVersion", "culvert.dev/v1alpha1"},
          {"kind", "SyncJob"},
          {"metadata", {{"name", Name(number)}, {"namespace", name_space}}},
          {"spec",
           {{"source",
             {{"maxCompute",
               {{"dataSourceRef", reference},
                {"table", "orders"},
                {"partition", json::array({kPartition})},
                {"column", json::array({"*"})}}}}},
            {"target",
             {{"maxCompute",
               {{"dataSourceRef", reference},
                {"table", TargetTable(number)},
                {"partition", kPartition},
                {"column", json::array({"*"})},
                {"truncate", true},
                {"consistencyCommit", true}}}}},
            {"setting", {{"speed", {{"concurrent", concurrent}}}}},
            {"runner", {{"threads", threads}}}}}};
}

syncjob::Plan Workload::Plan(int number, std::int32_t attempt) const {
  syncjob::Plan plan;
  plan.job = name_space + "/" + Name(number);
  plan.attempt = attempt;
  plan.created = "2026-01-02T03:04:05Z";
  plan.source_data_source = plan.target_data_source = DataSource(number, name_space);
  plan.spec.source = syncjob::MaxComputeSource{.data_source = plan.source_data_source.name,
                                               .table = "orders",
                                               .partition = {kPartition},
                                               .column = {"*"},
                                               .where = ""};
  plan.spec.target = syncjob::MaxComputeTarget{.data_source = plan.target_data_source.name,
                                               .table = TargetTable(number),
                                               .partition = kPartition,
                                               .column = {"*"},
                                               .truncate = true,
                                               .consistency_commit = true};
  plan.spec.speed.concurrent = concurrent;
  plan.spec.threads = threads;
  plan.spec_hash = syncjob::SpecHash(plan.spec, plan.source_data_source, plan.target_data_source);
  plan.source_tunnel_endpoint = plan.target_tunnel_endpoint = "https://tunnel.example";
  plan.read_columns = {"id", "customer", "amount"};
  plan.read_column_types = {"bigint", "string", "double"};
  for (std::size_t i = 0; i < plan.read_columns.size(); ++i) {
    plan.columns.push_back({.target = plan.read_columns[i],
                            .target_type = plan.read_column_types[i],
                            .target_nullable = true,
                            .from = syncjob::ColumnPlan::From::kSource,
                            .source = plan.read_columns[i],
                            .source_type = plan.read_column_types[i]});
  }
  plan.targets = {{.partition = kPartition}};
  plan.sessions = {{.upload_id = "20260102030405abcdef0001", .target = 0, .shard = -1}};
  const auto pods = static_cast<std::uint64_t>(Pods());
  plan.rows = pods * kRowsOfShard;
  plan.estimated_bytes = plan.rows * 100;
  plan.sources = {{.partition = kPartition,
                   .download_id = "20260102030405abcdef0002",
                   .rows = plan.rows,
                   .target = 0}};
  for (std::uint64_t shard = 0; shard < pods; ++shard) {
    plan.shards.push_back({.streams = std::min(threads, concurrent),
                           .blocks = {{.source = 0,
                                       .start = shard * kRowsOfShard,
                                       .rows = kRowsOfShard,
                                       .session = 0,
                                       .block_id = shard}}});
  }
  return plan;
}

}  // namespace culvert::bench
