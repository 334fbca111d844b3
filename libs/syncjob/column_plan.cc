// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/column_plan.h"

#include "libs/record/text_type.h"
#include "libs/syncjob/conversion.h"
#include "libs/syncjob/internal/suggest.h"
#include "libs/syncjob/transformer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace culvert::syncjob {
namespace {

using record::Column;
using record::Schema;
using record::TypeKind;
using From = ColumnPlan::From;

Error Mismatch(std::string message) {
  return InvalidArgument(std::move(message)).Because("SchemaMismatch");
}

/// One entry of the source list, resolved.
struct Value {
  From from = From::kSource;
  std::string text;              // constant, or the name as the table spells it
  std::size_t index = 0;         // kSource: column
  TransformedColumn after = {};  // behind the transformers
};

/// `'it''s'` -> `it's`; nothing when `entry` is not in single quotes.
std::optional<std::string> ConstantOf(std::string_view entry) {
  if (entry.size() < 2 || entry.front() != '\'' || entry.back() != '\'') return std::nullopt;
  std::string text;
  const std::string_view inner = entry.substr(1, entry.size() - 2);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    text += inner[i];
    if (inner[i] == '\'' && i + 1 < inner.size() && inner[i + 1] == '\'') ++i;
  }
  return text;
}

Error UnknownColumn(std::string_view side, const ColumnSide& table, std::string_view name,
                    bool with_keys) {
  std::vector<std::string_view> known;
  known.reserve(table.schema.columns.size() + table.schema.partition_keys.size());
  for (const Column& column : table.schema.columns) known.emplace_back(column.name);
  if (with_keys) {
    for (const Column& key : table.schema.partition_keys) known.emplace_back(key.name);
  }
  const std::string hint = internal::DidYouMean(name, known);
  return Mismatch(std::string(side) + " column '" + std::string(name.substr(0, 128)) +
                  "' is not in table " + table.table +
                  (hint.empty() ? ", which has " + internal::ListOf(known) : hint));
}

Error CharUnsupported(const ColumnSide& source, const Column& column) {
  return Unimplemented(
             "source column '" + column.name + "' of table " + source.table + " is a " +
             column.type.ToString() +
             ", which batch download does not offer: leave it out, change it to varchar or "
             "string, or try readCharAsString: true")
      .Because("CharReadUnsupported");
}

Result<Value> ResolveEntry(const ColumnSide& source, std::string_view entry,
                           const ValueRules& rules) {
  if (std::optional<std::string> constant = ConstantOf(entry)) {
    return Value{.from = From::kConstant, .text = *std::move(constant), .index = 0};
  }
  const Schema& schema = source.schema;
  if (const auto index = schema.FindColumn(entry)) {
    if (schema.columns[*index].type.kind == TypeKind::kChar && !rules.read_char_as_string) {
      return Fail(CharUnsupported(source, schema.columns[*index]));
    }
    return Value{.from = From::kSource, .text = schema.columns[*index].name, .index = *index};
  }
  if (const auto key = schema.FindPartitionKey(entry)) {
    return Value{.from = From::kPartition, .text = schema.partition_keys[*key].name, .index = 0};
  }
  if (entry.find('(') != std::string_view::npos) {
    return Fail(InvalidArgument("source column '" + std::string(entry.substr(0, 128)) +
                                "' is a function: " + std::string(kFunctionsNeedWhere))
                    .Because("InvalidSql"));
  }
  return Fail(UnknownColumn("source", source, entry, true));
}

Result<std::vector<Value>> ResolveSource(const ColumnSide& source, const ValueRules& rules) {
  std::vector<Value> values;
  if (source.list.size() == 1 && source.list[0] == "*") {
    for (std::size_t i = 0; i < source.schema.columns.size(); ++i) {
      const Column& column = source.schema.columns[i];
      if (column.type.kind == TypeKind::kChar && !rules.read_char_as_string) {
        return Fail(CharUnsupported(source, column));
      }
      values.push_back({.from = From::kSource, .text = column.name, .index = i});
    }
    return values;
  }
  for (const std::string& entry : source.list) {
    CULVERT_ASSIGN_OR_RETURN(Value value, ResolveEntry(source, entry, rules));
    values.push_back(std::move(value));
  }
  return values;
}

