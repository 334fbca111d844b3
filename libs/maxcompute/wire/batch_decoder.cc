// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_parser.h"
#include "libs/maxcompute/wire/record_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace culvert::maxcompute::wire {
namespace {

using record::ColumnVector;
using record::Physical;
using record::RecordBatch;

// Room for rows is made ahead by a guess at their size, and doubled where they are smaller.
constexpr std::size_t kValueBytes = 8;
constexpr std::size_t kFirstRowsMin = 16;
constexpr std::size_t kFirstBytesMin = 64;  // of a column of strings, before it grows
constexpr std::size_t kColumnBytesMax = std::numeric_limits<std::uint32_t>::max();

/// Where the next rows of one column go: storage that is there already, filled with zero values.
struct ColumnEnd {
  std::uint8_t* present = nullptr;
  std::int64_t* int64s = nullptr;
  std::int32_t* nanos = nullptr;
  float* floats = nullptr;
  double* doubles = nullptr;
  std::uint32_t* ends = nullptr;
  char* bytes = nullptr;
  std::size_t size = 0;      // of `bytes` in use
  std::size_t capacity = 0;  // of `bytes`
  std::size_t row_size = 0;  // `size` before the value last written
};

void Resize(ColumnVector& column, std::size_t rows) {
  column.present.resize(rows);
  switch (column.physical) {
    case Physical::kInt64:
      column.int64s.resize(rows);
      break;
    case Physical::kFloat:
      column.floats.resize(rows);
      break;
    case Physical::kDouble:
      column.doubles.resize(rows);
      break;
    case Physical::kBytes:
    case Physical::kNested:
      column.ends.resize(rows);
      break;
    case Physical::kTimestamp:
      column.int64s.resize(rows);
      column.nanos.resize(rows);
      break;
  }
}

/// Grows every column to its room first and writes by index, so that a value costs a store and no
/// call.
class BatchSink {
 public:
  BatchSink(RecordBatch& batch, std::size_t window_bytes)
      : batch_(batch), row_(batch.rows), batch_bytes_(batch.ByteSize()) {
    const std::size_t columns = std::max<std::size_t>(1, batch.columns.size());
    const std::size_t rows = std::max(kFirstRowsMin, window_bytes / (columns * kValueBytes));
    room_ = std::max(row_, std::min(RecordBatch::kRowsMax, row_ + rows));
    first_bytes_ =
        std::max(kFirstBytesMin, std::min(window_bytes, RecordBatch::kBytesMax) / columns);
    ends_.resize(batch.columns.size());
    for (std::size_t i = 0; i < ends_.size(); ++i) Open(batch.columns[i], ends_[i]);
  }

  bool WantsRecord(std::size_t parsed_bytes) const {
    return row_ < RecordBatch::kRowsMax &&
           (row_ == 0 || batch_bytes_ + parsed_bytes < RecordBatch::kBytesMax);
  }
  void BeginRecord(const std::uint8_t* /*record*/) {
    if (row_ == room_) [[unlikely]] {
      GrowRoom();
    }
    if (!begun_) {
      begun_ = true;
      return;
    }
    for (ColumnEnd& end : ends_) {  // the same record again: takes back what was written
      if (end.present[row_] != 0 && end.bytes != nullptr) end.size = end.row_size;
      end.present[row_] = 0;
    }
  }
  void Int(std::size_t column, std::int64_t value, const std::uint8_t* /*raw*/,
           const std::uint8_t* /*raw_end*/) {
    const ColumnEnd& end = ends_[column];
    end.present[row_] = 1;
    end.int64s[row_] = value;
  }
  void Fixed32(std::size_t column, std::uint32_t bits, const std::uint8_t* /*raw*/) {
    const ColumnEnd& end = ends_[column];
    end.present[row_] = 1;
    end.floats[row_] = std::bit_cast<float>(bits);
  }
  void Fixed64(std::size_t column, std::uint64_t bits, const std::uint8_t* /*raw*/) {
    const ColumnEnd& end = ends_[column];
    end.present[row_] = 1;
    end.doubles[row_] = std::bit_cast<double>(bits);
  }
  void Time(std::size_t column, std::int64_t seconds, std::int32_t nanos,
            const std::uint8_t* /*raw*/, const std::uint8_t* /*raw_end*/) {
    const ColumnEnd& end = ends_[column];
    end.present[row_] = 1;
    end.int64s[row_] = seconds;
    end.nanos[row_] = nanos;
  }
  void Bytes(std::size_t column, const std::uint8_t* /*raw*/, const std::uint8_t* content,
             std::size_t size) {
    ColumnEnd& end = ends_[column];
    if (end.capacity - end.size < size) [[unlikely]] {
      Grow(column, size);
    }
    std::memcpy(end.bytes + end.size, content, size);
    end.row_size = end.size;
    end.size += size;
    end.present[row_] = 1;
    end.ends[row_] = static_cast<std::uint32_t>(end.size);
  }
  void Nested(std::size_t column, const std::uint8_t* raw, const std::uint8_t* raw_end) {
    Bytes(column, raw, raw, static_cast<std::size_t>(raw_end - raw));
  }
  Status EndRecord(const std::uint8_t*, const std::uint8_t*, std::uint32_t) {
    ++row_;
    begun_ = false;
    return {};
  }

