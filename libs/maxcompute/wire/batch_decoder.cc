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

// Short strings are copied in one piece of this size, so `bytes` always has so much room more.
constexpr std::size_t kRoomBehindBytes = internal::kPlainSlackBytes;

/// Where the next rows of one column go: storage that is there already, in one cache line.
struct alignas(64) ColumnEnd {
  std::uint8_t* present = nullptr;
  void* values = nullptr;  // int64s, floats, doubles or ends
  std::int32_t* nanos = nullptr;
  char* bytes = nullptr;
  std::size_t size = 0;      // of `bytes` in use
  std::size_t capacity = 0;  // of `bytes`, less kRoomBehindBytes
  std::size_t row_size = 0;  // `size` before the value last written

  template <typename T>
  void Put(std::size_t row, T value) const {
    present[row] = 1;
    static_cast<T*>(values)[row] = value;
  }
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

/// Grows every column to its room first and writes by index, so that a value costs a store or two
/// and no call.
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
  /// The row being written, as internal::RowOf wants it.
  struct CurrentRow {
    BatchSink* sink;
    ColumnEnd* ends;
    std::size_t row;

    void Int(std::size_t column, std::int64_t value, const std::uint8_t* /*raw*/,
             const std::uint8_t* /*raw_end*/) const {
      ends[column].Put(row, value);
    }
    void Fixed32(std::size_t column, std::uint32_t bits, const std::uint8_t* /*raw*/) const {
      ends[column].Put(row, std::bit_cast<float>(bits));
    }
    void Fixed64(std::size_t column, std::uint64_t bits, const std::uint8_t* /*raw*/) const {
      ends[column].Put(row, std::bit_cast<double>(bits));
    }
    void Time(std::size_t column, std::int64_t seconds, std::int32_t nanos,
              const std::uint8_t* /*raw*/, const std::uint8_t* /*raw_end*/) const {
      ends[column].Put(row, seconds);
      ends[column].nanos[row] = nanos;
    }
    void Bytes(std::size_t column, const std::uint8_t* /*raw*/, const std::uint8_t* content,
               std::size_t size) const {
      std::memcpy(Room(column, size), content, size);
      Took(column, size);
    }
    void PlainBytes(std::size_t column, const std::uint8_t* /*raw*/, const std::uint8_t* content,
                    std::size_t size) const {
      char* const room = Room(column, size);
      if (size <= kRoomBehindBytes) [[likely]] {
        std::memcpy(room, content, kRoomBehindBytes);
      } else {
        std::memcpy(room, content, size);
      }
      Took(column, size);
    }
    void Nested(std::size_t column, const std::uint8_t* raw, const std::uint8_t* raw_end) const {
      Bytes(column, raw, raw, static_cast<std::size_t>(raw_end - raw));
    }

   private:
    char* Room(std::size_t column, std::size_t size) const {
      ColumnEnd& end = ends[column];
      if (end.capacity - end.size < size) [[unlikely]] {
        sink->Grow(column, size);
      }
      return end.bytes + end.size;
    }
    void Took(std::size_t column, std::size_t size) const {
      ColumnEnd& end = ends[column];
      end.row_size = end.size;
      end.size += size;
      end.Put(row, static_cast<std::uint32_t>(end.size));
    }
  };
  CurrentRow Row() { return {.sink = this, .ends = ends_.data(), .row = row_}; }

  // The careful parser's way to the same.
  void Int(std::size_t column, std::int64_t value, const std::uint8_t* raw,
           const std::uint8_t* raw_end) {
    Row().Int(column, value, raw, raw_end);
  }
  void Fixed32(std::size_t column, std::uint32_t bits, const std::uint8_t* raw) {
    Row().Fixed32(column, bits, raw);
  }
  void Fixed64(std::size_t column, std::uint64_t bits, const std::uint8_t* raw) {
    Row().Fixed64(column, bits, raw);
  }
  void Time(std::size_t column, std::int64_t seconds, std::int32_t nanos, const std::uint8_t* raw,
            const std::uint8_t* raw_end) {
    Row().Time(column, seconds, nanos, raw, raw_end);
  }
  void Bytes(std::size_t column, const std::uint8_t* raw, const std::uint8_t* content,
             std::size_t size) {
    Row().Bytes(column, raw, content, size);
  }
  void Nested(std::size_t column, const std::uint8_t* raw, const std::uint8_t* raw_end) {
    Row().Nested(column, raw, raw_end);
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
      if (!HasNulls(column, first)) {
        column.bytes.resize(row_ == 0 ? 0 : column.ends[row_ - 1]);
        continue;
      }
      for (std::size_t row = first; row < row_; ++row) {
        if (column.present[row] == 0) column.ends[row] = end;
        end = column.ends[row];
      }
      column.bytes.resize(end);
    }
    batch_.rows = row_;
  }

 private:
  bool HasNulls(const ColumnVector& column, std::size_t first) const {
    return first < row_ && std::memchr(&column.present[first], 0, row_ - first) != nullptr;
  }
  [[gnu::noinline]] void GrowRoom() {
    room_ = std::min(RecordBatch::kRowsMax, 2 * room_);
    for (std::size_t i = 0; i < ends_.size(); ++i) Point(batch_.columns[i], ends_[i]);
  }
  void Point(ColumnVector& column, ColumnEnd& end) const {
    Resize(column, room_);
    end.present = column.present.data();
    end.nanos = column.nanos.data();
    switch (column.physical) {
      case Physical::kInt64:
      case Physical::kTimestamp:
        end.values = column.int64s.data();
        break;
      case Physical::kFloat:
        end.values = column.floats.data();
        break;
      case Physical::kDouble:
        end.values = column.doubles.data();
        break;
      case Physical::kBytes:
      case Physical::kNested:
        end.values = column.ends.data();
        break;
    }
  }
  void Open(ColumnVector& column, ColumnEnd& end) const {
    Point(column, end);
    if (column.physical != Physical::kBytes && column.physical != Physical::kNested) return;
    end.size = column.bytes.size();
    SetCapacity(column, end, std::max(end.size, first_bytes_));
  }
  static void SetCapacity(ColumnVector& column, ColumnEnd& end, std::size_t capacity) {
    column.bytes.resize(capacity + kRoomBehindBytes);
    end.bytes = column.bytes.data();
    end.capacity = capacity;
  }
  [[gnu::noinline]] void Grow(std::size_t column, std::size_t size) {
    ColumnEnd& end = ends_[column];
    CULVERT_CHECK(end.size + size <= kColumnBytesMax);
    SetCapacity(batch_.columns[column], end, std::max(end.size + size, 2 * end.capacity));
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
