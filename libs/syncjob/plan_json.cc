// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/syncjob/internal/json_reader.h"
#include "libs/syncjob/internal/spec_json.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/transformer.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace culvert::syncjob {
namespace {

using internal::JsonReader;
using nlohmann::json;

constexpr std::size_t kPlanColumnsMax = 1'200;
constexpr std::array<Route, 3> kRoutes = {Route::kPassThrough, Route::kTranscode, Route::kTyped};
constexpr std::array<std::pair<ColumnPlan::From, std::string_view>, 4> kFroms = {{
    {ColumnPlan::From::kSource, "source"},
    {ColumnPlan::From::kConstant, "constant"},
    {ColumnPlan::From::kPartition, "partition"},
    {ColumnPlan::From::kNull, "null"},
}};

std::string_view FromName(ColumnPlan::From from) {
  for (const auto& [value, name] : kFroms) {
    if (value == from) return name;
  }
  return "";
}

json ToJson(const ColumnPlan& column) {
  json value = {{"target", column.target},
                {"targetType", column.target_type},
                {"targetNullable", column.target_nullable},
                {"from", FromName(column.from)},
                {"source", column.source},
                {"sourceType", column.source_type}};
  if (column.column_index) value["columnIndex"] = *column.column_index;
  return value;
}

ColumnPlan ColumnFrom(const json& value, std::optional<Error>& error) {
  JsonReader in(
      value, "plan.columns", error,
      {"target", "targetType", "targetNullable", "from", "source", "sourceType", "columnIndex"});
  ColumnPlan column;
  column.target = in.Text("target");
  column.target_type = in.Text("targetType");
  column.target_nullable = in.Bool("targetNullable");
  const std::string from = in.Text("from");
  for (const auto& [known, name] : kFroms) {
    if (from == name) column.from = known;
  }
  if (from != FromName(column.from)) in.Fail("from", "unknown");
  column.source = in.Text("source");
  column.source_type = in.Text("sourceType");
  if (in.Has("columnIndex")) {
    const std::uint64_t index = in.U64("columnIndex");
    if (index > kTransformerColumnMax) in.Fail("columnIndex", "out of range");
    column.column_index = static_cast<std::uint32_t>(index);
  }
  return column;
}

// Blocks are the bulk of a plan, so they are arrays of five numbers, in this order.
json ToJson(const Block& block) {
  return json::array({block.source, block.start, block.rows, block.session, block.block_id});
}

bool BlockFrom(const json& value, Block& block) {
  if (!value.is_array() || value.size() != 5) return false;
  std::array<std::uint64_t, 5> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!value[i].is_number_unsigned()) return false;
    numbers[i] = value[i].get<std::uint64_t>();
  }
  block = {.source = numbers[0],
           .start = numbers[1],
           .rows = numbers[2],
           .session = numbers[3],
           .block_id = numbers[4]};
  return true;
}

Shard PlanShardFrom(const json& value, std::optional<Error>& error) {
  JsonReader in(value, "plan.shards", error, {"streams", "blocks"});
  Shard shard;
  shard.streams = in.I32("streams");
  for (const json& item : in.Array("blocks", kPlanBlocksMax)) {
    Block block;
    if (!BlockFrom(item, block)) {
      in.Fail("blocks", "a block must be five whole numbers");
      return shard;
    }
    shard.blocks.push_back(block);
  }
  return shard;
}

void ReadUnits(JsonReader& in, std::optional<Error>& error, Plan& plan) {
  for (const json& item : in.Array("sources", kSourcePartitionsMax)) {
    JsonReader source(item, "plan.sources", error,
                      {"partition", "downloadId", "rows", "target", "instanceId", "partitions"});
    plan.sources.push_back(
        {.partition = source.Text("partition"),
         .download_id = source.Text("downloadId"),
         .rows = source.U64("rows"),
         .target = source.U64("target"),
         .instance_id = source.Has("instanceId") ? source.Text("instanceId") : std::string(),
         .partitions = source.Has("partitions") ? source.U64("partitions") : 1});
  }
  for (const json& item : in.Array("targets", kSourcePartitionsMax)) {
    JsonReader target(item, "plan.targets", error, {"partition"});
    plan.targets.push_back({.partition = target.Text("partition")});
  }
  for (const json& item : in.Array("sessions", kPlanBlocksMax)) {
    JsonReader session(item, "plan.sessions", error, {"uploadId", "target", "shard"});
    plan.sessions.push_back({.upload_id = session.Text("uploadId"),
                             .target = session.U64("target"),
                             .shard = session.I64("shard")});
  }
  for (const json& item : in.Array("shards", kShardsMax)) {
    plan.shards.push_back(PlanShardFrom(item, error));
  }
}

}  // namespace

