// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/source_query.h"

#include "libs/syncjob/sql_text.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace culvert::syncjob {
namespace {

using record::Column;
using record::TypeKind;

// Types that the first edition does not know; SQL over them fails without the hint.
bool IsSecondType(const record::Type& type) {
  switch (type.kind) {
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kBinary:
    case TypeKind::kDate:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kIntervalDayTime:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kJson:
    case TypeKind::kStruct:
      return true;
    case TypeKind::kDecimal:
      return type.precision != 54 || type.scale != 18;  // those of a bare DECIMAL
    default:
      return std::ranges::any_of(type.children, IsSecondType);
  }
}

bool IsBareWord(std::string_view entry) {
  return std::ranges::all_of(entry, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// In single quotes, with no quote inside that is not doubled.
bool IsWholeConstant(std::string_view entry) {
  if (entry.size() < 2 || entry.front() != '\'' || entry.back() != '\'') return false;
  const std::string_view inner = entry.substr(1, entry.size() - 2);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] != '\'') continue;
    if (i + 1 == inner.size() || inner[i + 1] != '\'') return false;
    ++i;
  }
  return true;
}

// A name that no column of the table has.
std::string ResultName(const ColumnSide& source, std::size_t place) {
  std::string name = ResultColumnName(place);
  while (source.schema.FindColumn(name) || source.schema.FindPartitionKey(name)) name += '_';
  return name;
}

// What MapColumns says of a name that the table does not have.
Error UnknownName(const ColumnSide& source, const std::string& entry) {
  ColumnSide one = source;
  one.list = {entry};
  return SchemaOfList(one, {}).error();
}

// What is selected where the list names no column: rows have to be counted all the same.
Result<std::string> ColumnToCount(const ColumnSide& source) {
  ColumnSide all = source;
  all.list = {"'x'"};
  ColumnSide one{.table = "", .schema = {}, .list = {"*"}};
  one.schema.columns.resize(1);
  CULVERT_ASSIGN_OR_RETURN(const ColumnMapping mapping, MapColumns(all, one, {}));
  return mapping.read_columns.front();
}

/// The target column that the list's entry `place` goes to, if there is one.
const Column* TargetOf(const ColumnSide& target, std::size_t place) {
  if (target.list.size() == 1 && target.list[0] == "*") {
    return place < target.schema.columns.size() ? &target.schema.columns[place] : nullptr;
  }
  if (place >= target.list.size()) return nullptr;
  const auto index = target.schema.FindColumn(target.list[place]);
  return index ? &target.schema.columns[*index] : nullptr;
}

// The column of an expression before the query ran: what fits its target.
Column AssumedColumn(const SourceQuery& query, const std::string& name) {
  Column column;
  column.name = name;
  const auto entry = std::ranges::find(query.source.list, name);
  const auto place = static_cast<std::size_t>(entry - query.source.list.begin());
  const Column* target = query.target_follows ? nullptr : TargetOf(query.target, place);
  if (target != nullptr && target->type.kind != TypeKind::kChar) column.type = target->type;
  return column;
}

