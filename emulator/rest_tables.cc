// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_routes.h"
#include "emulator/rest_table_text.h"
#include "emulator/rest_xml.h"

#include <algorithm>
#include <utility>

namespace culvert::emulator {
namespace {

std::string OwnerOf(const Services& services, std::string_view project) {
  const auto found = services.projects.Find(project);
  return found ? (*found)->owner : std::string();
}

/// Zero for views and external tables, which have no rows of their own.
Result<TableSize> MeasureTable(const Services& services, const TableDef& table,
                               const TableKey& key) {
  if (table.kind != TableKind::kManaged) return TableSize{};
  if (!table.columns.partition_keys.empty()) {
    CULVERT_ASSIGN_OR_RETURN(const auto partitions, services.catalog.ListPartitions(key));
    return SizeOf(partitions);
  }
  CULVERT_ASSIGN_OR_RETURN(auto rows, services.catalog.Snapshot(key, {}));
  return SizeOf({std::move(rows)});
}

void GetTable(Call& call, Services& services) {
  const TableKey key = call.Table();
  const auto table = services.catalog.FindTable(key);
  if (!table) return RespondXmlError(call, table.error());
  const auto size = MeasureTable(services, **table, key);
  if (!size) return RespondXmlError(call, size.error());
  const std::string owner = OwnerOf(services, key.project);
  http::Response response;
  response.status = 200;
  response.headers.Set("Content-Type", "application/xml");
  response.headers.Set("x-odps-owner", owner);
  response.body =
      TableXml(**table, owner, *size, call.Has("extended") ? Detail::kExtended : Detail::kBasic);
  (void)call.exchange.Respond(response);
}

bool Wanted(const Call& call, const TableDef& table, const std::string& folded) {
  if (const auto prefix = call.Query("name");
      prefix && !folded.starts_with(record::FoldName(*prefix))) {
    return false;
  }
  const auto type = call.Query("type");
  return !type || type->empty() || record::SameName(*type, TableTypeName(table.kind));
}

void ListTables(Call& call, Services& services) {
  const std::string project = call.Param("project");
  const TableKey any = MakeTableKey(project, call.SchemaName(), "");
  const std::string owner = OwnerOf(services, project);
  std::map<std::string, std::shared_ptr<const TableDef>> wanted;
  if (const auto asked = call.Query("owner"); !asked || asked->empty() || *asked == owner) {
    for (auto& table : services.catalog.ListTables(any.project, any.schema)) {
      std::string folded = record::FoldName(table->name);
      if (Wanted(call, *table, folded)) wanted.emplace(std::move(folded), std::move(table));
    }
  }
  std::vector<std::string> keys;
  keys.reserve(wanted.size());
  for (const auto& [key, table] : wanted) keys.push_back(key);

  const Page page = CutPage(keys, call.Query("marker").value_or(""), MaxItems(call), false);
  XmlWriter xml;
  xml.Open("Tables");
  for (std::size_t i = page.begin; i < page.end; ++i) {
    const TableDef& table = *wanted[keys[i]];
    xml.Open("Table")
        .Leaf("Project", table.project)
        .Leaf("SchemaName", table.schema.empty() ? "default" : table.schema)
        .Leaf("Name", table.name)
        .Leaf("Owner", owner)
        .Leaf("Comment", table.comment)
        .Leaf("CreationTime", HttpDate(table.created_seconds))
        .Leaf("Type", TableTypeName(table.kind));
    if (call.Has("extended")) {
      const auto size =
          MeasureTable(services, table, MakeTableKey(table.project, table.schema, table.name));
      if (size) {
        xml.Cdata("Schema", TableSchemaJson(table, owner, *size, Detail::kExtended),
                  "format=\"Json\"");
      }
    }
    xml.Close("Table");
  }
  xml.Leaf("Marker", page.next_marker)
      .Leaf("MaxItems", std::to_string(MaxItems(call)))
      .Close("Tables");
  RespondXml(call, xml.Take());
}

}  // namespace

void RegisterTableRoutes(Router& router, Services& services) {
  router.Add({.method = "GET",
              .pattern = "/projects/{project}/tables",
              .query = {},
              .operation = "table.list",
              .errors = ErrorForm::kXml,
              .handler = [&services](Call& call) { ListTables(call, services); }});
  router.Add({.method = "GET",
              .pattern = "/projects/{project}/tables/{table}",
              .query = {},
              .operation = "table.get",
              .errors = ErrorForm::kXml,
              .handler = [&services](Call& call) { GetTable(call, services); }});
}

}  // namespace culvert::emulator
