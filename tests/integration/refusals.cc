// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/refusals.h"

#include "emulator/catalog.h"
#include "libs/base/file.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/status_matchers.h"

#include <sstream>

namespace culvert::test {
namespace {

using emulator::TableKind;
using nlohmann::json;

constexpr const char* kTarget =
    R"({"table":"target","column":["*"],"truncate":true,"consistencyCommit":true})";
constexpr const char* kPartsTarget =
    R"({"table":"mirror","partition":"dt=9,hh=9","column":["*"],"truncate":true,"consistencyCommit":true})";
constexpr const char* kSource = R"({"table":"source","column":["*"]})";
constexpr const char* kDenied =
    R"(,"action":{"kind":"status","status":403,"code":"NoPermission","message":"ODPS-0420095: Access Denied - no privilege"}})";

std::string Target(const std::string& table, const std::string& more = "") {
  return R"({"table":")" + table + R"(","column":["*"],"truncate":true,"consistencyCommit":true)" +
         more + "}";
}

std::string Denied(const std::string& operation) {
  return R"({"match":{"operation":")" + operation + R"("})" + kDenied;
}

std::vector<Refusal> MakeRefusals() {
  std::vector<Refusal> list = {
      {.name = "SourceView",
       .source = R"({"table":"view","column":["*"]})",
       .target = kTarget,
       .exit_code = 17,
       .reason = "ViewNotSupported",
       .text = "source demo.view is a view"},
      {.name = "TargetView",
       .source = kSource,
       .target = Target("view"),
       .exit_code = 17,
       .reason = "ViewNotSupported",
       .text = "target demo.view is a view"},
      {.name = "SourceExternal",
       .source = R"({"table":"outside","column":["*"]})",
       .target = kTarget,
       .exit_code = 17,
       .reason = "ExternalTableNotSupported",
       .text = "source demo.outside is an external table"},
      {.name = "TargetExternal",
       .source = kSource,
       .target = Target("outside"),
       .exit_code = 17,
       .reason = "ExternalTableNotSupported",
       .text = "target demo.outside is an external table"},
      {.name = "NoSuchSource",
       .source = R"({"table":"nothing","column":["*"]})",
       .target = kTarget,
       .exit_code = 12,
       .reason = "NoSuchTable",
       .text = "table 'demo.nothing' does not exist"},
      {.name = "NoSuchTarget",
       .source = kSource,
       .target = Target("nothing"),
       .exit_code = 12,
       .reason = "NoSuchTable",
       .text = "table 'demo.nothing' does not exist"},
      {.name = "SourcePartitionRequired",
       .source = R"({"table":"parts","column":["*"]})",
       .target = kTarget,
       .exit_code = 10,
       .reason = "PartitionRequired",
       .text = "source demo.parts is partitioned by dt, hh"},
      {.name = "SourcePartitionForbidden",
       .source = R"({"table":"source","partition":["dt=1"],"column":["*"]})",
       .target = kTarget,
       .exit_code = 10,
       .reason = "PartitionForbidden",
       .text = "source demo.source is not partitioned"},
      {.name = "TargetPartitionRequired",
       .source = kSource,
       .target = Target("mirror"),
       .exit_code = 10,
       .reason = "PartitionRequired",
       .text = "target demo.mirror is partitioned by dt, hh"},
      {.name = "TargetPartitionForbidden",
       .source = kSource,
       .target = Target("target", R"(,"partition":"dt=1")"),
       .exit_code = 10,
       .reason = "PartitionForbidden",
       .text = "target demo.target is not partitioned"},
      {.name = "SourceDepth",
       .source = R"({"table":"parts","partition":["dt=1"],"column":["*"]})",
       .target = kTarget,
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "hh"},
      {.name = "TargetDepth",
       .source = kSource,
       .target = Target("mirror", R"(,"partition":"dt=1")"),
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "give every key"},
      {.name = "PartitionMissing",
       .source = R"({"table":"parts","partition":["dt=1,hh=7"],"column":["*"]})",
       .target = kTarget,
       .exit_code = 12,
       .reason = "PartitionNotFound",
       .text = "nearest of those there are: dt=1,hh=0"},
      {.name = "UnknownColumn",
       .source = R"({"table":"source","column":["id","naem"]})",
       .target = kTarget,
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "did you mean 'name'?"},
      {.name = "DuplicateTargetColumn",
       .source = kSource,
       .target =
           R"({"table":"target","column":["id","ID"],"truncate":true,"consistencyCommit":true})",
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "target column 'ID' is named twice"},
      {.name = "MoreSourceColumns",
       .source = R"({"table":"source","column":["id","name","id"]})",
       .target = kTarget,
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "the source lists 3 columns, but the target only 2"},
      {.name = "PartitionKeyAsTargetColumn",
       .source = kSource,
       .target =
           R"({"table":"mirror","partition":"dt=1,hh=1","column":["id","dt"],"truncate":true,)"
           R"("consistencyCommit":true})",
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "is a partition key of table mirror"},
      {.name = "UnmappedNotNull",
       .source = R"({"table":"source","column":["id"]})",
       .target = Target("strict"),
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "target column 'name' is NOT NULL and has no source column: map it"},
      {.name = "NoConversion",
       .source = R"({"table":"source","column":["id"]})",
       .target = Target("days"),
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "source column 'id' (bigint) cannot become target column 'day' (date)"},
      {.name = "CharRead",
       .source = R"({"table":"chars","column":["*"]})",
       .target = kTarget,
       .exit_code = 17,
       .reason = "CharReadUnsupported",
       .text = "source column 'code'"},
      {.name = "IntervalIsNeverNull",
       .source = R"({"table":"spans","column":["*"]})",
       .target = kTarget,
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "source column 'span' (interval_day_time) cannot become target column 'name'"},
      {.name = "DeltaNeedsOneCommit",
       .source = kSource,
       .target = R"({"table":"delta","column":["*"],"truncate":false,"consistencyCommit":false})",
       .exit_code = 10,
       .reason = "DeltaNeedsConsistencyCommit",
       .text = "set consistencyCommit: true",
       .concurrent = 4},
      {.name = "AcidOff",
       .source = kSource,
       .target = Target("delta"),
       .exit_code = 17,
       .reason = "AcidNotEnabled",
       .text = "SETPROJECT odps.sql.acid.table.enable=true",
       .off = "odps.sql.acid.table.enable"},
      {.name = "SourceTypesOff",
       .source = R"({"table":"stamped","column":["*"]})",
       .target = kTarget,
       .exit_code = 17,
       .reason = "TypesNotEnabled",
       .text = "source column 'at' is a timestamp",
       .off = "odps.sql.type.system.odps2"},
      {.name = "TargetTypesOff",
       .source = kSource,
       .target = Target("stamped"),
       .exit_code = 17,
       .reason = "TypesNotEnabled",
       .text = "target column 'at' is a timestamp",
       .off = "odps.sql.type.system.odps2"},
      {.name = "OtherRegion",
       .source = kSource,
       .target = kTarget,
       .exit_code = 10,
       .reason = "CrossRegionNotAllowed",
       .text = "must say crossRegion: cen",
       .source_from = "near",
       .target_from = "far"},
      {.name = "DownloadDenied",
       .source = kSource,
       .target = kPartsTarget,
       .exit_code = 13,
       .reason = "PermissionDenied",
       .text = "the key needs Download on table demo.source",
       .fault = Denied("download.create")},
      {.name = "DescribeDenied",
       .source = kSource,
       .target = kTarget,
       .exit_code = 13,
       .reason = "PermissionDenied",
       .text = "the key needs Describe on table demo.source",
       .fault = Denied("table.get")},
      {.name = "BlockLimit",
       .source = R"({"table":"parts","partition":["dt=*,hh=*"],"column":["*"]})",
       .target = kPartsTarget,
       .exit_code = 10,
       .reason = "BlockLimitExceeded",
       .text = "blocks in one upload session, the limit is 1 ",
       .target_from = "tight"},
      {.name = "CreatedConstantNeedsAName",
       .source = R"({"table":"source","column":["id","'x'"]})",
       .target = Target("fresh", R"(,"createPolicy":"IfNotExists")"),
       .exit_code = 11,
       .reason = "SchemaMismatch",
       .text = "needs a name for the constant 'x': name its columns in the target's 'column'"},
      {.name = "CreatedColumnNeedsNewTypes",
       .source = R"({"table":"days","column":["*"]})",
       .target = Target("fresh", R"(,"createPolicy":"IfNotExists")"),
       .exit_code = 17,
       .reason = "TypesNotEnabled",
       .text = "the table to create would have column 'day' of type date",
       .off = "odps.sql.type.system.odps2"},
      {.name = "CreatedColumnNoTableTakes",
       .source = R"({"table":"spans","column":["*"]})",
       .target = Target("fresh", R"(,"createPolicy":"IfNotExists")"),
       .exit_code = 17,
       .reason = "UnsupportedType",
       .text = "source column 'span' is of type interval_day_time"},
      {.name = "CopyOntoItself",
       .source = R"({"table":"parts","partition":["dt=*,hh=*"],"column":["*"]})",
       .target = Target("PARTS", R"(,"partition":"dt=1/hh=0")"),
       .exit_code = 10,
       .reason = "SourceIsTarget",
       .text = "demo.PARTS dt=1,hh=0"},
  };
  return list;
}

void Make(emulator::Services& services, const std::string& name, const std::string& columns,
          const std::string& keys = "", TableKind kind = TableKind::kManaged, bool delta = false) {
  emulator::TableDef def;
  def.project = "demo";
  def.name = name;
  def.kind = kind;
  def.columns.columns = Columns(columns);
  def.columns.partition_keys = Columns(keys);
  if (kind == TableKind::kView) def.view_text = "select 1";
  if (delta) {
    def.transactional = true;
    def.primary_key = {"id"};
  }
  ASSERT_THAT(services.catalog.CreateTable(std::move(def)), IsOk());
}

void Fill(emulator::Services& services, const std::string& name, const std::string& partition) {
  const auto key = emulator::MakeTableKey("demo", "", name);
  const auto def = services.catalog.FindTable(key);
  ASSERT_THAT(def, IsOk());
  record::PartitionSpec spec;
  if (!partition.empty()) {
    spec = record::PartitionSpec::Parse(partition).value();
    ASSERT_THAT(services.catalog.AddPartition(key, spec), IsOk());
  }
  const maxcompute::wire::RecordLayout layout((*def)->columns.columns);
  ByteBuffer records;
  maxcompute::wire::StreamTotals totals;
  maxcompute::wire::EncodeBatch(layout, MakeRows((*def)->columns.columns, 20), records, totals);
  auto segment = services.segments.Make(layout, std::move(records));
  ASSERT_THAT(segment, IsOk());
  ASSERT_THAT(services.catalog.Publish(key, spec, emulator::Catalog::Mode::kAppend, {*segment}),
              IsOk());
}

}  // namespace

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

const std::vector<Refusal>& Refusals() {
  static const std::vector<Refusal> list = MakeRefusals();
  return list;
}

void MakeRefusalTables(emulator::Services& services) {
  Make(services, "source", "id bigint, name string");
  Make(services, "target", "id bigint, name string");
  Make(services, "parts", "id bigint, name string", "dt string, hh string");
  Make(services, "mirror", "id bigint, name string", "dt string, hh string");
  Make(services, "strict", "id bigint, name string not null");
  Make(services, "days", "day date");
  Make(services, "chars", "id bigint, code char(3)");
  Make(services, "spans", "id bigint, span interval_day_time");
  Make(services, "stamped", "id bigint, at timestamp");
  Make(services, "delta", "id bigint not null, name string", "", TableKind::kManaged, true);
  Make(services, "view", "id bigint, name string", "", TableKind::kView);
  Make(services, "outside", "id bigint, name string", "", TableKind::kExternal);
  for (const char* table : {"source", "target"}) Fill(services, table, "");
  for (const char* partition : {"dt=1,hh=0", "dt=1,hh=1", "dt=2,hh=0"}) {
    Fill(services, "parts", partition);
  }
}

std::vector<json> RefusalDataSources(const std::string& endpoint) {
  std::vector<json> list;
  for (const auto& [name, more] : std::vector<std::pair<std::string, json>>{
           {"here", json::object()},
           {"tight", {{"limits", {{"maxBlocksPerSession", 2}}}}},
           {"near", {{"region", "cn-hangzhou"}, {"createdAt", "2023-12-11"}}},
           {"far", {{"region", "eu-central-1"}, {"createdAt", "2023-12-12"}}}}) {
    json fields = {{"endpoint", endpoint},
                   {"project", "demo"},
                   {"credentialsRef", {{"name", "key"}}},
                   {"allowInsecureHttp", true}};
    fields.update(more);
    list.push_back({{"apiVersion", "culvert.dev/v1alpha1"},
                    {"kind", "DataSource"},
                    {"metadata", {{"name", name}, {"namespace", "default"}}},
                    {"spec", {{"maxCompute", fields}}}});
  }
  return list;
}

json SpecOf(const Refusal& refusal) {
  const auto side = [](const std::string& text, const std::string& from) {
    json fields = json::parse(text);
    fields["dataSourceRef"] = {{"name", from}};
    return json{{"maxCompute", fields}};
  };
  return {{"source", side(refusal.source, refusal.source_from)},
          {"target", side(refusal.target, refusal.target_from)},
          {"setting", {{"speed", {{"concurrent", refusal.concurrent}}}}}};
}

std::string StateOf(emulator::Services& services) {
  std::string text;
  for (const auto& table : services.catalog.ListTables("demo", "")) {
    text += table->name + " version " + std::to_string(table->schema_version) + "\n";
    const auto partitions =
        services.catalog.ListPartitions(emulator::MakeTableKey("demo", "", table->name));
    if (partitions) {
      for (const auto& partition : *partitions) {
        text += "  " + partition->spec.ToString() + " " + std::to_string(partition->rows()) +
                " rows, version " + std::to_string(partition->version) + "\n";
      }
    }
    const auto rows =
        services.catalog.Snapshot(emulator::MakeTableKey("demo", "", table->name), {});
    if (rows) {
      text += "  " + std::to_string((*rows)->rows()) + " rows, version " +
              std::to_string((*rows)->version) + "\n";
    }
  }
  return text;
}

std::vector<std::string> WritesIn(const std::string& request_log) {
  constexpr std::size_t kLogBytesMax = std::size_t{16} * 1024 * 1024;
  std::vector<std::string> writes;
  const auto text = ReadWholeFile(request_log, kLogBytesMax);
  if (!text) return {"no request log: " + ToString(text.error())};
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const json request = json::parse(line);
    if (request["method"] == "GET" || request["operation"] == "download.create") continue;
    writes.push_back(line);
  }
  return writes;
}

}  // namespace culvert::test
