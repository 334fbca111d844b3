// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "emulator/sql/value.h"
#include "libs/record/record_batch.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace culvert::emulator::sql {

/// Turns rows into segments: batches, canonical records, then one segment per 64 MiB. Not
/// thread-safe. `store` must outlive it.
class RowWriter {
 public:
  RowWriter(SegmentStore& store, std::shared_ptr<const maxcompute::wire::RecordLayout> layout);

  /// One value a column, already of the column's type. kInvalidArgument or kOutOfRange with the
  /// column's name when a value does not fit, is too long, or is null where it must not be.
  Status Add(std::span<const Value> row);
  /// The rest; the writer is done then.
  Result<std::vector<SegmentPtr>> Finish();

  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const { return bytes_ + records_.size(); }

 private:
  Status FlushBatch();
  Status FlushSegment();

  SegmentStore& store_;
  std::shared_ptr<const maxcompute::wire::RecordLayout> layout_;
  record::RecordBatch batch_;
  ByteBuffer records_;
  maxcompute::wire::StreamTotals totals_;
  std::vector<SegmentPtr> segments_;
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_ = 0;  // of finished segments
};

}  // namespace culvert::emulator::sql
