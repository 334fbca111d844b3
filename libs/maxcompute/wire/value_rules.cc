// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/value_rules.h"

#include "libs/maxcompute/wire/decimal_text.h"

#include <algorithm>
#include <limits>

namespace culvert::maxcompute::wire::internal {
namespace {

using record::Type;
using record::TypeKind;

// 0001-01-01 to 9999-12-31, proleptic Gregorian, as days since 1970-01-01.
constexpr std::int64_t kDaysMin = -719162;
constexpr std::int64_t kDaysMax = 2932896;
constexpr std::int64_t kSecondsPerDay = 86400;
constexpr std::int64_t kSecondsMin = kDaysMin * kSecondsPerDay;
constexpr std::int64_t kSecondsMax = (kDaysMax + 1) * kSecondsPerDay - 1;

struct Range {
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};

// BIGINT keeps all 64 bits: the service's own clients write its excluded minimum and read it back.
Range RangeOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTinyint:
      return {.low = -128, .high = 127};
    case TypeKind::kSmallint:
      return {.low = -32768, .high = 32767};
    case TypeKind::kInt:
      return {.low = std::numeric_limits<std::int32_t>::min(),
              .high = std::numeric_limits<std::int32_t>::max()};
    case TypeKind::kDate:
      return {.low = kDaysMin, .high = kDaysMax};
    case TypeKind::kDatetime:
      return {.low = kSecondsMin * 1000, .high = kSecondsMax * 1000 + 999};
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return {.low = kSecondsMin, .high = kSecondsMax};
    default:
      return {};
  }
}

std::optional<std::string> CheckRange(const Type& type, std::int64_t value) {
  const Range range = RangeOf(type.kind);
  if (value >= range.low && value <= range.high) return std::nullopt;
  return "value " + std::to_string(value) + " is out of range for " + type.ToString();
}

// Characters of UTF-8 text; a byte that continues none counts with the one before it.
std::size_t CharacterCount(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::optional<std::string> CheckDecimal(const Type& type, std::string_view text) {
  constexpr std::size_t kShown = 60;
  const std::string shown(text.substr(0, kShown));
  const std::optional<Decimal> decimal = ParseDecimal(text);
  if (!decimal) return "'" + shown + "' is no decimal number";
  if (decimal->IntegerDigits() > type.precision - type.scale ||
      decimal->FractionDigits() > type.scale) {
    return "value " + shown + " does not fit " + type.ToString();
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> CheckInt(const Type& type, std::int64_t value) {
  return CheckRange(type, value);
}

std::optional<std::string> CheckTime(const Type& type, std::int64_t seconds) {
  return CheckRange(type, seconds);
}

std::optional<std::string> CheckText(const Type& type, std::string_view text,
                                     std::uint64_t field_bytes_max) {
  if (text.size() > field_bytes_max) {
    return "value has " + std::to_string(text.size()) + " bytes, at most " +
           std::to_string(field_bytes_max) + " are allowed";
  }
  if (type.kind == TypeKind::kDecimal) return CheckDecimal(type, text);
  if (type.kind != TypeKind::kChar && type.kind != TypeKind::kVarchar) return std::nullopt;
  const auto length_max = static_cast<std::size_t>(type.length);
  if (text.size() <= length_max) return std::nullopt;
  const std::size_t length = CharacterCount(text);
  if (length <= length_max) return std::nullopt;
  return "value has " + std::to_string(length) + " characters, too many for " + type.ToString();
}

bool AcceptsAll(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
    case TypeKind::kBigint:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kIntervalDayTime:
    case TypeKind::kIntervalYearMonth:
      return true;
    default:
      return false;
  }
}

}  // namespace culvert::maxcompute::wire::internal