std::string PlanToJson(const Plan& plan) {
  json columns = json::array();
  for (const ColumnPlan& column : plan.columns) columns.push_back(ToJson(column));
  json sources = json::array();
  for (const SourceUnit& source : plan.sources) {
    json unit = {{"partition", source.partition},
                 {"downloadId", source.download_id},
                 {"rows", source.rows},
                 {"target", source.target}};
    // Written only where they say something: plans without queries stay as they were.
    if (!source.instance_id.empty()) unit["instanceId"] = source.instance_id;
    if (source.partitions != 1) unit["partitions"] = source.partitions;
    sources.push_back(std::move(unit));
  }
  json targets = json::array();
  for (const TargetUnit& target : plan.targets)
    targets.push_back(json::object({{"partition", target.partition}}));
  json sessions = json::array();
  for (const Session& session : plan.sessions) {
    sessions.push_back(json{
        {"uploadId", session.upload_id}, {"target", session.target}, {"shard", session.shard}});
  }
  json shards = json::array();
  for (const Shard& shard : plan.shards) {
    json blocks = json::array();
    for (const Block& block : shard.blocks) blocks.push_back(ToJson(block));
    shards.push_back(json{{"streams", shard.streams}, {"blocks", std::move(blocks)}});
  }
  json value = {{"version", plan.version},
                {"job", plan.job},
                {"specHash", plan.spec_hash},
                {"attempt", plan.attempt},
                {"created", plan.created},
                {"seed", plan.seed},
                {"route", RouteName(plan.route)},
                {"spec", internal::SpecToJson(plan.spec)},
                {"sourceDataSource", internal::DataSourceToJson(plan.source_data_source)},
                {"targetDataSource", internal::DataSourceToJson(plan.target_data_source)},
                {"sourceTunnelEndpoint", plan.source_tunnel_endpoint},
                {"targetTunnelEndpoint", plan.target_tunnel_endpoint},
                {"readColumns", plan.read_columns},
                {"readColumnTypes", plan.read_column_types},
                {"columns", std::move(columns)},
                {"truncateBySql", plan.truncate_by_sql},
                {"sources", std::move(sources)},
                {"targets", std::move(targets)},
                {"sessions", std::move(sessions)},
                {"shards", std::move(shards)},
                {"rows", plan.rows},
                {"estimatedBytes", plan.estimated_bytes}};
  if (!plan.warnings.empty()) value["warnings"] = plan.warnings;
  if (!plan.dirty_run.empty()) value["dirtyRun"] = plan.dirty_run;
  if (!plan.dirty_sessions.empty()) value["dirtySessions"] = plan.dirty_sessions;
  return DumpJson(value);
}

Result<Plan> ParsePlan(std::string_view text) {
  if (text.size() > kPlanBytesMax) {
    return Fail(InvalidArgument("plan: larger than " + std::to_string(kPlanBytesMax) + " bytes")
                    .Because("PlanInvalid"));
  }
  Result<json> parsed = ParseJson(text);
  if (!parsed) return Fail(std::move(parsed).error().Because("PlanInvalid"));
  // The version is looked at before anything else: a newer plan may have other keys.
  Plan plan;
  std::optional<Error> error;
  const bool numbered = parsed->is_object() && parsed->contains("version") &&
                        (*parsed)["version"].is_number_unsigned();
  if (numbered && (*parsed)["version"].get<std::uint64_t>() > kPlanVersion) {
    plan.version = kPlanVersion + 1;
    CULVERT_TRY(CheckPlan(plan));
  }
  JsonReader in(*parsed, "plan", error,
                {"version",
                 "job",
                 "specHash",
                 "attempt",
                 "created",
                 "seed",
                 "route",
                 "spec",
                 "sourceDataSource",
                 "targetDataSource",
                 "sourceTunnelEndpoint",
                 "targetTunnelEndpoint",
                 "readColumns",
                 "readColumnTypes",
                 "columns",
                 "truncateBySql",
                 "sources",
                 "targets",
                 "sessions",
                 "shards",
                 "rows",
                 "estimatedBytes",
                 "warnings",
                 "dirtyRun",
                 "dirtySessions"});
  plan.version = static_cast<std::uint32_t>(in.I32("version"));
  plan.job = in.Text("job");
  plan.spec_hash = in.Text("specHash");
  plan.attempt = in.I32("attempt");
  plan.created = in.Text("created");
  plan.seed = in.U64("seed");
  const std::string route = in.Text("route");
  for (const Route known : kRoutes) {
    if (route == RouteName(known)) plan.route = known;
  }
  if (route != RouteName(plan.route)) in.Fail("route", "unknown");
  plan.spec = internal::SpecFromJson(in.Get("spec"), error);
  plan.source_data_source = internal::DataSourceFromJson(in.Get("sourceDataSource"), error);
  plan.target_data_source = internal::DataSourceFromJson(in.Get("targetDataSource"), error);
  plan.source_tunnel_endpoint = in.Text("sourceTunnelEndpoint");
  plan.target_tunnel_endpoint = in.Text("targetTunnelEndpoint");
  plan.read_columns = in.Texts("readColumns");
  plan.read_column_types = in.Texts("readColumnTypes");
  for (const json& column : in.Array("columns", kPlanColumnsMax)) {
    plan.columns.push_back(ColumnFrom(column, error));
  }
  plan.truncate_by_sql = in.Bool("truncateBySql");
  ReadUnits(in, error, plan);
  plan.rows = in.U64("rows");
  plan.estimated_bytes = in.U64("estimatedBytes");
  if (in.Has("warnings")) plan.warnings = in.Texts("warnings");
  if (in.Has("dirtyRun")) plan.dirty_run = in.Text("dirtyRun");
  if (in.Has("dirtySessions")) plan.dirty_sessions = in.Texts("dirtySessions");
  if (plan.warnings.size() > kPlanWarningsMax) in.Fail("warnings", "too many");
  if (error) return Fail(std::move(*error).Because("PlanInvalid"));
  CULVERT_TRY(CheckPlan(plan));
  return plan;
}

std::string SpecHash(const SyncJobSpec& spec, const DataSource& source, const DataSource& target) {
  const auto place = [](const DataSource& data_source) -> json {
    return {{"endpoint", data_source.endpoint},
            {"tunnelEndpoint", data_source.tunnel_endpoint},
            {"project", data_source.project},
            {"schema", data_source.schema}};
  };
  json value = internal::SpecToJson(spec);
  for (const std::string_view knob : {"speed", "threads", "suspend", "allowSchemaDrift"}) {
    value.erase(std::string(knob));
  }
  const json hashed = {
      {"spec", std::move(value)}, {"sourcePlace", place(source)}, {"targetPlace", place(target)}};
  return Sha256Hex(DumpJson(hashed));
}

}  // namespace culvert::syncjob