  /// Cuts the columns back to the whole rows. To be called once, whatever happened.
  void Close() {
    const std::size_t first = batch_.rows;
    for (ColumnVector& column : batch_.columns) {
      Resize(column, row_);
      if (column.physical != Physical::kBytes && column.physical != Physical::kNested) continue;
      std::uint32_t end = first == 0 ? 0 : column.ends[first - 1];
      for (std::size_t row = first; row < row_; ++row) {
        if (column.present[row] == 0) column.ends[row] = end;
        end = column.ends[row];
      }
      column.bytes.resize(end);
    }
    batch_.rows = row_;
  }

 private:
  [[gnu::noinline]] void GrowRoom() {
    room_ = std::min(RecordBatch::kRowsMax, 2 * room_);
    for (std::size_t i = 0; i < ends_.size(); ++i) Point(batch_.columns[i], ends_[i]);
  }
  void Point(ColumnVector& column, ColumnEnd& end) const {
    Resize(column, room_);
    end.present = column.present.data();
    end.int64s = column.int64s.data();
    end.nanos = column.nanos.data();
    end.floats = column.floats.data();
    end.doubles = column.doubles.data();
    end.ends = column.ends.data();
  }
  void Open(ColumnVector& column, ColumnEnd& end) const {
    Point(column, end);
    if (column.physical != Physical::kBytes && column.physical != Physical::kNested) return;
    end.size = column.bytes.size();
    column.bytes.resize(std::max(end.size, first_bytes_));
    end.bytes = column.bytes.data();
    end.capacity = column.bytes.size();
  }
  [[gnu::noinline]] void Grow(std::size_t column, std::size_t size) {
    ColumnEnd& end = ends_[column];
    std::vector<char>& bytes = batch_.columns[column].bytes;
    CULVERT_CHECK(end.size + size <= kColumnBytesMax);
    bytes.resize(std::max(end.size + size, 2 * end.capacity));
    end.bytes = bytes.data();
    end.capacity = bytes.size();
  }

  RecordBatch& batch_;
  std::size_t row_;
  std::size_t batch_bytes_;
  std::size_t room_ = 0;
  std::size_t first_bytes_ = 0;
  bool begun_ = false;
  std::vector<ColumnEnd> ends_;
};

}  // namespace

Result<Consumed> BatchDecoder::Decode(std::span<const std::byte> window, RecordBatch& batch) {
  CULVERT_CHECK(batch.columns.size() == layout_.columns().size());
  BatchSink sink(batch, window.size());
  Result<Consumed> consumed = internal::ParseWindow(layout_.compiled(), window, state_, sink);
  sink.Close();
  return consumed;
}

Status BatchDecoder::Finish() const { return internal::FinishReader(state_); }

}  // namespace culvert::maxcompute::wire
