// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"
#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "runner/engine/convert_value.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/dirty_rows.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace culvert::runner {

/// Makes target rows of source rows, column by column; rows that do not fit are left out and
/// counted. One per download; not thread-safe.
class BatchConverter {
 public:
  /// For rows of source unit `unit`. kInvalidArgument/SchemaMismatch when a column has no
  /// conversion or a constant does not fit. `spec` must outlive it.
  static Result<BatchConverter> Make(const CopySpec& spec, std::size_t unit,
                                     std::uint64_t field_bytes_max);

  /// Replaces `out` by the rows of `in` that convert; returns how many did not. `first_row` is the
  /// number of in's first row within its unit, for samples.
  std::uint64_t Convert(const record::RecordBatch& in, std::uint64_t first_row, Logger& log,
                        DirtyRows& dirty, record::RecordBatch& out);

 private:
  struct Column {
    std::size_t source = 0;          // into the source layout; kSource only
    ConvertValue convert = nullptr;  // null: the vector is copied whole
    bool empty_as_null = false;
    bool literal = false;
    record::ColumnVector value;  // literal: one row, perhaps null
  };
  BatchConverter(const CopySpec& spec, std::size_t unit, std::uint64_t field_bytes_max)
      : spec_(&spec), unit_(unit), field_bytes_max_(field_bytes_max) {}
  Result<Column> MakeColumn(std::size_t index) const;
  void ConvertColumn(const Column& column, const record::Type& type, const record::RecordBatch& in,
                     std::size_t index, record::ColumnVector& out);
  void MarkDirty(std::size_t row, std::size_t column, std::string_view reason);
  void SampleDirty(std::uint64_t first_row, Logger& log, DirtyRows& dirty);

  struct Mark {
    std::size_t row = 0;
    std::size_t column = 0;
    std::string reason;
  };

  const CopySpec* spec_;
  std::size_t unit_;
  std::uint64_t field_bytes_max_;
  std::vector<Column> columns_;
  std::vector<std::uint8_t> is_dirty_;  // one per row of the batch
  std::vector<Mark> marks_;             // first reason of each dirty row
};

/// Drops the rows of `batch` whose flag is set.
void RemoveRows(const std::vector<std::uint8_t>& flags, record::RecordBatch& batch);

}  // namespace culvert::runner