/// Indexes of the target columns, in the order of the list.
Result<std::vector<std::size_t>> ResolveTarget(const ColumnSide& target) {
  std::vector<std::size_t> indexes;
  if (target.list.size() == 1 && target.list[0] == "*") {
    for (std::size_t i = 0; i < target.schema.columns.size(); ++i) indexes.push_back(i);
    return indexes;
  }
  std::set<std::size_t> seen;
  for (const std::string& name : target.list) {
    const auto index = target.schema.FindColumn(name);
    if (!index && target.schema.FindPartitionKey(name)) {
      return Fail(Mismatch("target column '" + name + "' is a partition key of table " +
                           target.table + ": its value is given by 'partition', not by a column"));
    }
    if (!index) return Fail(UnknownColumn("target", target, name, false));
    if (!seen.insert(*index).second) {
      return Fail(Mismatch("target column '" + name + "' is named twice"));
    }
    indexes.push_back(*index);
  }
  return indexes;
}

ColumnPlan NullFor(const Column& column) {
  return {.target = column.name,
          .target_type = column.type.ToString(),
          .target_nullable = column.nullable,
          .from = From::kNull,
          .source = "",
          .source_type = ""};
}

/// Fills the plan of one target column; raises `route` to what the column needs.
Status MapColumn(const ColumnSide& source, const Value& value, const Column& into,
                 const ValueRules& rules, ColumnPlan& plan, Route& route) {
  plan.from = value.from;
  plan.source = value.text;
  if (value.from == From::kPartition || value.from == From::kConstant) {
    route = std::max(route, Route::kTranscode);
    if (into.type.IsNested()) {
      return Fail(Mismatch("target column '" + into.name + "' is a " + into.type.ToString() +
                           ", which takes no constant and no partition value"));
    }
    if (value.from == From::kConstant && value.text.empty() && rules.empty_as_null &&
        !value.after.named) {
      if (!plan.target_nullable) {
        return Fail(Mismatch("target column '" + into.name +
                             "' is NOT NULL, and emptyAsNull makes its empty constant null"));
      }
      plan = NullFor(into);
    }
    return {};
  }
  const Column& from = source.schema.columns[value.index];
  plan.source_type = from.type.ToString();
  const record::Type& type = value.after.type;
  const Conversion conversion = ConversionBetween(type, into.type);
  if (conversion == Conversion::kNone) {
    return Fail(Mismatch("source column '" + from.name + "' (" + type.ToString() +
                         (value.after.changed ? " after its transformers" : "") +
                         ") cannot become target column '" + into.name + "' (" + plan.target_type +
                         ")"));
  }
  const bool makes_nulls = rules.empty_as_null && record::IsText(type.kind);
  if (type != into.type || makes_nulls) route = std::max(route, Route::kTranscode);
  // Where a single value may not fit, rows have to be judged one by one.
  const bool may_break_null = !plan.target_nullable && (from.nullable || makes_nulls);
  const bool may_be_cut =
      rules.over_length_rule != OverLengthRule::kDirty && record::IsTextOrBinary(into.type.kind);
  if (conversion == Conversion::kConvert || may_break_null || may_be_cut) route = Route::kTyped;
  return {};
}

/// What the transformers make of the values of the list.
Status TransformValues(const ColumnSide& source, const std::vector<Transformer>& transformers,
                       std::vector<Value>& values) {
  std::vector<record::Type> types;
  for (const Value& value : values) {
    const bool read = value.from == From::kSource;
    types.push_back(read ? source.schema.columns[value.index].type : record::Type{});
  }
  CULVERT_ASSIGN_OR_RETURN(std::vector<TransformedColumn> after, ColumnsAfter(transformers, types));
  for (std::size_t i = 0; i < values.size(); ++i) values[i].after = std::move(after[i]);
  return {};
}

/// What is read when the list names no column at all: rows have to be counted, so the cheapest one.
Result<std::size_t> CheapestColumn(const ColumnSide& source) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < source.schema.columns.size(); ++i) {
    const record::Type& type = source.schema.columns[i].type;
    if (type.kind == TypeKind::kChar) continue;
    if (type.kind < TypeKind::kDecimal) return i;
    if (!found) found = i;
  }
  if (found) return *found;
  return Fail(Unimplemented("table " + source.table + " has no column that batch download offers")
                  .Because("CharReadUnsupported"));
}

void WarnAboutNulls(const ColumnSide& target, const std::vector<Value>& values,
                    const std::vector<std::size_t>& indexes, ColumnMapping& mapping) {
  if (values.size() < indexes.size()) {
    mapping.warnings.push_back("the source lists " + std::to_string(values.size()) +
                               " columns and the target " + std::to_string(indexes.size()) +
                               ": the rest becomes null");
  }
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    if (mapping.columns[i].from != From::kNull) continue;
    const Column& column = target.schema.columns[i];
    std::string warning = "target column '" + column.name + "' becomes null in every row";
    if (column.default_value)
      warning += ", its default " + *column.default_value + " does not apply";
    mapping.warnings.push_back(std::move(warning));
  }
}

