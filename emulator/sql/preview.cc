// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/preview.h"

#include "emulator/sql/value.h"

#include <algorithm>
#include <utility>

namespace culvert::emulator::sql {
namespace {

constexpr std::uint64_t kRowsMax = 10'000;

/// Appends the first rows of a partition to `csv`; how many.
Result<std::uint64_t> AppendRows(const TableDef& table, const PartitionData& partition,
                                 const std::vector<std::size_t>& columns, std::uint64_t limit,
                                 std::string& csv) {
  const std::vector<record::Column>& data = table.columns.columns;
  const maxcompute::wire::RecordLayout layout(data);
  std::uint64_t rows = 0;
  for (const SegmentPtr& segment : partition.segments) {
    std::uint64_t next = 0;
    while (next < segment->rows() && rows < limit) {
      record::RecordBatch batch = record::RecordBatch::Make(data);
      maxcompute::wire::BatchDecoder decoder(layout);
      CULVERT_TRY(decoder.Decode(segment->bytes.subspan(segment->index.offsets[next]), batch));
      if (batch.rows == 0) return Fail(Internal("a stored record cannot be read back"));
      next += batch.rows;
      for (std::size_t row = 0; row < batch.rows && rows < limit; ++row, ++rows) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
          if (i > 0) csv += ',';
          const std::size_t column = columns[i];
          if (column < data.size()) {
            csv +=
                CsvCell(ReadCell(batch.columns[column], row, data[column].type), data[column].type);
          } else {
            csv += CsvCell(Value::Text(partition.spec.entries[column - data.size()].second),
                           ScalarType(record::TypeKind::kString));
          }
        }
        csv += '\n';
      }
    }
  }
  return rows;
}

}  // namespace

std::string CsvCell(const Value& value, const record::Type& type) {
  std::string text = DisplayText(value, type);
  if (value.storage != Storage::kText && value.storage != Storage::kBlob) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + "\"";
}

Result<std::string> PreviewCsv(const Catalog& catalog, const PreviewRequest& request) {
  CULVERT_ASSIGN_OR_RETURN(const auto table, catalog.FindTable(request.table));
  if (table->kind != TableKind::kManaged) {
    return Fail(InvalidArgument("table '" + table->name + "' is a view or an external table")
                    .Because("InvalidArgument"));
  }
  const std::size_t data_columns = table->columns.columns.size();
  std::vector<std::size_t> columns;
  for (const std::string& name : request.columns) {
    if (const auto column = table->columns.FindColumn(name)) {
      columns.push_back(*column);
    } else if (const auto key = table->columns.FindPartitionKey(name)) {
      columns.push_back(data_columns + *key);
    } else {
      return Fail(InvalidArgument("'" + name + "' is no column of table '" + table->name + "'")
                      .Because("InvalidColumn"));
    }
  }
  if (columns.empty()) {
    for (std::size_t i = 0; i < data_columns + table->columns.partition_keys.size(); ++i) {
      columns.push_back(i);
    }
  }
  std::vector<std::shared_ptr<const PartitionData>> partitions;
  if (!request.partition.empty() || table->columns.partition_keys.empty()) {
    CULVERT_ASSIGN_OR_RETURN(auto one, catalog.Snapshot(request.table, request.partition));
    partitions.push_back(std::move(one));
  } else {
    CULVERT_ASSIGN_OR_RETURN(partitions, catalog.ListPartitions(request.table));
  }
  std::string csv;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool key = columns[i] >= data_columns;
    const record::Column& column = key ? table->columns.partition_keys[columns[i] - data_columns]
                                       : table->columns.columns[columns[i]];
    csv += (i > 0 ? ",\"" : "\"") + column.name + "\"";
  }
  csv += '\n';
  std::uint64_t left = std::min(request.rows, kRowsMax);
  for (const auto& partition : partitions) {
    if (left == 0) break;
    CULVERT_ASSIGN_OR_RETURN(const std::uint64_t rows,
                             AppendRows(*table, *partition, columns, left, csv));
    left -= rows;
  }
  return csv;
}

}  // namespace culvert::emulator::sql
