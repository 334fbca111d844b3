// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_parser.h"
#include "libs/maxcompute/wire/record_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace culvert::maxcompute::wire {
namespace {

using internal::Bits;
using internal::Op;

// Short strings are copied in one piece of this size where so much may be read past them. Room to
// write past them is left behind the last record.
constexpr std::size_t kCopyBytes = 32;
// Of one record beside its strings: a tag and two varints a column.
constexpr std::size_t kFieldBytesMax = sizeof(std::uint32_t) + internal::kVarintBytesMax + 5;
constexpr std::size_t kEndBytesMax = sizeof(internal::kEndRecordWord) + 5;
// Room is asked for in steps of about this size, so that a sparse wide table does not reserve
// megabytes.
constexpr std::size_t kStepBytes = std::size_t{64} * 1024;

/// One column of the batch beside its compiled form, in one cache line.
struct alignas(64) Source {
  std::uint32_t tag_word = 0;
  std::uint32_t number = 0;
  std::uint32_t node = 0;
  std::uint8_t tag_bytes = 0;
  Op op = Op::kBytes;
  const std::uint8_t* present = nullptr;
  const void* values = nullptr;  // int64s, floats, doubles or ends
  const std::int32_t* nanos = nullptr;
  const std::uint8_t* bytes = nullptr;
  // Offset in `bytes` up to which a whole piece and eight bytes more may be read.
  std::ptrdiff_t last_piece = -1;

