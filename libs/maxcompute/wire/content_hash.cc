// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/decimal_text.h"
#include "libs/maxcompute/wire/record_parser.h"
#include "libs/maxcompute/wire/record_stream.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace culvert::maxcompute::wire {
namespace {

using record::TypeKind;

constexpr std::uint64_t kSeed = 0x9e3779b97f4a7c15;
constexpr std::uint64_t kFactor = 0xbf58476d1ce4e5b9;
constexpr std::uint64_t kNullMark = 0x94d049bb133111eb;
constexpr std::uint64_t kNan = 0x7ff8000000000000;

// Multiplies to 128 bits and folds: one multiplication a word mixes every bit of it.
std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ kSeed) * (b ^ kFactor);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t HashBytes(const std::uint8_t* data, std::size_t size) {
  std::uint64_t hash = size;
  for (; size >= 8; size -= 8, data += 8) hash = Mix(hash, internal::Load<std::uint64_t>(data));
  if (size == 0) return hash;
  std::uint64_t tail = 0;
  std::memcpy(&tail, data, size);
  return Mix(hash, tail);
}

// 1.50 and 1.5 are one value; text that is no number is hashed as text.
std::uint64_t HashDecimal(const std::uint8_t* data, std::size_t size) {
  const auto decimal = internal::ParseDecimal({reinterpret_cast<const char*>(data), size});
  if (!decimal) return HashBytes(data, size);
  const std::uint64_t digits = HashBytes(
      reinterpret_cast<const std::uint8_t*>(decimal->digits.data()), decimal->digits.size());
  return Mix(digits,
             (static_cast<std::uint64_t>(static_cast<std::uint32_t>(decimal->exponent)) << 1) |
                 static_cast<std::uint64_t>(decimal->negative));
}

std::uint64_t FloatBits(std::uint32_t bits) {
  return std::isnan(std::bit_cast<float>(bits)) ? kNan : bits;
}
std::uint64_t DoubleBits(std::uint64_t bits) {
  return std::isnan(std::bit_cast<double>(bits)) ? kNan : bits;
}
std::uint64_t HashTime(std::int64_t seconds, std::int32_t nanos) {
  return Mix(static_cast<std::uint64_t>(seconds), static_cast<std::uint32_t>(nanos));
}

/// Hashes a nested value in its order.
struct NestedHash {
  std::uint64_t hash = 0;
  void Int(std::int64_t value, const internal::TypeNode&) {
    hash = Mix(hash, static_cast<std::uint64_t>(value));
  }
  void Bool(std::uint8_t value) { hash = Mix(hash, value); }
  void Fixed32(std::uint32_t bits) { hash = Mix(hash, FloatBits(bits)); }
  void Fixed64(std::uint64_t bits) { hash = Mix(hash, DoubleBits(bits)); }
  void Bytes(const std::uint8_t* data, std::size_t size, const internal::TypeNode& node) {
    hash = Mix(hash, node.type->kind == TypeKind::kDecimal ? HashDecimal(data, size)
                                                           : HashBytes(data, size));
  }
  void Time(std::int64_t seconds, std::int32_t nanos, const internal::TypeNode&) {
    hash = Mix(hash, HashTime(seconds, nanos));
  }
  void Count(std::uint64_t count) { hash = Mix(hash, count); }
  void Null() { hash = Mix(hash, kNullMark); }
};

/// Adds up a hash of each record. Fields are added up too, each mixed with its column, so that
/// neither their order on the wire nor absent ones matter.
struct HashSink {
  const RecordLayout::Compiled& layout;
  std::uint64_t sum = 0;
  std::uint64_t record_sum = 0;

  bool WantsRecord(std::size_t /*parsed_bytes*/) const { return true; }
  void BeginRecord(const std::uint8_t* /*record*/) { record_sum = 0; }
  void Put(std::size_t column, std::uint64_t hash) { record_sum += Mix(hash, column + 1); }
  const internal::TypeNode& NodeOf(std::size_t column) const {
    return layout.nodes[layout.ops[column].node];
  }
  void Int(std::size_t column, std::int64_t value, const std::uint8_t*, const std::uint8_t*) {
    Put(column, static_cast<std::uint64_t>(value));
  }
  void Fixed32(std::size_t column, std::uint32_t bits, const std::uint8_t*) {
    Put(column, FloatBits(bits));
  }
  void Fixed64(std::size_t column, std::uint64_t bits, const std::uint8_t*) {
    Put(column, DoubleBits(bits));
  }
  void Bytes(std::size_t column, const std::uint8_t*, const std::uint8_t* content,
             std::size_t size) {
    Put(column, NodeOf(column).type->kind == TypeKind::kDecimal ? HashDecimal(content, size)
                                                                : HashBytes(content, size));
  }
  void Time(std::size_t column, std::int64_t seconds, std::int32_t nanos, const std::uint8_t*,
            const std::uint8_t*) {
    Put(column, HashTime(seconds, nanos));
  }
  void Nested(std::size_t column, const std::uint8_t* raw, const std::uint8_t* raw_end) {
    NestedHash nested;
    internal::Cursor cursor{.p = raw, .end = raw_end, .record = raw};
    const internal::Outcome outcome =
        internal::WalkValue(layout.nodes.data(), NodeOf(column), cursor, nested);
    CULVERT_CHECK(outcome == internal::Outcome::kOk);  // the parser has walked it already
    Put(column, nested.hash);
  }
  Status EndRecord(const std::uint8_t*, const std::uint8_t*, std::uint32_t) {
    sum += Mix(record_sum, kNullMark);
    return {};
  }
};

}  // namespace

void ContentHash::Add(std::span<const std::byte> records) {
  HashSink sink{.layout = layout_->compiled()};
  internal::ReaderState state;
  const Result<Consumed> consumed =
      internal::ParseWindow(layout_->compiled(), records, state, sink);
  CULVERT_CHECK(consumed.has_value() && consumed->record_bytes == records.size());
  value_ += sink.sum;
}

}  // namespace culvert::maxcompute::wire
