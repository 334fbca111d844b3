// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_table_text.h"

#include "emulator/rest_xml.h"
#include "libs/base/json.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace culvert::emulator {
namespace {

nlohmann::json ColumnsJson(const std::vector<record::Column>& columns) {
  nlohmann::json list = nlohmann::json::array();
  for (const record::Column& column : columns) {
    nlohmann::json item = {{"name", column.name},           {"type", column.type.ToString()},
                           {"comment", column.comment},     {"label", ""},
                           {"isNullable", column.nullable}, {"hasGenerateExpression", false}};
    if (column.default_value) item["defaultValue"] = *column.default_value;
    list.push_back(std::move(item));
  }
  return list;
}

std::string ReservedJson(const TableDef& table) {
  nlohmann::json reserved = {{"Transactional", table.transactional ? "true" : "false"},
                             {"schema_version", std::to_string(table.schema_version)}};
  if (!table.primary_key.empty()) {
    reserved["PrimaryKey"] = table.primary_key;
    reserved["ClusterType"] = "hash";
    reserved["ClusterCols"] = table.primary_key;
    const auto buckets = table.properties.find("write.bucket.num");
    // 16 is what a Delta table gets without the property (vendor page "Delta table parameters").
    std::int64_t count = 16;
    if (buckets != table.properties.end()) {
      const auto parsed = ParseJson(buckets->second);
      if (parsed && parsed->is_number_integer()) count = parsed->get<std::int64_t>();
    }
    reserved["BucketNum"] = count;
  }
  return DumpJson(reserved);
}

}  // namespace

TableSize SizeOf(const std::vector<std::shared_ptr<const PartitionData>>& partitions) {
  TableSize size;
  for (const auto& partition : partitions) {
    size.rows += partition->rows();
    size.bytes += partition->byte_size();
    size.segments += partition->segments.size();
    size.modified_seconds = std::max(size.modified_seconds, partition->modified_seconds);
  }
  return size;
}

std::string HttpDate(std::int64_t seconds) {
  return FormatHttpDate(WallTime(std::chrono::seconds(seconds)));
}

std::string_view TableTypeName(TableKind kind) {
  switch (kind) {
    case TableKind::kManaged:
      return "MANAGED_TABLE";
    case TableKind::kExternal:
      return "EXTERNAL_TABLE";
    case TableKind::kView:
      return "VIRTUAL_VIEW";
  }
  return "MANAGED_TABLE";
}

std::string ProjectXml(const Project& project) {
  XmlWriter xml;
  xml.Open("Project")
      .Leaf("Name", project.name)
      .Leaf("Type", "managed")
      .Leaf("Comment", project.comment)
      .Leaf("Owner", project.owner)
      .Leaf("SuperAdministrator", project.owner)
      .Leaf("CreationTime", HttpDate(project.created_seconds))
      .Leaf("LastModifiedTime", HttpDate(project.modified_seconds))
      .Leaf("ProjectGroupName", project.name)
      .Leaf("State", "AVAILABLE")
      .Leaf("Region", project.region)
      .Open("Properties");
  for (const auto& [name, value] : project.properties) {
    xml.Open("Property").Leaf("Name", name).Leaf("Value", value).Close("Property");
  }
  xml.Close("Properties").Leaf("ExtendedProperties", "").Close("Project");
  return xml.Take();
}