void WarnAboutStar(const ColumnSide& side, std::string_view name, ColumnMapping& mapping) {
  if (!side.named_by_user || side.list.size() != 1 || side.list[0] != "*") return;
  mapping.warnings.push_back(std::string(name) + " column [\"*\"] follows table " + side.table +
                             ": columns added, dropped or moved there change the copy");
}

}  // namespace

ValueRules ValueRulesOf(const SyncJobSpec& spec) {
  ValueRules rules{.transformers = spec.transformers};
  if (const auto* read = std::get_if<MaxComputeSource>(&spec.source)) {
    rules.read_char_as_string = read->read_char_as_string;
  }
  if (const auto* write = std::get_if<MaxComputeTarget>(&spec.target)) {
    rules.empty_as_null = write->empty_as_null;
    rules.null_varchar_as_dirty = write->null_varchar_as_dirty;
    rules.over_length_rule = write->over_length_rule;
  }
  return rules;
}

Result<ColumnMapping> MapColumns(const ColumnSide& source, const ColumnSide& target,
                                 const ValueRules& rules) {
  CULVERT_ASSIGN_OR_RETURN(std::vector<Value> values, ResolveSource(source, rules));
  CULVERT_TRY(TransformValues(source, rules.transformers, values));
  CULVERT_ASSIGN_OR_RETURN(const std::vector<std::size_t> indexes, ResolveTarget(target));
  if (values.size() > indexes.size()) {
    return Fail(Mismatch("the source lists " + std::to_string(values.size()) +
                         " columns, but the target only " + std::to_string(indexes.size()) +
                         ": both lists are paired by position"));
  }
  ColumnMapping mapping;
  for (const Column& column : target.schema.columns) {
    ColumnPlan& plan = mapping.columns.emplace_back(NullFor(column));
    if (rules.null_varchar_as_dirty && column.type.kind == TypeKind::kVarchar) {
      plan.target_nullable = false;
    }
  }
  std::set<std::size_t> read;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Column& into = target.schema.columns[indexes[i]];
    ColumnPlan& plan = mapping.columns[indexes[i]];
    CULVERT_TRY(MapColumn(source, values[i], into, rules, plan, mapping.route));
    if (values[i].after.named) plan.column_index = static_cast<std::uint32_t>(i);
    if (values[i].from == From::kSource) read.insert(values[i].index);
  }
  if (read.empty()) {
    CULVERT_ASSIGN_OR_RETURN(const std::size_t cheapest, CheapestColumn(source));
    read.insert(cheapest);
  }
  for (const std::size_t index : read) {
    mapping.read_columns.push_back(source.schema.columns[index].name);
    mapping.read_column_types.push_back(source.schema.columns[index].type.ToString());
  }
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    const ColumnPlan& column = mapping.columns[i];
    if (column.from == From::kNull && !column.target_nullable) {
      return Fail(Mismatch("target column '" + column.target +
                           "' is NOT NULL and has no source column: map it"));
    }
    const bool in_place = column.from == From::kSource && i < mapping.read_columns.size() &&
                          mapping.read_columns[i] == column.source;
    if (!in_place) mapping.route = std::max(mapping.route, Route::kTranscode);
  }
  if (mapping.read_columns.size() != mapping.columns.size()) {
    mapping.route = std::max(mapping.route, Route::kTranscode);
  }
  // Rows are looked at one by one.
  if (!rules.transformers.empty()) mapping.route = Route::kTyped;
  WarnAboutStar(source, "source", mapping);
  WarnAboutStar(target, "target", mapping);
  WarnAboutNulls(target, values, indexes, mapping);
  return mapping;
}

Result<Schema> SchemaOfList(const ColumnSide& source, const ValueRules& rules) {
  CULVERT_ASSIGN_OR_RETURN(std::vector<Value> values, ResolveSource(source, rules));
  CULVERT_TRY(TransformValues(source, rules.transformers, values));
  Schema schema;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Column column;
    if (values[i].from == From::kSource) {
      column = source.schema.columns[values[i].index];
      column.default_value.reset();
    } else if (values[i].from == From::kPartition) {
      column.name = values[i].text;
    } else {
      column.name = "constant";
    }
    if (values[i].after.changed) {
      column.type = values[i].after.type;
      column.nullable = true;
    }
    // Names are unique in a schema; a value read twice is told apart by its place.
    while (schema.FindColumn(column.name)) {
      column.name += "_" + std::to_string(i + 1);
    }
    schema.columns.push_back(std::move(column));
  }
  return schema;
}

}  // namespace culvert::syncjob
