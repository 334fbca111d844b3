// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog_json.h"

#include "libs/base/json.h"

#include <nlohmann/json.hpp>

namespace culvert::emulator {
namespace {

using nlohmann::json;

json ColumnsToJson(const std::vector<record::Column>& columns) {
  json list = json::array();
  for (const record::Column& column : columns) {
    json item{{"name", column.name},
              {"type", column.type.ToString()},
              {"nullable", column.nullable},
              {"comment", column.comment}};
    if (column.default_value) item["default"] = *column.default_value;
    list.push_back(std::move(item));
  }
  return list;
}

Result<std::vector<record::Column>> ColumnsFromJson(const json& object, const char* key) {
  std::vector<record::Column> columns;
  if (!object.is_object() || !object.contains(key)) return columns;
  for (const json& item : object[key]) {
    record::Column column;
    CULVERT_ASSIGN_OR_RETURN(column.name, JsonString(item, "name"));
    CULVERT_ASSIGN_OR_RETURN(const std::string type, JsonString(item, "type"));
    CULVERT_ASSIGN_OR_RETURN(column.type, record::Type::Parse(type));
    CULVERT_ASSIGN_OR_RETURN(column.nullable, JsonBool(item, "nullable"));
    CULVERT_ASSIGN_OR_RETURN(column.comment, JsonStringOr(item, "comment", ""));
    if (item.contains("default")) {
      CULVERT_ASSIGN_OR_RETURN(column.default_value, JsonString(item, "default"));
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<std::vector<std::string>> StringsFromJson(const json& object, const char* key) {
  std::vector<std::string> strings;
  if (!object.is_object() || !object.contains(key)) return strings;
  for (const json& item : object[key]) {
    if (!item.is_string())
      return Fail(InvalidArgument("stored list holds a value that is no text"));
    strings.push_back(item.get<std::string>());
  }
  return strings;
}

}  // namespace

json SchemaToJson(const record::Schema& schema) {
  return json{{"columns", ColumnsToJson(schema.columns)},
              {"partition_keys", ColumnsToJson(schema.partition_keys)}};
}

Result<record::Schema> SchemaFromJson(const json& object) {
  record::Schema schema;
  CULVERT_ASSIGN_OR_RETURN(schema.columns, ColumnsFromJson(object, "columns"));
  CULVERT_ASSIGN_OR_RETURN(schema.partition_keys, ColumnsFromJson(object, "partition_keys"));
  return schema;
}

std::string EncodeTable(const TableDef& def) {
  return DumpJson(json{{"project", def.project},
                       {"schema", def.schema},
                       {"name", def.name},
                       {"kind", static_cast<int>(def.kind)},
                       {"layout", SchemaToJson(def.columns)},
                       {"comment", def.comment},
                       {"lifecycle", def.lifecycle_days},
                       {"transactional", def.transactional},
                       {"primary_key", def.primary_key},
                       {"properties", def.properties},
                       {"view_text", def.view_text},
                       {"id", def.id},
                       {"created", def.created_seconds},
                       {"ddl", def.ddl_seconds},
                       {"schema_version", def.schema_version}});
}

Result<TableDef> DecodeTable(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const json object, ParseJson(text));
  TableDef def;
  CULVERT_ASSIGN_OR_RETURN(def.project, JsonString(object, "project"));
  CULVERT_ASSIGN_OR_RETURN(def.schema, JsonString(object, "schema"));
  CULVERT_ASSIGN_OR_RETURN(def.name, JsonString(object, "name"));
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t kind, JsonInt64(object, "kind"));
  if (kind < 0 || kind > static_cast<int>(TableKind::kView)) {
    return Fail(InvalidArgument("stored table '" + def.name + "' has an unknown kind"));
  }
  def.kind = static_cast<TableKind>(kind);
  CULVERT_ASSIGN_OR_RETURN(def.columns, SchemaFromJson(object["layout"]));
  CULVERT_ASSIGN_OR_RETURN(def.comment, JsonString(object, "comment"));
  CULVERT_ASSIGN_OR_RETURN(def.lifecycle_days, JsonInt64(object, "lifecycle"));
  CULVERT_ASSIGN_OR_RETURN(def.transactional, JsonBool(object, "transactional"));
  CULVERT_ASSIGN_OR_RETURN(def.primary_key, StringsFromJson(object, "primary_key"));
  for (const auto& item : object["properties"].items()) {
    if (item.value().is_string()) def.properties[item.key()] = item.value();
  }
  CULVERT_ASSIGN_OR_RETURN(def.view_text, JsonString(object, "view_text"));
  CULVERT_ASSIGN_OR_RETURN(def.id, JsonString(object, "id"));
  CULVERT_ASSIGN_OR_RETURN(def.created_seconds, JsonInt64(object, "created"));
  CULVERT_ASSIGN_OR_RETURN(def.ddl_seconds, JsonInt64(object, "ddl"));
  CULVERT_ASSIGN_OR_RETURN(def.schema_version, JsonUint64(object, "schema_version"));
  return def;
}

std::string EncodePartition(const PartitionData& data) {
  json spec = json::array();
  for (const auto& [key, value] : data.spec.entries) spec.push_back(json{key, value});
  return DumpJson(json{{"spec", std::move(spec)},
                       {"created", data.created_seconds},
                       {"modified", data.modified_seconds},
                       {"version", data.version},
                       {"generation", data.generation},
                       {"files", FileNames(data.segments)}});
}

Result<StoredPartition> DecodePartition(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const json object, ParseJson(text));
  StoredPartition stored;
  if (!object.is_object() || !object.contains("spec")) {
    return Fail(InvalidArgument("stored partition has no spec"));
  }
  for (const json& entry : object["spec"]) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_string()) {
      return Fail(InvalidArgument("stored partition has a broken spec"));
    }
    stored.data.spec.entries.emplace_back(entry[0].get<std::string>(), entry[1].get<std::string>());
  }
  CULVERT_ASSIGN_OR_RETURN(stored.data.created_seconds, JsonInt64(object, "created"));
  CULVERT_ASSIGN_OR_RETURN(stored.data.modified_seconds, JsonInt64(object, "modified"));
  CULVERT_ASSIGN_OR_RETURN(stored.data.version, JsonUint64(object, "version"));
  CULVERT_ASSIGN_OR_RETURN(stored.data.generation, JsonUint64(object, "generation"));
  CULVERT_ASSIGN_OR_RETURN(stored.files, StringsFromJson(object, "files"));
  return stored;
}

std::string TableKeyText(const TableKey& key) {
  return key.project + "/" + key.schema + "/" + key.name;
}

Result<TableKey> ParseTableKeyText(std::string_view text) {
  const std::size_t first = text.find('/');
  const std::size_t second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (second == std::string_view::npos) {
    return Fail(InvalidArgument("stored table key '" + std::string(text) + "' is broken"));
  }
  return TableKey{.project = std::string(text.substr(0, first)),
                  .schema = std::string(text.substr(first + 1, second - first - 1)),
                  .name = std::string(text.substr(second + 1))};
}

std::vector<std::string> FileNames(const std::vector<SegmentPtr>& segments) {
  std::vector<std::string> names;
  names.reserve(segments.size());
  for (const SegmentPtr& segment : segments) {
    if (!segment->file.empty()) names.push_back(segment->file);
  }
  return names;
}

}  // namespace culvert::emulator
