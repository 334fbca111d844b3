// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/new_table.h"

#include "libs/record/partition_spec.h"
#include "libs/record/text_type.h"
#include "libs/syncjob/sql_text.h"

#include <algorithm>
#include <set>
#include <utility>

namespace culvert::syncjob {
namespace {

using record::Column;
using record::Type;
using record::TypeKind;

constexpr std::int32_t kOldDecimal = 54;  // the precision that stands for DECIMAL without one
constexpr std::int32_t kDecimalMax = 38;
constexpr std::size_t kNameBytesMax = 128;  // vendor page "Limits on tables"

Error Wrong(std::string message) {
  return InvalidArgument(std::move(message)).Because("SchemaMismatch");
}

bool IsStar(const std::vector<std::string>& list) { return list.size() == 1 && list[0] == "*"; }

bool IsName(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= kNameBytesMax && letter(name[0]) &&
         std::ranges::all_of(
             name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

bool HoldsInterval(const Type& type) {
  return type.kind == TypeKind::kIntervalDayTime || type.kind == TypeKind::kIntervalYearMonth ||
         std::ranges::any_of(type.children, HoldsInterval);
}

/// True where a DECIMAL without precision became one of edition 2.0.
bool GivePrecision(Type& type) {
  bool changed = false;
  if (type.kind == TypeKind::kDecimal && type.precision == kOldDecimal) {
    type.precision = kDecimalMax;
    changed = true;
  }
  for (Type& child : type.children) changed = GivePrecision(child) || changed;
  return changed;
}

/// The names where the target's list is ["*"]: those of what is read, as far as it has any.
Status CheckOwnNames(const ColumnSide& source, const std::vector<Column>& columns) {
  if (IsStar(source.list)) return {};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& entry = source.list[i];
    if (entry.starts_with('\'')) {
      return Fail(Wrong("the table to create needs a name for the constant " + entry +
                        ": name its columns in the target's 'column'"));
    }
    if (!record::SameName(entry, columns[i].name)) {
      return Fail(Wrong("source column '" + entry +
                        "' comes twice: name the columns of the table to create in the target's "
                        "'column'"));
    }
  }
  return {};
}

Status CheckNames(const record::Schema& schema) {
  std::set<std::string> names;
  for (const auto* list : {&schema.columns, &schema.partition_keys}) {
    for (const Column& column : *list) {
      if (!IsName(column.name)) {
        return Fail(Wrong("'" + column.name.substr(0, kNameBytesMax) +
                          "' cannot name a column of the table to create: letters, digits and '_', "
                          "a letter first"));
      }
      if (!names.insert(record::FoldName(column.name)).second) {
        return Fail(Wrong("the table to create would have column '" + column.name +
                          "' twice, partition keys included: name its columns in the target's "
                          "'column'"));
      }
    }
  }
  return {};
}

bool CanBeKey(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
      return true;
    default:
      return false;
  }
}

std::string ColumnText(const Column& column) {
  std::string text = SqlName(column.name) + " " + column.type.ToString();
  if (!column.nullable) text += " NOT NULL";
  if (!column.comment.empty()) text += " COMMENT " + SqlText(column.comment);
  return text;
}

std::string ColumnsText(const std::vector<Column>& columns) {
  std::string text = "(";
  for (const Column& column : columns) {
    if (text.size() > 1) text += ", ";
    text += ColumnText(column);
  }
  return text + ")";
}

}  // namespace

Result<NewTable> DesignTable(const NewTableInput& input) {
  NewTable made{.schema = {}, .comment = input.comment, .lifecycle_days = input.lifecycle_days};
  CULVERT_ASSIGN_OR_RETURN(made.schema, SchemaOfList(input.source, input.rules));
  std::vector<Column>& columns = made.schema.columns;
  if (IsStar(input.target_list)) {
    CULVERT_TRY(CheckOwnNames(input.source, columns));
  } else if (input.target_list.size() != columns.size()) {
    return Fail(Wrong("the source lists " + std::to_string(columns.size()) +
                      " columns and the target " + std::to_string(input.target_list.size()) +
                      ": a table to create needs a name for each"));
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Column& column = columns[i];
    if (!IsStar(input.target_list)) column.name = input.target_list[i];
    if (HoldsInterval(column.type)) {
      return Fail(Unimplemented("source column '" + column.name + "' is of type " +
                                column.type.ToString() +
                                ", which no table can be created with: leave it out")
                      .Because("UnsupportedType"));
    }
    if (input.rules.empty_as_null && record::IsText(column.type.kind)) column.nullable = true;
    if (input.new_types && GivePrecision(column.type)) {
      made.warnings.push_back("column '" + column.name + "' of the table to create is " +
                              column.type.ToString() +
                              ", the source's DECIMAL has more digits: values that do not fit make "
                              "their rows dirty");
    }
  }
  made.schema.partition_keys = input.partition_keys;
  CULVERT_TRY(CheckNames(made.schema));
  return made;
}

Result<std::vector<Column>> KeysOfPartition(std::string_view partition,
                                            const record::Schema& source) {
  std::vector<Column> keys;
  const Result<record::PartitionSpec> spec = record::PartitionSpec::Parse(partition);
  if (!spec) return Fail(Wrong("target partition: " + spec.error().message));
  for (const auto& [name, value] : spec->entries) {
    Column key;
    key.name = name;
    if (const auto same = source.FindPartitionKey(name)) {
      key.type = source.partition_keys[*same].type;
    } else if (const auto column = source.FindColumn(name)) {
      key.type = source.columns[*column].type;
    }
    if (!CanBeKey(key.type.kind)) key.type = Type();
    keys.push_back(std::move(key));
  }
  return keys;
}

std::string CreateTableStatement(std::string_view table, const NewTable& made) {
  std::string sql =
      "CREATE TABLE IF NOT EXISTS " + SqlName(table) + " " + ColumnsText(made.schema.columns);
  if (!made.comment.empty()) sql += " COMMENT " + SqlText(made.comment);
  if (!made.schema.partition_keys.empty()) {
    sql += " PARTITIONED BY " + ColumnsText(made.schema.partition_keys);
  }
  return sql + " LIFECYCLE " + std::to_string(made.lifecycle_days) + ";";
}

}  // namespace culvert::syncjob
