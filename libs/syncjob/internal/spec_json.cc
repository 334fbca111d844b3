// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/spec_json.h"

#include "libs/syncjob/internal/json_reader.h"
#include "libs/syncjob/transformer.h"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace culvert::syncjob::internal {
namespace {

using nlohmann::json;

// Members that came later are written where they say something only, so that plans and hashes of
// before them stay what they are.

template <typename Side>
json WithStatements(json value, const Side& side) {
  if (!side.pre_sql.empty()) value["preSql"] = side.pre_sql;
  if (!side.post_sql.empty()) value["postSql"] = side.post_sql;
  return value;
}

template <typename Side>
void ReadStatements(JsonReader& in, Side& side) {
  if (in.Has("preSql")) side.pre_sql = in.Texts("preSql");
  if (in.Has("postSql")) side.post_sql = in.Texts("postSql");
}

json ToJson(const MaxComputeSource& source) {
  json value = WithStatements({{"dataSource", source.data_source},
                               {"table", source.table},
                               {"partition", source.partition},
                               {"column", source.column},
                               {"where", source.where},
                               {"enableWhere", source.enable_where},
                               {"successOnNoPartition", source.success_on_no_partition},
                               {"codec", source.codec}},
                              source);
  if (source.read_char_as_string) value["readCharAsString"] = true;
  return value;
}

MaxComputeSource MaxComputeSourceFrom(const json& value, std::optional<Error>& error) {
  JsonReader in(value, "plan.spec.source.maxCompute", error,
                {"dataSource", "table", "partition", "column", "where", "enableWhere",
                 "successOnNoPartition", "codec", "readCharAsString", "preSql", "postSql"});
  MaxComputeSource source = {.data_source = in.Text("dataSource"),
                             .table = in.Text("table"),
                             .partition = in.Texts("partition"),
                             .column = in.Texts("column"),
                             .where = in.Text("where"),
                             .enable_where = in.Bool("enableWhere"),
                             .success_on_no_partition = in.Bool("successOnNoPartition"),
                             .codec = in.Text("codec")};
  source.read_char_as_string = in.Has("readCharAsString") && in.Bool("readCharAsString");
  ReadStatements(in, source);
  return source;
}

json ToJson(const StreamColumn& column) {
  json value = {{"name", column.name}, {"type", column.type}};
  if (column.constant) value["value"] = *column.constant;
  if (column.increasing_from) value["increasingFrom"] = *column.increasing_from;
  if (column.random) {
    value["random"] = {{"min", column.random->min}, {"max", column.random->max}};
  }
  return value;
}

StreamColumn StreamColumnFrom(const json& value, std::optional<Error>& error) {
  JsonReader in(value, "plan.spec.source.stream.column", error,
                {"name", "type", "value", "increasingFrom", "random"});
  StreamColumn column;
  column.name = in.Text("name");
  column.type = in.Text("type");
  if (in.Has("value")) column.constant = in.Text("value");
  if (in.Has("increasingFrom")) column.increasing_from = in.I64("increasingFrom");
  if (in.Has("random")) {
    JsonReader random(in.Get("random"), "plan.spec.source.stream.column.random", error,
                      {"min", "max"});
    column.random = StreamColumn::Random{.min = random.I64("min"), .max = random.I64("max")};
  }
  const int ways =
      (column.constant ? 1 : 0) + (column.increasing_from ? 1 : 0) + (column.random ? 1 : 0);
  if (ways != 1) in.Fail("", "needs exactly one of value, increasingFrom, random");
  return column;
}

json ToJson(const StreamSource& source) {
  json columns = json::array();
  for (const StreamColumn& column : source.column) columns.push_back(ToJson(column));
  return {{"count", source.count}, {"column", std::move(columns)}};
}

StreamSource StreamSourceFrom(const json& value, std::optional<Error>& error) {
  JsonReader in(value, "plan.spec.source.stream", error, {"count", "column"});
  StreamSource source;
  source.count = in.U64("count");
  for (const json& column : in.Array("column", 1'200)) {
    source.column.push_back(StreamColumnFrom(column, error));
  }
  return source;
}

// What is as by default is left out, so that plans of before these members keep their hash.
json ToJson(const MaxComputeTarget& target) {
  json value = WithStatements({{"dataSource", target.data_source},
                               {"table", target.table},
                               {"partition", target.partition},
                               {"partitionFromSource", target.partition_from_source},
                               {"column", target.column},
                               {"truncate", target.truncate},
                               {"consistencyCommit", target.consistency_commit},
                               {"emptyAsNull", target.empty_as_null},
                               {"codec", target.codec}},
                              target);
  if (target.create_policy == CreatePolicy::kIfNotExists) {
    value["createPolicy"] = "IfNotExists";
    value["lifecycleDays"] = target.lifecycle_days;
  }
  if (target.over_length_rule != OverLengthRule::kDirty) {
    value["overLengthRule"] = OverLengthRuleName(target.over_length_rule);
  }
  if (target.null_varchar_as_dirty) value["nullVarcharAsDirty"] = true;
  return value;
}

MaxComputeTarget MaxComputeTargetFrom(const json& value, std::optional<Error>& error) {
  JsonReader in(value, "plan.spec.target.maxCompute", error,
                {"dataSource", "table", "partition", "partitionFromSource", "column", "truncate",
                 "consistencyCommit", "emptyAsNull", "codec", "createPolicy", "lifecycleDays",
                 "overLengthRule", "nullVarcharAsDirty", "preSql", "postSql"});
  MaxComputeTarget target{.data_source = in.Text("dataSource"),
                          .table = in.Text("table"),
                          .partition = in.Text("partition"),
                          .partition_from_source = in.Bool("partitionFromSource"),
                          .column = in.Texts("column"),
                          .truncate = in.Bool("truncate"),
                          .consistency_commit = in.Bool("consistencyCommit"),
                          .empty_as_null = in.Bool("emptyAsNull"),
                          .codec = in.Text("codec")};
  if (in.Has("createPolicy")) {
    if (in.Text("createPolicy") != "IfNotExists") in.Fail("createPolicy", "unknown");
    target.create_policy = CreatePolicy::kIfNotExists;
    target.lifecycle_days = in.I32("lifecycleDays");
  }
  if (in.Has("overLengthRule")) {
    const auto known = OverLengthRuleFrom(in.Text("overLengthRule"));
    if (!known) in.Fail("overLengthRule", "unknown");
    target.over_length_rule = known.value_or(OverLengthRule::kDirty);
  }
  target.null_varchar_as_dirty = in.Has("nullVarcharAsDirty") && in.Bool("nullVarcharAsDirty");
  ReadStatements(in, target);
  return target;
}

std::string_view VerifyName(Verify verify) {
  switch (verify) {
    case Verify::kNone:
      return "None";
    case Verify::kCount:
      return "Count";
    case Verify::kContentHash:
      return "ContentHash";
  }
  return "";
}

json ToJson(const std::vector<Transformer>& transformers) {
  json list = json::array();
  for (const Transformer& transformer : transformers) {
    list.push_back({{"name", transformer.name},
                    {"columnIndex", transformer.column_index},
                    {"paras", transformer.paras}});
  }
  return list;
}

std::vector<Transformer> TransformersFrom(JsonReader& spec, std::optional<Error>& error) {
  std::vector<Transformer> transformers;
  for (const json& item : spec.Array("transformers", kTransformersMax)) {
    JsonReader in(item, "plan.spec.transformers", error, {"name", "columnIndex", "paras"});
    Transformer transformer;
    transformer.name = in.Text("name");
    const std::uint64_t index = in.U64("columnIndex");
    if (index > kTransformerColumnMax) in.Fail("columnIndex", "out of range");
    transformer.column_index = static_cast<std::uint32_t>(index);
    transformer.paras = in.Texts("paras");
    if (!error && !ParseTransformer(transformer)) in.Fail("", "makes no sense");
    transformers.push_back(std::move(transformer));
  }
  return transformers;
}

/// The one member of a union.
struct Member {
  std::string_view name;
  const json* value = nullptr;
};

Member OneMember(JsonReader& in) {
  const bool max_compute = in.Has("maxCompute");
  if (max_compute == in.Has("stream")) {
    in.Fail("", "needs exactly one of maxCompute, stream");
    return {};
  }
  const std::string_view name = max_compute ? "maxCompute" : "stream";
  return {.name = name, .value = &in.Get(name)};
}

}  // namespace

std::string_view OverLengthRuleName(OverLengthRule rule) {
  switch (rule) {
    case OverLengthRule::kDirty:
      return "dirty";
    case OverLengthRule::kTruncate:
      return "truncate";
    case OverLengthRule::kSetNull:
      return "setNull";
  }
  return "";
}

std::optional<OverLengthRule> OverLengthRuleFrom(std::string_view name) {
  for (const OverLengthRule rule :
       {OverLengthRule::kDirty, OverLengthRule::kTruncate, OverLengthRule::kSetNull}) {
    if (name == OverLengthRuleName(rule)) return rule;
  }
  return std::nullopt;
}

json SpecToJson(const SyncJobSpec& spec) {
  json source;
  if (const auto* table = std::get_if<MaxComputeSource>(&spec.source)) {
    source["maxCompute"] = ToJson(*table);
  } else if (const auto* stream = std::get_if<StreamSource>(&spec.source)) {
    source["stream"] = ToJson(*stream);
  }
  json target;
  if (const auto* table = std::get_if<MaxComputeTarget>(&spec.target)) {
    target["maxCompute"] = ToJson(*table);
  } else if (const auto* stream = std::get_if<StreamTarget>(&spec.target)) {
    target["stream"] = json::object({{"print", stream->print}});
  }
  json value = {{"source", std::move(source)},
                {"target", std::move(target)},
                {"errorLimitRecord", spec.error_limit_record},
                {"errorLimitShare", spec.error_limit_share},
                {"speed",
                 {{"throttle", spec.speed.throttle},
                  {"mbps", spec.speed.mbps},
                  {"recordsPerSecond", spec.speed.records_per_second},
                  {"concurrent", spec.speed.concurrent}}},
                {"verify", VerifyName(spec.verify)},
                {"threads", spec.threads},
                {"suspend", spec.suspend}};
  if (!spec.schema_hash.empty()) value["schemaHash"] = spec.schema_hash;
  if (spec.allow_schema_drift) value["allowSchemaDrift"] = true;
  if (spec.error_window_seconds > 0) {
    value["errorWindow"] = {{"seconds", spec.error_window_seconds},
                            {"record", spec.error_window_record}};
  }
  if (!spec.dirty_sink_claim.empty()) value["dirtySinkClaim"] = spec.dirty_sink_claim;
  if (!spec.dirty_sink_table.empty()) value["dirtySinkTable"] = spec.dirty_sink_table;
  if (!spec.transformers.empty()) value["transformers"] = ToJson(spec.transformers);
  return value;
}

SyncJobSpec SpecFromJson(const json& value, std::optional<Error>& error) {
  JsonReader in(value, "plan.spec", error,
                {"source", "target", "errorLimitRecord", "errorLimitShare", "speed", "verify",
                 "threads", "suspend", "schemaHash", "allowSchemaDrift", "transformers",
                 "errorWindow", "dirtySinkClaim", "dirtySinkTable"});
  SyncJobSpec spec;
  JsonReader source(in.Get("source"), "plan.spec.source", error, {"maxCompute", "stream"});
  const Member from = OneMember(source);
  if (from.name == "maxCompute") spec.source = MaxComputeSourceFrom(*from.value, error);
  if (from.name == "stream") spec.source = StreamSourceFrom(*from.value, error);
  JsonReader target(in.Get("target"), "plan.spec.target", error, {"maxCompute", "stream"});
  const Member into = OneMember(target);
  if (into.name == "maxCompute") spec.target = MaxComputeTargetFrom(*into.value, error);
  if (into.name == "stream") {
    JsonReader stream(*into.value, "plan.spec.target.stream", error, {"print"});
    spec.target = StreamTarget{.print = stream.Bool("print")};
  }
  spec.error_limit_record = in.U64("errorLimitRecord");
  const std::uint64_t share = in.U64("errorLimitShare");
  if (share > kWholeShare) in.Fail("errorLimitShare", "above the whole");
  spec.error_limit_share = static_cast<std::uint32_t>(share);
  JsonReader speed(in.Get("speed"), "plan.spec.speed", error,
                   {"throttle", "mbps", "recordsPerSecond", "concurrent"});
  spec.speed = {.throttle = speed.Bool("throttle"),
                .mbps = speed.Number("mbps"),
                .records_per_second = speed.Number("recordsPerSecond"),
                .concurrent = speed.I32("concurrent")};
  const std::string verify = in.Text("verify");
  for (const Verify known : {Verify::kNone, Verify::kCount, Verify::kContentHash}) {
    if (verify == VerifyName(known)) spec.verify = known;
  }
  if (verify != VerifyName(spec.verify)) in.Fail("verify", "unknown");
  if (in.Has("schemaHash")) spec.schema_hash = in.Text("schemaHash");
  if (in.Has("allowSchemaDrift")) spec.allow_schema_drift = in.Bool("allowSchemaDrift");
  spec.threads = in.I32("threads");
  spec.suspend = in.Bool("suspend");
  if (in.Has("errorWindow")) {
    JsonReader window(in.Get("errorWindow"), "plan.spec.errorWindow", error, {"seconds", "record"});
    const std::uint64_t seconds = window.U64("seconds");
    if (seconds < 1 || seconds > kErrorWindowSecondsMax) window.Fail("seconds", "out of range");
    spec.error_window_seconds = static_cast<std::uint32_t>(seconds);
    spec.error_window_record = window.U64("record");
  }
  if (in.Has("dirtySinkClaim")) spec.dirty_sink_claim = in.Text("dirtySinkClaim");
  if (in.Has("dirtySinkTable")) spec.dirty_sink_table = in.Text("dirtySinkTable");
  if (in.Has("transformers")) spec.transformers = TransformersFrom(in, error);
  if (spec.threads < 1 || spec.speed.concurrent < 1 || !(spec.speed.mbps >= 0) ||
      !(spec.speed.records_per_second >= 0)) {
    in.Fail("speed", "out of range");
  }
  return spec;
}

json DataSourceToJson(const DataSource& data_source) {
  json value = {{"name", data_source.name},
                {"namespace", data_source.name_space},
                {"endpoint", data_source.endpoint},
                {"tunnelEndpoint", data_source.tunnel_endpoint},
                {"project", data_source.project},
                {"schema", data_source.schema},
                {"quotaName", data_source.quota_name},
                {"region", data_source.region},
                {"credentialsSecret", data_source.credentials_secret},
                {"caBundleConfigMap", data_source.ca_bundle_config_map},
                {"allowInsecureHttp", data_source.allow_insecure_http},
                {"maxConcurrentStreams", data_source.concurrent_streams_max},
                {"maxBlocksPerSession", data_source.blocks_per_session_max}};
  if (!data_source.cross_region.empty()) value["crossRegion"] = data_source.cross_region;
  if (!data_source.created_at.empty()) value["createdAt"] = data_source.created_at;
  return value;
}

DataSource DataSourceFromJson(const json& value, std::optional<Error>& error) {
  JsonReader in(
      value, "plan.dataSource", error,
      {"name", "namespace", "endpoint", "tunnelEndpoint", "project", "schema", "quotaName",
       "region", "crossRegion", "createdAt", "credentialsSecret", "caBundleConfigMap",
       "allowInsecureHttp", "maxConcurrentStreams", "maxBlocksPerSession"});
  return {.name = in.Text("name"),
          .name_space = in.Text("namespace"),
          .endpoint = in.Text("endpoint"),
          .tunnel_endpoint = in.Text("tunnelEndpoint"),
          .project = in.Text("project"),
          .schema = in.Text("schema"),
          .quota_name = in.Text("quotaName"),
          .region = in.Text("region"),
          .cross_region = in.Has("crossRegion") ? in.Text("crossRegion") : std::string(),
          .created_at = in.Has("createdAt") ? in.Text("createdAt") : std::string(),
          .credentials_secret = in.Text("credentialsSecret"),
          .ca_bundle_config_map = in.Text("caBundleConfigMap"),
          .allow_insecure_http = in.Bool("allowInsecureHttp"),
          .concurrent_streams_max = in.I32("maxConcurrentStreams"),
          .blocks_per_session_max = in.U64("maxBlocksPerSession")};
}

}  // namespace culvert::syncjob::internal
