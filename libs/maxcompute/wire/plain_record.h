// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/wire/record_layout.h"
#include "libs/maxcompute/wire/varint.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

// The quick way through a plain record, which nearly all are: columns ascending, all of it in the
// window with room behind. It only ever accepts. Whatever it does not like, be it damage, the
// window's end or merely a rare form, it leaves to the careful parser (record_parser.h), which
// reads the record again from its beginning and judges. So it needs no reasons, no exact bounds and
// no state, and what it accepts the careful parser would accept too (plain_record_test.cc).

namespace culvert::maxcompute::wire::internal {

/// Readable bytes that a plain field needs from its tag on, its content aside: a tag of at most 4
/// and two varints of at most 10 bytes, each of which is read as 16; and then kPlainSlackBytes.
inline constexpr std::ptrdiff_t kPlainFieldBytes = 64;
/// Readable bytes behind the content of every plain string.
inline constexpr std::ptrdiff_t kPlainSlackBytes = 32;

/// Where a sink puts the values of the current record. A sink may have `Row()`, which gives that as
/// a small object by value: it stays in registers, while a sink's own members would be loaded anew
/// after every byte stored.
template <typename Sink>
decltype(auto) RowOf(Sink& sink) {
  if constexpr (requires { sink.Row(); }) {
    return sink.Row();
  } else {
    return (sink);
  }
}

/// A row may have `PlainBytes`: Bytes with kPlainSlackBytes readable behind the content.
template <typename Row>
[[gnu::always_inline]] inline void PutPlainBytes(Row& row, std::size_t column,
                                                 const std::uint8_t* raw,
                                                 const std::uint8_t* content, std::size_t size) {
  if constexpr (requires { row.PlainBytes(column, raw, content, size); }) {
    row.PlainBytes(column, raw, content, size);
  } else {
    row.Bytes(column, raw, content, size);
  }
}

/// The column, or END_RECORD, whose tag is at `p` where `next` was expected, as null columns have
/// no field. Null when the columns do not ascend or the tag is none of theirs. 16 readable bytes.
const ColumnOp* FindAhead(const RecordLayout::Compiled& layout, const ColumnOp* next,
                          const std::uint8_t* p);

struct NestedEnd {
  const std::uint8_t* p = nullptr;  // null when malformed or not whole
  Crc crc = 0;
};
/// Walks the nested value of column `op` at `p`.
NestedEnd FeedNested(const RecordLayout::Compiled& layout, const ColumnOp& op,
                     const std::uint8_t* p, const std::uint8_t* end, Crc crc);

/// Reads the record at `p` into `sink`; returns its end, or null when the careful parser is to
/// judge. What the sink got is void then. `end - p` is at least kPlainFieldBytes.
template <Bits kBits, typename Sink>
[[gnu::always_inline]] inline const std::uint8_t* ParsePlainRecord(
    const RecordLayout::Compiled& layout, const std::uint8_t* p, const std::uint8_t* end,
    Sink& sink, std::uint32_t& record_crc) {
  const std::uint8_t* const last_field = end - kPlainFieldBytes;
  const std::uint8_t* const last_content = end - kPlainSlackBytes;
  const ColumnOp* const ops = layout.ops.data();
  const ColumnOp* op = ops;
  Crc crc = kCrcBegin;
  auto&& row = RowOf(sink);
  for (;; ++op) {
    if (p > last_field) [[unlikely]]
      return nullptr;
    if ((Load<std::uint32_t>(p) & op->tag_mask) != op->tag_word) [[unlikely]] {
      op = FindAhead(layout, op, p);
      if (op == nullptr) return nullptr;
    }
    const std::uint8_t* const raw = p + op->tag_bytes;
    const auto column = static_cast<std::size_t>(op - ops);
    switch (op->op) {
      case Op::kZigZag: {
        std::uint64_t number = 0;
        p = ReadVarintFast<kBits>(raw, number);
        if (p == nullptr) [[unlikely]]
          return nullptr;
        const std::int64_t value = UnZigZag(number);
        crc = CrcU64(CrcU32(crc, op->number), static_cast<std::uint64_t>(value));
        row.Int(column, value, raw, p);
        break;
      }
      case Op::kBytes: {
        std::uint64_t size = *raw;
        const std::uint8_t* content = raw + 1;
        if (size >= 0x80) [[unlikely]] {
          content = ReadVarintFast<kBits>(raw, size);
          if (content == nullptr) return nullptr;
        }
        if (size > static_cast<std::uint64_t>(last_content - content)) [[unlikely]]
          return nullptr;
        p = content + size;
        crc = CrcBytesWithSlack(CrcU32(crc, op->number), content, static_cast<std::size_t>(size));
        PutPlainBytes(row, column, raw, content, static_cast<std::size_t>(size));
        break;
      }
      case Op::kFixed64: {
        const auto bits = Load<std::uint64_t>(raw);
        p = raw + sizeof bits;
        crc = CrcU64(CrcU32(crc, op->number), bits);
        row.Fixed64(column, bits, raw);
        break;
      }
      case Op::kBool: {
        const std::uint8_t value = *raw;
        if (value > 1) [[unlikely]]
          return nullptr;
        p = raw + 1;
        crc = CrcU8(CrcU32(crc, op->number), value);
        row.Int(column, value, raw, p);
        break;
      }
      case Op::kFixed32: {
        const auto bits = Load<std::uint32_t>(raw);
        p = raw + sizeof bits;
        crc = CrcU32(CrcU32(crc, op->number), bits);
        row.Fixed32(column, bits, raw);
        break;
      }
      case Op::kTime:
      case Op::kInterval: {
        std::uint64_t first = 0;
        std::uint64_t second = 0;
        p = ReadVarintFast<kBits>(raw, first);
        if (p == nullptr) return nullptr;
        p = ReadVarintFast<kBits>(p, second);
        if (p == nullptr) return nullptr;
        const std::int64_t seconds = UnZigZag(first);
        const std::int64_t nanos = UnZigZag(second);
        if (!IsNanos(op->op, nanos)) [[unlikely]]
          return nullptr;
        crc = CrcU64(CrcU32(crc, op->number), static_cast<std::uint64_t>(seconds));
        crc = CrcU32(crc, static_cast<std::uint32_t>(nanos));
        row.Time(column, seconds, static_cast<std::int32_t>(nanos), raw, p);
        break;
      }
      case Op::kArray:
      case Op::kMap:
      case Op::kStruct: {
        const NestedEnd nested = FeedNested(layout, *op, raw, end, CrcU32(crc, op->number));
        if (nested.p == nullptr) [[unlikely]]
          return nullptr;
        p = nested.p;
        crc = nested.crc;
        row.Nested(column, raw, p);
        break;
      }
      case Op::kEndRecord: {
        std::uint64_t written = 0;
        p = ReadVarintFast<kBits>(raw, written);
        if (p == nullptr) [[unlikely]]
          return nullptr;
        record_crc = CrcValue(crc);
        // As 32 bits, or sign-extended as PyODPS's C extension writes it.
        const auto extended =
            static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(record_crc)});
        if (written != record_crc && written != extended) [[unlikely]]
          return nullptr;
        return p;
      }
      default:
        __builtin_unreachable();
    }
  }
}

}  // namespace culvert::maxcompute::wire::internal