  template <typename T>
  T At(std::size_t row) const {
    return static_cast<const T*>(values)[row];
  }
  std::size_t BeginOf(std::size_t row) const { return row == 0 ? 0 : At<std::uint32_t>(row - 1); }
};

const void* ValuesOf(const record::ColumnVector& column) {
  switch (column.physical) {
    case record::Physical::kInt64:
    case record::Physical::kTimestamp:
      return column.int64s.data();
    case record::Physical::kFloat:
      return column.floats.data();
    case record::Physical::kDouble:
      return column.doubles.data();
    case record::Physical::kBytes:
    case record::Physical::kNested:
      break;
  }
  return column.ends.data();
}

std::vector<Source> OpenColumns(const RecordLayout& layout, const record::RecordBatch& batch) {
  CULVERT_CHECK(batch.columns.size() == layout.columns().size());
  std::vector<Source> sources(batch.columns.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const record::ColumnVector& column = batch.columns[i];
    CULVERT_CHECK(column.physical == record::PhysicalOf(layout.columns()[i].type));
    const internal::ColumnOp& op = layout.compiled().ops[i];
    sources[i] = {.tag_word = op.tag_word,
                  .number = op.number,
                  .node = op.node,
                  .tag_bytes = op.tag_bytes,
                  .op = op.op,
                  .present = column.present.data(),
                  .values = ValuesOf(column),
                  .nanos = column.nanos.data(),
                  .bytes = reinterpret_cast<const std::uint8_t*>(column.bytes.data()),
                  .last_piece = static_cast<std::ptrdiff_t>(column.bytes.size()) -
                                static_cast<std::ptrdiff_t>(kCopyBytes + sizeof(std::uint64_t))};
  }
  return sources;
}

bool HasNulls(const record::RecordBatch& batch) {
  return std::ranges::any_of(batch.columns, [&](const record::ColumnVector& column) {
    CULVERT_CHECK(column.present.size() >= batch.rows);
    return batch.rows != 0 && std::memchr(column.present.data(), 0, batch.rows) != nullptr;
  });
}

std::size_t StringBytes(const record::RecordBatch& batch, std::size_t row, std::size_t rows) {
  std::size_t bytes = 0;
  for (const record::ColumnVector& column : batch.columns) {
    if (column.ends.empty()) continue;
    bytes += column.ends[row + rows - 1] - (row == 0 ? 0 : column.ends[row - 1]);
  }
  return bytes;
}

// These take a value's room and the checksum so far, and return both behind it.
struct Written {
  std::uint8_t* out;
  internal::Crc crc;
};

[[gnu::always_inline]] inline Written WriteString(const Source& source, std::size_t row,
                                                  std::uint8_t* out, internal::Crc crc) {
  const std::size_t begin = source.BeginOf(row);
  const std::size_t size = source.At<std::uint32_t>(row) - begin;
  const std::uint8_t* const content = source.bytes + begin;
  out = internal::WriteVarint(out, size);
  if (size <= kCopyBytes && static_cast<std::ptrdiff_t>(begin) <= source.last_piece) [[likely]] {
    std::memcpy(out, content, kCopyBytes);
    crc = internal::CrcBytesWithSlack(crc, content, size);
  } else if (size != 0) {
    std::memcpy(out, content, size);
    crc = internal::CrcBytes(crc, content, size);
  }
  return {.out = out + size, .crc = crc};
}

[[gnu::noinline]] Written WriteNested(const RecordLayout::Compiled& layout, const Source& source,
                                      std::size_t row, std::uint8_t* out, internal::Crc crc) {
  const std::size_t begin = source.BeginOf(row);
  const std::size_t size = source.At<std::uint32_t>(row) - begin;
  const std::uint8_t* const value = source.bytes + begin;
  internal::CrcFeed feed{.crc = crc};
  internal::Cursor cursor{.p = value, .end = value + size, .record = value};
  const internal::Outcome outcome =
      internal::WalkValue(layout.nodes.data(), layout.nodes[source.node], cursor, feed);
  // Nested values are wire bytes that a decoder has checked.
  CULVERT_CHECK(outcome == internal::Outcome::kOk && cursor.p == cursor.end);
  if (size != 0) std::memcpy(out, value, size);
  return {.out = out + size, .crc = feed.crc};
}

template <Bits kBits>
[[gnu::always_inline]] inline Written WriteValue(const RecordLayout::Compiled& layout,
                                                 const Source& source, std::size_t row,
                                                 std::uint8_t* out, internal::Crc crc) {
  switch (source.op) {
    case Op::kZigZag: {
      const auto value = source.At<std::int64_t>(row);
      return {.out = internal::WriteVarintFast<kBits>(out, internal::ZigZag(value)),
              .crc = internal::CrcU64(crc, static_cast<std::uint64_t>(value))};
    }
    case Op::kBool: {
      const auto value = static_cast<std::uint8_t>(source.At<std::int64_t>(row) != 0);
      *out = value;
      return {.out = out + 1, .crc = internal::CrcU8(crc, value)};
    }
    case Op::kFixed32: {
      const auto bits = std::bit_cast<std::uint32_t>(source.At<float>(row));
      std::memcpy(out, &bits, sizeof bits);
      return {.out = out + sizeof bits, .crc = internal::CrcU32(crc, bits)};
    }
    case Op::kFixed64: {
      const auto bits = std::bit_cast<std::uint64_t>(source.At<double>(row));
      std::memcpy(out, &bits, sizeof bits);
      return {.out = out + sizeof bits, .crc = internal::CrcU64(crc, bits)};
    }
    case Op::kBytes:
      return WriteString(source, row, out, crc);
    case Op::kTime:
    case Op::kInterval: {
      const auto seconds = source.At<std::int64_t>(row);
      const std::int32_t nanos = source.nanos[row];
      out = internal::WriteVarintFast<kBits>(out, internal::ZigZag(seconds));
      out = internal::WriteVarintFast<kBits>(out, internal::ZigZag(nanos));
      crc = internal::CrcU64(crc, static_cast<std::uint64_t>(seconds));
      return {.out = out, .crc = internal::CrcU32(crc, static_cast<std::uint32_t>(nanos))};
    }
    case Op::kArray:
    case Op::kMap:
    case Op::kStruct:
      return WriteNested(layout, source, row, out, crc);
    case Op::kEndRecord:
      break;
  }
  __builtin_unreachable();  // no column is any of the others
}

/// `kNulls`: there may be some.
template <Bits kBits, bool kNulls>
void EncodeWith(const RecordLayout& layout, const record::RecordBatch& batch, ByteBuffer& out,
                StreamTotals& totals) {
  const std::vector<Source> sources = OpenColumns(layout, batch);
  const Source* const first = sources.data();
  const Source* const last = first + sources.size();
  const RecordLayout::Compiled& compiled = layout.compiled();
  const std::size_t record_bytes = sources.size() * kFieldBytesMax + kEndBytesMax;
  const std::size_t step = std::max<std::size_t>(1, kStepBytes / record_bytes);
  internal::Crc crc_of_crcs = internal::CrcState(totals.crc_of_crcs);
  for (std::size_t row = 0; row < batch.rows;) {
    const std::size_t rows = std::min(step, batch.rows - row);
    const std::size_t bound = rows * record_bytes + StringBytes(batch, row, rows) + kCopyBytes;
    auto* const begin = reinterpret_cast<std::uint8_t*>(out.Reserve(bound).data());
    Written written{.out = begin, .crc = 0};
    for (const std::size_t end = row + rows; row < end; ++row) {
      written.crc = internal::kCrcBegin;
      for (const Source* source = first; source != last; ++source) {
        if (kNulls && source->present[row] == 0) continue;
        std::memcpy(written.out, &source->tag_word, sizeof source->tag_word);
        written = WriteValue<kBits>(compiled, *source, row, written.out + source->tag_bytes,
                                    internal::CrcU32(written.crc, source->number));
      }
      const std::uint32_t value = internal::CrcValue(written.crc);
      std::memcpy(written.out, &internal::kEndRecordWord, sizeof internal::kEndRecordWord);
      written.out =
          internal::WriteVarintFast<kBits>(written.out + sizeof internal::kEndRecordWord, value);
      crc_of_crcs = internal::CrcU32(crc_of_crcs, value);
    }
    out.Commit(static_cast<std::size_t>(written.out - begin));
  }
  totals.records += batch.rows;
  totals.crc_of_crcs = internal::CrcValue(crc_of_crcs);
}

}  // namespace

