// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/convert_batch.h"

#include "libs/maxcompute/wire/record_stream.h"

#include <algorithm>
#include <string>
#include <utility>

namespace culvert::runner {
namespace {

namespace wire = maxcompute::wire;
using record::ColumnVector;
using record::Physical;

bool IsText(const record::Type& type) {
  return type.kind == record::TypeKind::kString || type.kind == record::TypeKind::kVarchar ||
         type.kind == record::TypeKind::kChar;
}

void AppendRow(const ColumnVector& from, std::size_t row, ColumnVector& to) {
  if (from.present[row] == 0) return to.AppendNull();
  switch (from.physical) {
    case Physical::kInt64:
      return to.AppendInt64(from.int64s[row]);
    case Physical::kFloat:
      return to.AppendFloat(from.floats[row]);
    case Physical::kDouble:
      return to.AppendDouble(from.doubles[row]);
    case Physical::kTimestamp:
      return to.AppendTimestamp(from.int64s[row], from.nanos[row]);
    case Physical::kBytes:
    case Physical::kNested:
      return to.AppendBytes(from.BytesAt(row));
  }
}

}  // namespace

void RemoveRows(const std::vector<std::uint8_t>& flags, record::RecordBatch& batch) {
  std::size_t kept = 0;
  for (ColumnVector& column : batch.columns) {
    ColumnVector clean;
    clean.physical = column.physical;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (flags[row] == 0) AppendRow(column, row, clean);
    }
    column = std::move(clean);
  }
  for (std::size_t row = 0; row < batch.rows; ++row)
    kept += static_cast<std::size_t>(flags[row] == 0);
  batch.rows = kept;
}

Result<BatchConverter> BatchConverter::Make(const CopySpec& spec, std::size_t unit,
                                            std::uint64_t field_bytes_max) {
  BatchConverter converter(spec, unit, field_bytes_max);
  for (std::size_t i = 0; i < spec.plan().columns.size(); ++i) {
    auto column = converter.MakeColumn(i);
    if (!column) {
      return Fail(std::move(column.error())
                      .With("column", spec.plan().columns[i].target)
                      .Because("SchemaMismatch"));
    }
    converter.columns_.push_back(*std::move(column));
  }
  return converter;
}

Result<BatchConverter::Column> BatchConverter::MakeColumn(std::size_t index) const {
  const record::Type& to = spec_->target_layout().columns()[index].type;
  Column column;
  if (const auto source = spec_->source_columns()[index]) {
    const record::Type& from = spec_->source_layout().columns()[*source].type;
    column.source = *source;
    column.empty_as_null = spec_->empty_as_null() && IsText(from);
    column.convert = FindConversion(from, to);
    if (column.convert == nullptr) {
      return Fail(InvalidArgument("there is no conversion from " + from.ToString() + " to " +
                                  to.ToString()));
    }
    if (from == to && !column.empty_as_null) column.convert = nullptr;
    return column;
  }
  column.literal = true;
  column.value.physical = record::PhysicalOf(to);
  if (spec_->plan().columns[index].from == syncjob::ColumnPlan::From::kNull) {
    column.value.AppendNull();
    return column;
  }
  CULVERT_ASSIGN_OR_RETURN(const std::string text, spec_->LiteralText(index, unit_));
  ColumnVector literal;
  literal.physical = Physical::kBytes;
  literal.AppendBytes(text);
  record::Type text_type;
  text_type.kind = record::TypeKind::kString;
  const ConvertValue convert = FindConversion(text_type, to);
  const std::string_view reason = convert == nullptr ? "there is no literal of this type"
                                                     : convert(literal, 0, to, column.value);
  if (!reason.empty()) {
    return Fail(InvalidArgument("'" + text + "' does not fit " + to.ToString() + ": " +
                                std::string(reason)));
  }
  return column;
}

void BatchConverter::MarkDirty(std::size_t row, std::size_t column, std::string_view reason) {
  if (is_dirty_[row] != 0) return;
  is_dirty_[row] = 1;
  marks_.push_back({.row = row, .column = column, .reason = std::string(reason)});
}

void BatchConverter::ConvertColumn(const Column& column, const record::Type& type,
                                   const record::RecordBatch& in, std::size_t index,
                                   ColumnVector& out) {
  if (column.literal) {
    for (std::size_t row = 0; row < in.rows; ++row) AppendRow(column.value, 0, out);
    return;
  }
  const ColumnVector& from = in.columns[column.source];
  if (column.convert == nullptr) {
    out = from;
    return;
  }
  for (std::size_t row = 0; row < in.rows; ++row) {
    if (from.present[row] == 0 || (column.empty_as_null && from.BytesAt(row).empty())) {
      out.AppendNull();
      continue;
    }
    const std::string_view reason = column.convert(from, row, type, out);
    if (!reason.empty()) {
      out.AppendNull();  // keeps the columns in step; the row goes below
      MarkDirty(row, index, reason);
    }
  }
}

void BatchConverter::SampleDirty(std::uint64_t first_row, Logger& log, DirtyRows& dirty) {
  for (const Mark& mark : marks_) {
    dirty.Sample(log, {.partition = spec_->plan().sources[unit_].partition,
                       .row = first_row + mark.row,
                       .column = spec_->plan().columns[mark.column].target,
                       .reason = mark.reason});
  }
}

std::uint64_t BatchConverter::Convert(const record::RecordBatch& in, std::uint64_t first_row,
                                      Logger& log, DirtyRows& dirty, record::RecordBatch& out) {
  const auto& target = spec_->target_layout().columns();
  if (out.columns.size() != target.size()) out = record::RecordBatch::Make(target);
  out.Clear();
  is_dirty_.assign(in.rows, 0);
  marks_.clear();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    ConvertColumn(columns_[i], target[i].type, in, i, out.columns[i]);
  }
  out.rows = in.rows;
  for (std::size_t row = 0; row < out.rows;) {
    const auto violation = wire::CheckBatch(spec_->target_layout(), out, row, field_bytes_max_);
    if (!violation) break;
    MarkDirty(violation->row, violation->column, violation->reason);
    row = violation->row + 1;
  }
  if (marks_.empty()) return 0;
  SampleDirty(first_row, log, dirty);
  RemoveRows(is_dirty_, out);
  return marks_.size();
}

}  // namespace culvert::runner
