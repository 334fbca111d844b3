// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/convert_batch.h"

#include "libs/maxcompute/wire/record_stream.h"
#include "libs/record/text_type.h"
#include "runner/engine/fit_length.h"
#include "runner/engine/row_copy.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace culvert::runner {
namespace {

namespace wire = maxcompute::wire;
using record::ColumnVector;
using record::Physical;

// What is told of a row to everybody: the check of ranges names the number itself.
std::string Redacted(const DirtyMark& mark, const record::Type& type) {
  const bool number =
      record::PhysicalOf(type) != Physical::kBytes || type.kind == record::TypeKind::kDecimal;
  if (mark.reason != DirtyReason::kValueRefused || !number || mark.message.starts_with("null")) {
    return mark.message;
  }
  return "value does not fit " + type.ToString();
}

}  // namespace

Result<BatchConverter> BatchConverter::Make(const CopySpec& spec, std::size_t unit,
                                            std::uint64_t field_bytes_max) {
  BatchConverter converter(spec, unit, field_bytes_max);
  if (!spec.transforms().empty()) {
    CULVERT_ASSIGN_OR_RETURN(converter.transformer_, BatchTransformer::Make(spec, unit));
  }
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
  const auto changed = transformer_ ? transformer_->PlaceOf(index) : std::nullopt;
  const auto source = changed ? changed : spec_->source_columns()[index];
  if (source) {
    const record::Type from =
        changed ? record::Type{} : spec_->source_layout().columns()[*source].type;
    column.source = *source;
    column.empty_as_null = spec_->empty_as_null() && record::IsText(from.kind);
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

void BatchConverter::MarkDirty(DirtyMark mark) {
  if (is_dirty_[mark.row] != 0) return;
  is_dirty_[mark.row] = 1;
  marks_.push_back(std::move(mark));
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
      MarkDirty({.row = row,
                 .column = index,
                 .reason = DirtyReason::kConversionFailed,
                 .message = std::string(reason)});
    }
  }
}

void BatchConverter::SampleDirty(std::uint64_t first_row, Logger& log, DirtyRows& dirty) {
  for (const DirtyMark& mark : marks_) {
    const record::Type& type = spec_->target_layout().columns()[mark.column].type;
    dirty.Sample(log, {.job = spec_->plan().job,
                       .attempt = spec_->plan().attempt,
                       .partition = spec_->plan().sources[unit_].partition,
                       .row = first_row + mark.row,
                       .column = spec_->plan().columns[mark.column].target,
                       .reason = mark.reason,
                       .message = Redacted(mark, type)});
  }
}

const record::RecordBatch& BatchConverter::Transform(const record::RecordBatch& in, Lost& lost) {
  if (!transformer_) return in;
  transformer_->Transform(in, behind_, transformed_);
  lost.filtered = transformed_.filtered;
  return behind_;
}

BatchConverter::Lost BatchConverter::Convert(const record::RecordBatch& in, std::uint64_t first_row,
                                             Logger& log, DirtyRows& dirty,
                                             record::RecordBatch& out) {
  Lost lost;
  const record::RecordBatch& rows = Transform(in, lost);
  const auto& target = spec_->target_layout().columns();
  if (out.columns.size() != target.size()) out = record::RecordBatch::Make(target);
  out.Clear();
  is_dirty_.assign(rows.rows, 0);
  marks_.clear();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    ConvertColumn(columns_[i], target[i].type, rows, i, out.columns[i]);
    FitLengths(spec_->over_length_rule(), target[i].type, field_bytes_max_, out.columns[i]);
  }
  out.rows = rows.rows;
  for (std::size_t row = 0; row < out.rows;) {
    auto violation = wire::CheckBatch(spec_->target_layout(), out, row, field_bytes_max_);
    if (!violation) break;
    row = violation->row + 1;
    MarkDirty({.row = violation->row,
               .column = violation->column,
               .reason = DirtyReason::kValueRefused,
               .message = std::move(violation->reason)});
  }
  if (!marks_.empty()) RemoveRows(is_dirty_, out);
  if (transformer_) {
    for (DirtyMark& mark : marks_) mark.row = transformed_.kept[mark.row];
    std::ranges::move(transformed_.dirty, std::back_inserter(marks_));
  }
  std::ranges::sort(marks_, {}, &DirtyMark::row);
  lost.dirty = marks_.size();
  SampleDirty(first_row, log, dirty);
  return lost;
}

}  // namespace culvert::runner