std::string TableSchemaJson(const TableDef& table, const std::string& owner, const TableSize& size,
                            Detail detail) {
  nlohmann::json properties = nlohmann::json::object();
  for (const auto& [key, value] : table.properties) {
    if (key != kStorageHandlerKey && key != kLocationKey) properties[key] = value;
  }
  const bool managed = table.kind == TableKind::kManaged;
  nlohmann::json schema = {
      {"columns", ColumnsJson(table.columns.columns)},
      {"partitionKeys", ColumnsJson(table.columns.partition_keys)},
      {"comment", table.comment},
      {"owner", owner},
      {"tableName", table.name},
      {"tableLabel", "0"},
      {"createTime", table.created_seconds},
      {"lastModifiedTime", std::max(size.modified_seconds, table.ddl_seconds)},
      {"lastDDLTime", table.ddl_seconds},
      {"lastAccessTime", 0},
      {"isVirtualView", table.kind == TableKind::kView},
      {"isMaterializedView", false},
      {"isMaterializedViewRewriteEnabled", false},
      {"IsMaterializedViewOutdated", false},
      {"isMaterializedViewOutdated", false},
      {"isExternal", table.kind == TableKind::kExternal},
      {"isObjectTable", false},
      {"shardExist", false},
      {"lifecycle", table.lifecycle_days},
      {"hubLifecycle", -1},
      {"size", size.bytes},
      {"recordNum", managed ? nlohmann::json(size.rows) : nlohmann::json(-1)},
      {"tableProperties", DumpJson(properties)},
  };
  if (table.kind == TableKind::kView) {
    schema["viewText"] = table.view_text;
    schema["viewExpandedText"] = table.view_text;
  }
  if (table.kind == TableKind::kExternal) {
    const auto find = [&](std::string_view key) {
      const auto found = table.properties.find(std::string(key));
      return found == table.properties.end() ? std::string() : found->second;
    };
    schema["storageHandler"] = find(kStorageHandlerKey);
    schema["location"] = find(kLocationKey);
    schema["resources"] = "";
    schema["serDeProperties"] = "{}";
  }
  if (detail == Detail::kExtended) {
    schema["IsArchived"] = false;
    schema["PhysicalSize"] = size.bytes;
    schema["FileNum"] = size.segments;
    schema["Reserved"] = ReservedJson(table);
  }
  return DumpJson(schema);
}

std::string TableXml(const TableDef& table, const std::string& owner, const TableSize& size,
                     Detail detail) {
  XmlWriter xml;
  xml.Open("Table")
      .Leaf("Project", table.project)
      .Leaf("SchemaName", table.schema.empty() ? "default" : table.schema)
      .Leaf("Name", table.name)
      .Leaf("TableId", table.id)
      .Cdata("Schema", TableSchemaJson(table, owner, size, detail), "format=\"Json\"")
      .Leaf("Comment", table.comment)
      .Leaf("Owner", owner)
      .Leaf("TableLabel", "0")
      .Leaf("CreationTime", HttpDate(table.created_seconds))
      .Leaf("LastModifiedTime", HttpDate(std::max(size.modified_seconds, table.ddl_seconds)))
      .Leaf("Type", TableTypeName(table.kind))
      .Close("Table");
  return xml.Take();
}

std::string PartitionXml(const PartitionData& partition, Detail detail) {
  nlohmann::json schema = {{"createTime", partition.created_seconds},
                           {"lastDDLTime", partition.created_seconds},
                           {"lastModifiedTime", partition.modified_seconds},
                           {"partitionSize", partition.byte_size()},
                           {"partitionRecordNum", partition.rows()}};
  if (detail == Detail::kExtended) {
    schema["IsArchived"] = false;
    schema["IsExstore"] = false;
    schema["LifeCycle"] = -1;
    schema["PhysicalSize"] = partition.byte_size();
    schema["FileNum"] = partition.segments.size();
    schema["Reserved"] = "{}";
  }
  XmlWriter xml;
  xml.Open("Partition").Cdata("Schema", DumpJson(schema)).Close("Partition");
  return xml.Take();
}

Page CutPage(const std::vector<std::string>& keys, const std::string& marker, std::size_t max_items,
             bool descending) {
  Page page;
  if (!marker.empty()) {
    const auto behind = descending ? std::ranges::upper_bound(keys, marker, std::greater<>())
                                   : std::ranges::upper_bound(keys, marker);
    page.begin = static_cast<std::size_t>(behind - keys.begin());
  }
  page.end = page.begin + std::min(max_items, keys.size() - page.begin);
  if (page.end < keys.size() && page.end > page.begin) page.next_marker = keys[page.end - 1];
  return page;
}

}  // namespace culvert::emulator
