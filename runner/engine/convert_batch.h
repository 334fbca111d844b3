// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"
#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "runner/engine/convert_value.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/dirty_rows.h"
#include "runner/engine/transform_batch.h"

#include <cstdint>
#include <optional>
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

  /// Rows of a batch that do not reach the target.
  struct Lost {
    std::uint64_t dirty = 0;
    std::uint64_t filtered = 0;  // left out by a transformer, on purpose
  };
  /// Replaces `out` by the rows of `in` that are left behind the transformers and convert.
  /// `first_row` is the number of in's first row within its unit, for samples.
  Lost Convert(const record::RecordBatch& in, std::uint64_t first_row, Logger& log,
               DirtyRows& dirty, record::RecordBatch& out);

  /// The dirty rows of the last batch, ascending.
  const std::vector<DirtyMark>& marks() const { return marks_; }

 private:
  struct Column {
    std::size_t source = 0;          // into the batch; not for literals
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
  const record::RecordBatch& Transform(const record::RecordBatch& in, Lost& lost);
  void MarkDirty(DirtyMark mark);
  void SampleDirty(std::uint64_t first_row, Logger& log, DirtyRows& dirty);

  const CopySpec* spec_;
  std::size_t unit_;
  std::uint64_t field_bytes_max_;
  std::vector<Column> columns_;
  std::optional<BatchTransformer> transformer_;
  BatchTransformer::Outcome transformed_;
  record::RecordBatch behind_;          // the transformers
  std::vector<std::uint8_t> is_dirty_;  // one per row that is converted
  std::vector<DirtyMark> marks_;        // first reason of each dirty row
};

}  // namespace culvert::runner
