// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/time_format.h"
#include "libs/maxcompute/limits.h"
#include "libs/maxcompute/wire/decimal_text.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/maxcompute/wire/value_rules.h"
#include "libs/maxcompute/wire/varint.h"

#include <array>
#include <charconv>
#include <cstring>

namespace culvert::maxcompute::wire {
namespace {

using record::Type;
using record::TypeKind;

constexpr std::int64_t kDaySeconds = 86400;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::unexpected<Error> Misfit(const Type& type, std::string_view text, const std::string& why) {
  constexpr std::size_t kShown = 60;
  std::string shown(text.substr(0, kShown));
  if (text.size() > kShown) shown += "...";
  return Fail(InvalidArgument("constant '" + shown + "' is no " + type.ToString() + ": " + why));
}

std::string Varint(std::uint64_t value) {
  std::array<std::uint8_t, internal::kVarintBytesMax> bytes{};
  const std::uint8_t* const end = internal::WriteVarint(bytes.data(), value);
  return {bytes.begin(), bytes.begin() + (end - bytes.data())};
}
std::string ZigZagVarint(std::int64_t value) { return Varint(internal::ZigZag(value)); }

std::string_view WithoutPlus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

template <typename T>
std::optional<T> ReadNumber(std::string_view text) {
  T value{};
  text = WithoutPlus(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <typename T>
Result<std::string> EncodeReal(const Type& type, std::string_view text) {
  const std::optional<T> value = ReadNumber<T>(text);
  if (!value) return Misfit(type, text, "expected a number such as 1.5e3, inf or nan");
  std::array<char, sizeof(T)> bytes{};
  std::memcpy(bytes.data(), &*value, sizeof(T));
  return std::string(bytes.data(), bytes.size());
}

Result<std::string> EncodeInteger(const Type& type, std::string_view text) {
  const std::optional<std::int64_t> value = ReadNumber<std::int64_t>(text);
  if (!value) return Misfit(type, text, "expected a whole number of at most 64 bits");
  if (const auto reason = internal::CheckInt(type, *value)) return Misfit(type, text, *reason);
  return ZigZagVarint(*value);
}

Result<std::string> EncodeBoolean(const Type& type, std::string_view text) {
  if (record::SameName(text, "true")) return std::string(1, '\1');
  if (record::SameName(text, "false")) return std::string(1, '\0');
  return Misfit(type, text, "expected true or false");
}

Result<std::string> EncodeText(const Type& type, std::string_view text) {
  if (const auto reason = internal::CheckText(type, text, kFieldBytesMax)) {
    return Misfit(type, text, *reason);
  }
  if (type.kind != TypeKind::kDecimal) return Varint(text.size()).append(text);
  const std::optional<internal::Decimal> decimal = internal::ParseDecimal(text);
  if (!decimal) return Misfit(type, text, "expected a decimal number");
  const std::string plain = decimal->ToString();
  return Varint(plain.size()) + plain;
}

// The 1 to 9 digits behind a point, as nanoseconds; 0 for no text at all.
std::optional<std::int64_t> ReadFraction(std::string_view text) {
  if (text.empty()) return 0;
  constexpr std::size_t kDigits = 9;
  std::string digits(text.substr(1));
  if (text[0] != '.' || digits.empty() || digits.size() > kDigits ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  digits.append(kDigits - digits.size(), '0');
  return ReadNumber<std::int64_t>(digits);
}

std::string EncodeTime(std::int64_t seconds, std::int64_t nanos) {
  return ZigZagVarint(seconds) + ZigZagVarint(nanos);
}

Result<std::string> EncodeTimestamp(const Type& type, std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const Result<std::int64_t> millis = ParseUtcMillis(text.substr(0, point));
  const std::optional<std::int64_t> nanos = ReadFraction(text.substr(point));
  if (!millis || !nanos) {
    return Misfit(type, text, "expected YYYY-MM-DD HH:MM:SS with at most 9 digits of a second");
  }
  return EncodeTime(*millis / 1000, *nanos);
}

// Digits only, at most `digits_max` of them, at the front of `text`, which loses them.
std::optional<std::int64_t> TakeDigits(std::string_view& text, std::size_t digits_max) {
  const std::size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
  if (size == 0 || size > digits_max) return std::nullopt;
  const std::optional<std::int64_t> value = ReadNumber<std::int64_t>(text.substr(0, size));
  text.remove_prefix(size);
  return value;
}
bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

// `1-2` is a year and two months.
Result<std::string> EncodeYearMonth(const Type& type, std::string_view text) {
  std::string_view rest = text;
  const bool negative = TakeChar(rest, '-');
  const auto years = TakeDigits(rest, 4);
  const bool dash = TakeChar(rest, '-');
  const auto months = TakeDigits(rest, 2);
  if (!years || !dash || !months || *months > 11 || !rest.empty()) {
    return Misfit(type, text, "expected years and months such as 1-2");
  }
  const std::int64_t total = *years * 12 + *months;
  return ZigZagVarint(negative ? -total : total);
}

// `1 02:03:04.5` is a day and some; a negative one is written with seconds rounded down.
Result<std::string> EncodeDayTime(const Type& type, std::string_view text) {
  std::string_view rest = text;
  const bool negative = TakeChar(rest, '-');
  const auto days = TakeDigits(rest, 9);
  const bool space = TakeChar(rest, ' ');
  const auto hours = TakeDigits(rest, 2);
  const bool first_colon = TakeChar(rest, ':');
  const auto minutes = TakeDigits(rest, 2);
  const bool second_colon = TakeChar(rest, ':');
  const auto seconds = TakeDigits(rest, 2);
  const auto nanos = ReadFraction(rest);
  if (!days || !space || !hours || !first_colon || !minutes || !second_colon || !seconds ||
      !nanos || *hours > 23 || *minutes > 59 || *seconds > 59) {
    return Misfit(type, text, "expected days and a time such as 1 02:03:04.5");
  }
  const std::int64_t total = *days * kDaySeconds + *hours * 3600 + *minutes * 60 + *seconds;
  if (!negative) return EncodeTime(total, *nanos);
  return *nanos == 0 ? EncodeTime(-total, 0) : EncodeTime(-total - 1, kNanosPerSecond - *nanos);
}

}  // namespace

Result<std::string> EncodeConstant(const Type& type, std::string_view text) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return EncodeBoolean(type, text);
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return EncodeInteger(type, text);
    case TypeKind::kFloat:
      return EncodeReal<float>(type, text);
    case TypeKind::kDouble:
      return EncodeReal<double>(type, text);
    case TypeKind::kDecimal:
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kBinary:
    case TypeKind::kJson:
      return EncodeText(type, text);
    case TypeKind::kDate: {
      const Result<std::int64_t> days = ParseDays(text);
      if (!days) return Misfit(type, text, "expected YYYY-MM-DD");
      return ZigZagVarint(*days);
    }
    case TypeKind::kDatetime: {
      const Result<std::int64_t> millis = ParseUtcMillis(text);
      if (!millis) return Misfit(type, text, "expected YYYY-MM-DD HH:MM:SS.mmm in UTC");
      return ZigZagVarint(*millis);
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return EncodeTimestamp(type, text);
    case TypeKind::kIntervalYearMonth:
      return EncodeYearMonth(type, text);
    case TypeKind::kIntervalDayTime:
      return EncodeDayTime(type, text);
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      break;
  }
  return Fail(Unimplemented("a constant of type " + type.ToString() +
                            " is not supported: only scalar types have constants"));
}

}  // namespace culvert::maxcompute::wire