void EncodeBatch(const RecordLayout& layout, const record::RecordBatch& batch, ByteBuffer& out,
                 StreamTotals& totals) {
  const bool nulls = HasNulls(batch);
  if (internal::bits_in_use == Bits::kBmi2) {
    nulls ? EncodeWith<Bits::kBmi2, true>(layout, batch, out, totals)
          : EncodeWith<Bits::kBmi2, false>(layout, batch, out, totals);
  } else {
    nulls ? EncodeWith<Bits::kPortable, true>(layout, batch, out, totals)
          : EncodeWith<Bits::kPortable, false>(layout, batch, out, totals);
  }
}

void EncodeTrailer(const StreamTotals& totals, ByteBuffer& out) {
  constexpr std::size_t kTrailerBytesMax = sizeof(internal::kMetaCountWord) +
                                           sizeof(internal::kMetaChecksumWord) +
                                           2 * internal::kVarintBytesMax;
  auto* const begin = reinterpret_cast<std::uint8_t*>(out.Reserve(kTrailerBytesMax).data());
  std::memcpy(begin, &internal::kMetaCountWord, sizeof internal::kMetaCountWord);
  std::uint8_t* at =
      internal::WriteVarint(begin + sizeof internal::kMetaCountWord,
                            internal::ZigZag(static_cast<std::int64_t>(totals.records)));
  std::memcpy(at, &internal::kMetaChecksumWord, sizeof internal::kMetaChecksumWord);
  at = internal::WriteVarint(at + sizeof internal::kMetaChecksumWord, totals.crc_of_crcs);
  out.Commit(static_cast<std::size_t>(at - begin));
}

}  // namespace culvert::maxcompute::wire
