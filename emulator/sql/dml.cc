// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/preview.h"
#include "emulator/sql/row_writer.h"
#include "emulator/sql/run_context.h"
#include "emulator/sql/sqlite_query.h"
#include "emulator/sql/value.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace culvert::emulator::sql {
namespace {

using record::Column;
using record::TypeKind;

constexpr std::size_t kDynamicPartitionsMax =
    2000;  // vendor page "Insert data into dynamic partitions"

std::string CsvLine(std::span<const Value> row, const std::vector<Column>& columns) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line += ',';
    line += CsvCell(row[i], columns[i].type);
  }
  return line + "\n";
}

/// The result's columns; names that occur twice get a number behind.
std::vector<Column> ResultColumns(const BoundQuery& query) {
  std::vector<Column> columns;
  std::set<std::string> names;
  for (const OutputColumn& output : query.columns) {
    Column column;
    column.name = output.name;
    for (int number = 1; !names.insert(record::FoldName(column.name)).second; ++number) {
      column.name = output.name + "_" + std::to_string(number);
    }
    column.type = output.type;
    columns.push_back(std::move(column));
  }
  return columns;
}

/// Where each value of a row of INSERT goes.
class InsertPlan {
 public:
  static Result<InsertPlan> Make(const RunContext& run, const Insert& statement,
                                 const TableDef& table, const BoundQuery& query) {
    InsertPlan plan(table, query);
    CULVERT_TRY(plan.PlanPartition(run, statement));
    CULVERT_TRY(plan.PlanColumns(statement));
    return plan;
  }

  /// The record's values; those that the query does not give are defaults or null.
  Result<std::vector<Value>> Record(std::span<const Value> row) const {
    std::vector<Value> record = defaults_;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      const Column& column = table_.columns.columns[targets_[i]];
      Result<Value> value =
          CastValue(row[i], query_.columns[i].type, column.type, CastMode::kAssign);
      if (!value) {
        Error error = std::move(value).error();
        error.message = "column " + column.name + ": " + error.message;
        return Fail(std::move(error));
      }
      record[targets_[i]] = *std::move(value);
    }
    return record;
  }

  Result<record::PartitionSpec> Partition(std::span<const Value> row) const {
    record::PartitionSpec spec = static_part_;
    for (std::size_t i = 0; i < dynamic_keys_.size(); ++i) {
      const Column& key = table_.columns.partition_keys[dynamic_keys_[i]];
      const std::size_t place = targets_.size() + i;
      CULVERT_ASSIGN_OR_RETURN(const Value value, CastValue(row[place], query_.columns[place].type,
                                                            key.type, CastMode::kAssign));
      if (value.is_null() || DisplayText(value, key.type).empty()) {
        return Fail(InvalidArgument("partition key " + key.name + " is null or empty"));
      }
      spec.entries.emplace_back(record::FoldName(key.name), DisplayText(value, key.type));
    }
    return spec;
  }

  bool dynamic() const { return !dynamic_keys_.empty(); }
  const record::PartitionSpec& static_part() const { return static_part_; }

 private:
  InsertPlan(const TableDef& table, const BoundQuery& query) : table_(table), query_(query) {}

  Status PlanPartition(const RunContext& run, const Insert& statement) {
    const std::vector<Column>& keys = table_.columns.partition_keys;
    // Without the clause every key is dynamic.
    if (statement.partition.empty()) {
      for (std::size_t i = 0; i < keys.size(); ++i) dynamic_keys_.push_back(i);
      return {};
    }
    if (statement.partition.size() != keys.size()) {
      return Fail(SemanticError(statement.name.at, "table " + run.FullName(statement.name) +
                                                       " has " + std::to_string(keys.size()) +
                                                       " partition keys"));
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto given = std::ranges::find_if(statement.partition, [&](const PartitionTarget& t) {
        return record::SameName(t.key, keys[i].name);
      });
      if (given == statement.partition.end()) {
        return Fail(
            SemanticError(statement.name.at, "partition key " + keys[i].name + " is missing"));
      }
      if (!given->value) {
        dynamic_keys_.push_back(i);
        continue;
      }
      if (!dynamic_keys_.empty()) {
        return Fail(SemanticError(statement.name.at,
                                  "a static partition key cannot be behind a dynamic one"));
      }
      const auto value = CastValue(Value::Text(*given->value), ScalarType(TypeKind::kString),
                                   keys[i].type, CastMode::kAssign);
      if (!value) return Fail(SemanticError(statement.name.at, value.error().message));
      static_part_.entries.emplace_back(record::FoldName(keys[i].name), *given->value);
    }
    return {};
  }

  Status PlanColumns(const Insert& statement) {
    const std::vector<Column>& columns = table_.columns.columns;
    if (statement.columns.empty()) {
      for (std::size_t i = 0; i < columns.size(); ++i) targets_.push_back(i);
    }
    for (const std::string& name : statement.columns) {
      // Dynamic keys may be listed too, as the last ones; they are taken by their place.
      if (table_.columns.FindPartitionKey(name)) continue;
      const auto column = table_.columns.FindColumn(name);
      if (!column) {
        return Fail(SemanticError(statement.name.at, "column " + name + " cannot be resolved"));
      }
      if (std::ranges::find(targets_, *column) != targets_.end()) {
        return Fail(SemanticError(statement.name.at, "column " + name + " is given twice"));
      }
      targets_.push_back(*column);
    }
    const std::size_t wanted = targets_.size() + dynamic_keys_.size();
    if (query_.columns.size() != wanted) {
      return Fail(SemanticError(statement.name.at, "wrong columns count " +
                                                       std::to_string(query_.columns.size()) +
                                                       " in data source, requires " +
                                                       std::to_string(wanted) + " columns"));
    }
    defaults_.resize(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool given = std::ranges::find(targets_, i) != targets_.end();
      if (given || !columns[i].default_value || *columns[i].default_value == "null") continue;
      CULVERT_ASSIGN_OR_RETURN(defaults_[i], CastValue(Value::Text(*columns[i].default_value),
                                                       ScalarType(TypeKind::kString),
                                                       columns[i].type, CastMode::kAssign));
    }
    return {};
  }

  const TableDef& table_;
  const BoundQuery& query_;
  record::PartitionSpec static_part_;
  std::vector<std::size_t> dynamic_keys_;
  std::vector<std::size_t> targets_;  // column of each value of a row
  std::vector<Value> defaults_;       // one a column
};

