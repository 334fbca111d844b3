// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_parser.h"
#include "libs/maxcompute/wire/record_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace culvert::maxcompute::wire {
namespace {

using internal::Op;

// Short strings are copied in one piece of this size where so much may be read and written past
// them.
constexpr std::size_t kCopyBytes = 32;
// Of one record beside its strings: a tag and two varints a column.
constexpr std::size_t kFieldBytesMax = sizeof(std::uint32_t) + internal::kVarintBytesMax + 5;
constexpr std::size_t kEndBytesMax = sizeof(internal::kEndRecordWord) + 5;
// Room is asked for in steps of about this size, so that a sparse wide table does not reserve
// megabytes.
constexpr std::size_t kStepBytes = std::size_t{64} * 1024;

/// One column of the batch beside its compiled form.
struct Source {
  internal::ColumnOp op;
  const std::uint8_t* present = nullptr;
  const std::int64_t* int64s = nullptr;
  const std::int32_t* nanos = nullptr;
  const float* floats = nullptr;
  const double* doubles = nullptr;
  const std::uint32_t* ends = nullptr;
  const std::uint8_t* bytes = nullptr;
  std::size_t bytes_size = 0;
};

std::vector<Source> OpenColumns(const RecordLayout& layout, const record::RecordBatch& batch) {
  CULVERT_CHECK(batch.columns.size() == layout.columns().size());
  std::vector<Source> sources(batch.columns.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const record::ColumnVector& column = batch.columns[i];
    CULVERT_CHECK(column.physical == record::PhysicalOf(layout.columns()[i].type));
    CULVERT_CHECK(column.present.size() >= batch.rows);
    sources[i] = {.op = layout.compiled().ops[i],
                  .present = column.present.data(),
                  .int64s = column.int64s.data(),
                  .nanos = column.nanos.data(),
                  .floats = column.floats.data(),
                  .doubles = column.doubles.data(),
                  .ends = column.ends.data(),
                  .bytes = reinterpret_cast<const std::uint8_t*>(column.bytes.data()),
                  .bytes_size = column.bytes.size()};
  }
  return sources;
}

std::size_t BeginOf(const Source& source, std::size_t row) {
  return row == 0 ? 0 : source.ends[row - 1];
}

std::size_t StringBytes(const std::vector<Source>& sources, std::size_t row, std::size_t rows) {
  std::size_t bytes = 0;
  for (const Source& source : sources) {
    if (source.ends != nullptr) bytes += source.ends[row + rows - 1] - BeginOf(source, row);
  }
  return bytes;
}

std::uint8_t* WriteString(const Source& source, std::size_t row, std::uint8_t* out,
                          std::uint32_t& crc) {
  const std::size_t begin = BeginOf(source, row);
  const std::size_t size = source.ends[row] - begin;
  const std::uint8_t* const content = source.bytes + begin;
  out = internal::WriteVarint(out, size);
  if (size <= kCopyBytes && source.bytes_size - begin >= kCopyBytes + sizeof(std::uint64_t)) {
    std::memcpy(out, content, kCopyBytes);
    crc = internal::CrcBytesWithSlack(crc, content, size);
  } else if (size != 0) {
    std::memcpy(out, content, size);
    crc = internal::CrcBytes(crc, content, size);
  }
  return out + size;
}

std::uint8_t* WriteNested(const RecordLayout::Compiled& layout, const Source& source,
                          std::size_t row, std::uint8_t* out, std::uint32_t& crc) {
  const std::size_t begin = BeginOf(source, row);
  const std::size_t size = source.ends[row] - begin;
  const std::uint8_t* const value = source.bytes + begin;
  internal::CrcFeed feed{.crc = crc};
  internal::Cursor cursor{.p = value, .end = value + size, .record = value};
  const internal::Outcome outcome =
      internal::WalkValue(layout.nodes.data(), layout.nodes[source.op.node], cursor, feed);
  // Nested values are wire bytes that a decoder has checked.
  CULVERT_CHECK(outcome == internal::Outcome::kOk && cursor.p == cursor.end);
  crc = feed.crc;
  if (size != 0) std::memcpy(out, value, size);
  return out + size;
}

[[gnu::always_inline]] inline std::uint8_t* WriteValue(const RecordLayout::Compiled& layout,
                                                       const Source& source, std::size_t row,
                                                       std::uint8_t* out, std::uint32_t& crc) {
  switch (source.op.op) {
    case Op::kZigZag:
      crc = internal::CrcU64(crc, static_cast<std::uint64_t>(source.int64s[row]));
      return internal::WriteVarint(out, internal::ZigZag(source.int64s[row]));
    case Op::kBool: {
      const auto value = static_cast<std::uint8_t>(source.int64s[row] != 0);
      crc = internal::CrcU8(crc, value);
      *out = value;
      return out + 1;
    }
    case Op::kFixed32: {
      const auto bits = std::bit_cast<std::uint32_t>(source.floats[row]);
      crc = internal::CrcU32(crc, bits);
      std::memcpy(out, &bits, sizeof bits);
      return out + sizeof bits;
    }
    case Op::kFixed64: {
      const auto bits = std::bit_cast<std::uint64_t>(source.doubles[row]);
      crc = internal::CrcU64(crc, bits);
      std::memcpy(out, &bits, sizeof bits);
      return out + sizeof bits;
    }
    case Op::kBytes:
      return WriteString(source, row, out, crc);
    case Op::kTime:
    case Op::kInterval:
      crc = internal::CrcU64(crc, static_cast<std::uint64_t>(source.int64s[row]));
      crc = internal::CrcU32(crc, static_cast<std::uint32_t>(source.nanos[row]));
      out = internal::WriteVarint(out, internal::ZigZag(source.int64s[row]));
      return internal::WriteVarint(out, internal::ZigZag(source.nanos[row]));
    case Op::kArray:
    case Op::kMap:
    case Op::kStruct:
      return WriteNested(layout, source, row, out, crc);
    case Op::kEndRecord:
      break;
  }
  return out;
}

}  // namespace