Result<std::vector<Column>> ResultColumns(const SourceQuery& query,
                                          const std::vector<Column>& result) {
  if (!result.empty() && result.size() != query.columns.size()) {
    return Fail(Internal("the query of table " + query.source.table + " gave " +
                         std::to_string(result.size()) + " columns, " +
                         std::to_string(query.columns.size()) + " were selected")
                    .Because("UnexpectedAnswer"));
  }
  std::vector<Column> columns;
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    const QueryColumn& selected = query.columns[i];
    if (!result.empty() && !record::SameName(result[i].name, selected.name)) {
      return Fail(Internal("the query of table " + query.source.table + " gave column '" +
                           result[i].name + "' where '" + selected.name + "' was selected")
                      .Because("UnexpectedAnswer"));
    }
    const auto known = query.source.schema.FindColumn(selected.name);
    Column column;
    if (selected.expression.empty() && known) {
      column = query.source.schema.columns[*known];
      if (!result.empty()) column.type = result[i].type;
    } else if (!result.empty()) {
      column = result[i];
    } else {
      column = AssumedColumn(query, selected.name);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

// Says of every expression that the message names what it is.
Error ExplainNames(Error error, const SourceQuery& query) {
  for (const QueryColumn& column : query.columns) {
    if (column.expression.empty()) continue;
    if (error.message.find("'" + column.name + "'") == std::string::npos) continue;
    error.message += "; " + column.name + " is " + column.expression.substr(0, 128);
  }
  return error;
}

Result<std::string> KeyLiteral(const Column& key, const std::string& value) {
  switch (key.type.kind) {
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint: {
      const std::string_view digits = std::string_view(value).substr(value.starts_with('-'));
      const bool number =
          !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
      // As a number 00 is 0: both would be read for each.
      if (number && (digits == "0" ? value == "0" : digits[0] != '0')) return value;
      return Fail(Unimplemented("partition value '" + value + "' of the " + key.type.ToString() +
                                " key '" + key.name +
                                "' cannot be told from others by SQL: read it without enableWhere")
                      .Because("Unsupported"));
    }
    case TypeKind::kDate:
      return "DATE " + SqlText(value);
    default:
      return SqlText(value);
  }
}

Result<std::string> PartitionCondition(const SourceQuery& query,
                                       const record::PartitionSpec& partition) {
  std::string text;
  for (const auto& [name, value] : partition.entries) {
    const auto index = query.source.schema.FindPartitionKey(name);
    if (!index) {
      return Fail(InvalidArgument("partition '" + partition.ToString() + "' names key '" + name +
                                  "', which table " + query.source.table + " does not have")
                      .Because("SchemaMismatch"));
    }
    const Column& key = query.source.schema.partition_keys[*index];
    CULVERT_ASSIGN_OR_RETURN(const std::string literal, KeyLiteral(key, value));
    text += (text.empty() ? "" : " AND ") + SqlName(key.name) + " = " + literal;
  }
  return text;
}

}  // namespace

std::string ResultColumnName(std::size_t place) {
  return "expression_" + std::to_string(place + 1);
}

Result<SourceQuery> MakeSourceQuery(const ColumnSide& source, const ColumnSide& target,
                                    const std::string& where) {
  if (Status whole = CheckSql(where, SqlPiece::kCondition); !whole) {
    return Fail(InvalidArgument("where: " + whole.error().message).Because(whole.error().reason));
  }
  SourceQuery query{.where = where, .source = source, .target = target};
  query.second_types = std::ranges::any_of(
      source.schema.columns, [](const Column& column) { return IsSecondType(column.type); });
  if (source.list.size() == 1 && source.list[0] == "*") {
    for (const Column& column : source.schema.columns) {
      query.columns.push_back({.name = column.name, .expression = ""});
    }
    return query;
  }
  std::set<std::size_t> named;
  for (std::size_t i = 0; i < source.list.size(); ++i) {
    const std::string& entry = source.list[i];
    if (const auto index = source.schema.FindColumn(entry)) {
      named.insert(*index);
      continue;
    }
    if (IsWholeConstant(entry) || source.schema.FindPartitionKey(entry)) continue;
    if (IsBareWord(entry)) return Fail(UnknownName(source, entry));
    if (Status whole = CheckSql(entry, SqlPiece::kColumn); !whole) {
      return Fail(
          InvalidArgument("source column '" + entry.substr(0, 128) + "': " + whole.error().message)
              .Because(whole.error().reason));
    }
    query.source.list[i] = ResultName(source, i);
    query.columns.push_back({.name = query.source.list[i], .expression = entry});
  }
  std::vector<QueryColumn> columns;
  for (const std::size_t index : named) {
    columns.push_back({.name = source.schema.columns[index].name, .expression = ""});
  }
  std::ranges::move(query.columns, std::back_inserter(columns));
  if (columns.empty()) {
    CULVERT_ASSIGN_OR_RETURN(std::string name, ColumnToCount(source));
    columns.push_back({.name = std::move(name), .expression = ""});
  }
  query.columns = std::move(columns);
  return query;
}

Result<ColumnMapping> MapQuery(const SourceQuery& query,
                               const std::vector<record::Column>& result) {
  ColumnSide side = query.source;
  CULVERT_ASSIGN_OR_RETURN(std::vector<Column> columns, ResultColumns(query, result));
  side.schema.columns = std::move(columns);
  ColumnSide target = query.target;
  if (query.target_follows) {
    auto schema = SchemaOfList(side, query.rules);
    if (!schema) return Fail(ExplainNames(std::move(schema.error()), query));
    target.schema = *std::move(schema);
  }
  auto mapping = MapColumns(side, target, query.rules);
  if (!mapping) return Fail(ExplainNames(std::move(mapping.error()), query));
  return mapping;
}

std::vector<std::vector<std::size_t>> QueryGroups(std::size_t partitions, bool apart) {
  const std::size_t most = apart ? 1 : kPartitionsPerQueryMax;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < partitions; ++i) {
    if (i % most == 0) groups.emplace_back();
    groups.back().push_back(i);
  }
  return groups;
}

Result<std::string> SelectStatement(const SourceQuery& query,
                                    const std::vector<record::PartitionSpec>& partitions) {
  std::string sql;
  for (const QueryColumn& column : query.columns) {
    sql += sql.empty() ? "SELECT " : ", ";
    sql += column.expression.empty() ? SqlName(column.name)
                                     : "(" + column.expression + ") AS " + SqlName(column.name);
  }
  sql += " FROM " + SqlName(query.source.table) + " WHERE ";
  std::string among;
  for (const record::PartitionSpec& partition : partitions) {
    CULVERT_ASSIGN_OR_RETURN(const std::string condition, PartitionCondition(query, partition));
    among += (among.empty() ? "(" : " OR ") + std::string("(") + condition + ")";
  }
  if (!among.empty()) sql += among + ") AND ";
  sql += "(" + query.where + ");";
  if (sql.size() <= kSqlBytesMax) return sql;
  return Fail(InvalidArgument("the SELECT of table " + query.source.table + " has " +
                              std::to_string(sql.size()) + " bytes, the service takes " +
                              std::to_string(kSqlBytesMax) + ": name fewer columns or partitions")
                  .Because("InvalidSql"));
}

}  // namespace culvert::syncjob