Error InsertError(Error error) {
  if (!error.message.starts_with("ODPS-")) {
    error.message = "ODPS-0123091:Illegal type cast - " + error.message;
  }
  return error;
}

/// Adds the partition when it is missing, then shows the rows.
Status PublishRows(RunContext& run, const TableKey& key, const record::PartitionSpec& spec,
                   Catalog::Mode mode, std::vector<SegmentPtr> segments) {
  if (!spec.empty()) {
    const Status added = run.catalog.AddPartition(key, spec);
    if (!added && added.error().code != ErrorCode::kAlreadyExists) return added;
  }
  return run.catalog.Publish(key, spec, mode, std::move(segments));
}

}  // namespace

Result<Outcome> RunInsert(RunContext& run, const Insert& statement) {
  CULVERT_ASSIGN_OR_RETURN(const auto table, run.FindManaged(statement.name));
  CULVERT_ASSIGN_OR_RETURN(const BoundQuery query, BindQuery(*statement.query, run));
  CULVERT_ASSIGN_OR_RETURN(const InsertPlan plan, InsertPlan::Make(run, statement, *table, query));
  const auto layout =
      std::make_shared<const maxcompute::wire::RecordLayout>(table->columns.columns);
  std::map<record::PartitionSpec, RowWriter> writers;
  if (!plan.dynamic()) {
    writers.try_emplace(plan.static_part(), run.segments, layout);  // also when no row comes
  }
  const Status written = RunQuery(run.op, query, [&](std::span<const Value> row) -> Status {
    CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec spec, plan.Partition(row));
    CULVERT_ASSIGN_OR_RETURN(const std::vector<Value> record, plan.Record(row));
    if (!writers.contains(spec) && writers.size() >= kDynamicPartitionsMax) {
      return Fail(InvalidArgument("the insert writes more than 2000 dynamic partitions"));
    }
    return writers.try_emplace(spec, run.segments, layout).first->second.Add(record);
  });
  if (!written) return Fail(InsertError(written.error()));
  std::map<record::PartitionSpec, std::vector<SegmentPtr>> finished;
  for (auto& [spec, writer] : writers) {
    Result<std::vector<SegmentPtr>> segments = writer.Finish();
    if (!segments) return Fail(InsertError(segments.error()));
    finished[spec] = *std::move(segments);
  }
  CULVERT_TRY(run.op.Check());
  const TableKey key = run.KeyOf(statement.name);
  const auto mode = statement.overwrite ? Catalog::Mode::kOverwrite : Catalog::Mode::kAppend;
  for (auto& [spec, segments] : finished) {
    const Status published = PublishRows(run, key, spec, mode, std::move(segments));
    if (!published) return Fail(DdlError(published.error()));
  }
  return Outcome{};
}

Status InsertAll(RunContext& run, const TableDef& table, const BoundQuery& query) {
  const auto layout = std::make_shared<const maxcompute::wire::RecordLayout>(table.columns.columns);
  RowWriter writer(run.segments, layout);
  if (const Status written =
          RunQuery(run.op, query, [&](std::span<const Value> row) { return writer.Add(row); });
      !written) {
    return Fail(InsertError(written.error()));
  }
  CULVERT_ASSIGN_OR_RETURN(std::vector<SegmentPtr> segments, writer.Finish());
  return run.catalog.Publish(MakeTableKey(table.project, table.schema, table.name), {},
                             Catalog::Mode::kAppend, std::move(segments));
}

Result<Outcome> RunSelect(RunContext& run, const Query& query) {
  CULVERT_ASSIGN_OR_RETURN(const BoundQuery bound, BindQuery(query, run));
  Outcome outcome;
  outcome.format = "csv";
  ResultSet result;
  result.schema.columns = ResultColumns(bound);
  result.layout = std::make_shared<const maxcompute::wire::RecordLayout>(result.schema.columns);
  for (std::size_t i = 0; i < result.schema.columns.size(); ++i) {
    outcome.text += (i > 0 ? ",\"" : "\"") + result.schema.columns[i].name + "\"";
  }
  outcome.text += "\n";
  RowWriter writer(run.segments, result.layout);
  const Status written = RunQuery(run.op, bound, [&](std::span<const Value> row) -> Status {
    if (writer.rows() < kCsvRowsMax) outcome.text += CsvLine(row, result.schema.columns);
    if (writer.bytes() > kResultBytesMax) {
      return Fail(ResourceExhausted("ODPS-0130071:the result is larger than 2 GiB"));
    }
    return writer.Add(row);
  });
  if (!written) return Fail(InsertError(written.error()));
  Result<std::vector<SegmentPtr>> segments = writer.Finish();
  if (!segments) return Fail(InsertError(segments.error()));
  result.segments = *std::move(segments);
  outcome.rows = std::move(result);
  return outcome;
}

}  // namespace culvert::emulator::sql