void EncodeBatch(const RecordLayout& layout, const record::RecordBatch& batch, ByteBuffer& out,
                 StreamTotals& totals) {
  const std::vector<Source> sources = OpenColumns(layout, batch);
  const RecordLayout::Compiled& compiled = layout.compiled();
  const std::size_t record_bytes = sources.size() * kFieldBytesMax + kEndBytesMax;
  const std::size_t step = std::max<std::size_t>(1, kStepBytes / record_bytes);
  std::uint32_t crc_of_crcs = internal::CrcState(totals.crc_of_crcs);
  for (std::size_t row = 0; row < batch.rows;) {
    const std::size_t rows = std::min(step, batch.rows - row);
    const std::size_t bound = rows * record_bytes + StringBytes(sources, row, rows) + kCopyBytes;
    auto* const begin = reinterpret_cast<std::uint8_t*>(out.Reserve(bound).data());
    std::uint8_t* at = begin;
    for (const std::size_t end = row + rows; row < end; ++row) {
      std::uint32_t crc = internal::kCrcBegin;
      for (const Source& source : sources) {
        if (source.present[row] == 0) continue;
        std::memcpy(at, &source.op.tag_word, sizeof source.op.tag_word);
        crc = internal::CrcU32(crc, source.op.number);
        at = WriteValue(compiled, source, row, at + source.op.tag_bytes, crc);
      }
      const std::uint32_t value = internal::CrcValue(crc);
      std::memcpy(at, &internal::kEndRecordWord, sizeof internal::kEndRecordWord);
      at = internal::WriteVarint(at + sizeof internal::kEndRecordWord, value);
      crc_of_crcs = internal::CrcU32(crc_of_crcs, value);
    }
    out.Commit(static_cast<std::size_t>(at - begin));
  }
  totals.records += batch.rows;
  totals.crc_of_crcs = internal::CrcValue(crc_of_crcs);
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
