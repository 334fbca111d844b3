// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/row_writer.h"

#include "libs/maxcompute/limits.h"

#include <utility>

namespace culvert::emulator::sql {
namespace {

constexpr std::size_t kWriterSegmentBytes = std::size_t{64} * 1024 * 1024;

}  // namespace

RowWriter::RowWriter(SegmentStore& store,
                     std::shared_ptr<const maxcompute::wire::RecordLayout> layout)
    : store_(store),
      layout_(std::move(layout)),
      batch_(record::RecordBatch::Make(layout_->columns())) {}

Status RowWriter::Add(std::span<const Value> row) {
  const std::vector<record::Column>& columns = layout_->columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (Status appended = AppendCell(row[i], columns[i].type, batch_.columns[i]); !appended) {
      Error error = std::move(appended).error();
      error.message = "column " + columns[i].name + ": " + error.message;
      return Fail(std::move(error));
    }
  }
  ++batch_.rows;
  ++rows_;
  const bool full = batch_.rows >= record::RecordBatch::kRowsMax ||
                    batch_.ByteSize() >= record::RecordBatch::kBytesMax;
  return full ? FlushBatch() : Status();
}

Status RowWriter::FlushBatch() {
  if (batch_.rows == 0) return {};
  if (const auto violation =
          maxcompute::wire::CheckBatch(*layout_, batch_, 0, maxcompute::kFieldBytesMax)) {
    return Fail(InvalidArgument("column " + layout_->columns()[violation->column].name + ": " +
                                violation->reason));
  }
  maxcompute::wire::EncodeBatch(*layout_, batch_, records_, totals_);
  batch_.Clear();
  return records_.size() >= kWriterSegmentBytes ? FlushSegment() : Status();
}

Status RowWriter::FlushSegment() {
  if (records_.empty()) return {};
  bytes_ += records_.size();
  CULVERT_ASSIGN_OR_RETURN(SegmentPtr segment,
                           store_.Make(*layout_, std::exchange(records_, ByteBuffer())));
  segments_.push_back(std::move(segment));
  return {};
}

Result<std::vector<SegmentPtr>> RowWriter::Finish() {
  CULVERT_TRY(FlushBatch());
  CULVERT_TRY(FlushSegment());
  return std::move(segments_);
}

}  // namespace culvert::emulator::sql
