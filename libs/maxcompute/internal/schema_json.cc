// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/schema_json.h"

#include "libs/base/json.h"
#include "libs/maxcompute/internal/error_mapping.h"
#include "libs/maxcompute/reasons.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace culvert::maxcompute::internal {
namespace {

using nlohmann::json;

constexpr std::size_t kColumnsMax = 10'000;  // the service stops at 1,200

/// A bool, or its text in any case, as the services mix both.
Result<bool> ReadFlag(const json& object, std::string_view key, bool fallback) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return JsonBoolOr(object, key, fallback);
  const std::string text = record::FoldName(found->get_ref<const std::string&>());
  if (text == "true") return true;
  if (text == "false") return false;
  return Fail(InvalidArgument("json member '" + std::string(key) + "' is not true or false"));
}

Result<record::Column> ReadColumn(const json& object, const ColumnKeys& keys) {
  record::Column column;
  CULVERT_ASSIGN_OR_RETURN(column.name, JsonString(object, "name"));
  if (column.name.empty()) return Fail(InvalidArgument("a column has an empty name"));
  CULVERT_ASSIGN_OR_RETURN(const std::string type, JsonString(object, "type"));
  auto parsed = record::Type::Parse(type);
  if (!parsed) {
    return Fail(Unimplemented("column '" + ScrubMessage(column.name, 128) + "' has type '" +
                              ScrubMessage(type, 128) +
                              "', which is not supported: " + parsed.error().message)
                    .Because(reasons::kUnsupportedType));
  }
  column.type = std::move(*parsed);
  CULVERT_ASSIGN_OR_RETURN(column.nullable, ReadFlag(object, keys.nullable, true));
  CULVERT_ASSIGN_OR_RETURN(column.comment, JsonStringOr(object, "comment", ""));
  CULVERT_ASSIGN_OR_RETURN(std::string literal, JsonStringOr(object, keys.default_value, ""));
  if (!literal.empty()) column.default_value = std::move(literal);
  return column;
}

Result<std::vector<record::Column>> ReadColumns(const json& object, std::string_view key,
                                                const ColumnKeys& keys) {
  std::vector<record::Column> columns;
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return columns;
  if (!found->is_array() || found->size() > kColumnsMax) {
    return Fail(InvalidArgument("json member '" + std::string(key) + "' is no list of columns"));
  }
  columns.reserve(found->size());
  for (const json& item : *found) {
    if (!item.is_object()) return Fail(InvalidArgument("a column is not an object"));
    CULVERT_ASSIGN_OR_RETURN(record::Column column, ReadColumn(item, keys));
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace

Result<record::Schema> ReadSchema(const json& object, const ColumnKeys& keys) {
  if (!object.is_object()) return Fail(Unreadable("a schema", InvalidArgument("not an object")));
  record::Schema schema;
  auto columns = ReadColumns(object, "columns", keys);
  if (!columns) return Fail(Unreadable("a schema", columns.error()));
  auto partition_keys = ReadColumns(object, "partitionKeys", keys);
  if (!partition_keys) return Fail(Unreadable("a schema", partition_keys.error()));
  schema.columns = std::move(*columns);
  schema.partition_keys = std::move(*partition_keys);
  return schema;
}

Error Unreadable(std::string_view what, const Error& error) {
  if (!error.reason.empty()) return error;
  return Internal("the service's answer about " + std::string(what) +
                  " cannot be read: " + error.message)
      .Because(reasons::kUnexpectedAnswer);
}

}  // namespace culvert::maxcompute::internal
