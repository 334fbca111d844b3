// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/wire/record_stream.h"

#include <cstddef>
#include <cstdint>
#include <vector>

// How columns look on the wire, prepared so that readers and writers only compare and switch.

namespace culvert::maxcompute::wire {

namespace internal {

// Whole tags of the fields that are no columns (record-wire.md section 1): number << 3 | wire type.
inline constexpr std::uint32_t kEndRecordTag = 33553408U << 3;
inline constexpr std::uint32_t kMetaCountTag = 33554430U << 3;
inline constexpr std::uint32_t kMetaChecksumTag = 33554431U << 3;
inline constexpr std::uint32_t kMetricsTag = (1U << 3) | 2;
inline constexpr std::uint32_t kMetricsEndTag = 33554176U << 3;

// The four bytes of each, as a little-endian word.
inline constexpr std::uint32_t kEndRecordWord = 0x7fffc080;
inline constexpr std::uint32_t kMetaCountWord = 0x7ffffff0;
inline constexpr std::uint32_t kMetaChecksumWord = 0x7ffffff8;
inline constexpr std::uint32_t kMetricsEndWord = 0x7ffff080;

/// Shape of a value on the wire.
enum class Op : std::uint8_t {
  kZigZag,    // integers, DATE, DATETIME, INTERVAL_YEAR_MONTH
  kBool,      // one byte
  kFixed32,   // FLOAT
  kFixed64,   // DOUBLE
  kBytes,     // length and bytes
  kTime,      // seconds and nanoseconds 0..999999999
  kInterval,  // the same, nanoseconds of either sign
  kArray,
  kMap,
  kStruct,
  kEndRecord,
};

/// One type of a nested type's tree.
struct TypeNode {
  Op op = Op::kBytes;
  const record::Type* type = nullptr;  // within RecordLayout::columns()
  std::uint32_t first_child = 0;       // its children lie side by side in Compiled::nodes
  std::uint32_t child_count = 0;
};

/// One column, or behind the last one END_RECORD.
struct ColumnOp {
  std::uint32_t tag_word = 0;  // the tag's bytes, little endian
  std::uint32_t tag_mask = 0;  // of as many bytes
  std::uint32_t tag = 0;
  std::uint32_t number = 0;  // column index + 1, as the checksum is fed
  std::uint32_t node = 0;    // of the column's type in Compiled::nodes
  std::uint8_t tag_bytes = 0;
  Op op = Op::kBytes;
};

Op OpOf(record::TypeKind kind);

/// Nanoseconds that go with kTime or kInterval. An interval may be negative, and then so are they.
constexpr bool IsNanos(Op op, std::int64_t nanos) {
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  return nanos < kNanosPerSecond && nanos >= (op == Op::kInterval ? 1 - kNanosPerSecond : 0);
}

}  // namespace internal

struct RecordLayout::Compiled {
  std::vector<internal::ColumnOp> ops;  // columns + 1
  std::vector<internal::TypeNode> nodes;
  std::size_t column_count = 0;
};

}  // namespace culvert::maxcompute::wire
