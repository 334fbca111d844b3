// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/convert_value.h"

#include "libs/base/time_format.h"
#include "libs/syncjob/conversion.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>

namespace culvert::runner {
namespace {

using record::ColumnVector;
using record::Type;
using record::TypeKind;

constexpr std::string_view kDone;
constexpr std::string_view kNoWhole = "value is no whole number";
constexpr std::string_view kTooLarge = "value is out of range";
constexpr std::string_view kNoNumber = "text is no number";
constexpr std::int64_t kMillisPerDay = 86'400'000;
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int32_t kNanosPerMilli = 1'000'000;

// What a type's values have in common when they are converted.
enum class Group : std::uint8_t {
  kBool,
  kInt,
  kFloat,
  kDouble,
  kDecimal,
  kText,
  kBinary,
  kJson,
  kDate,
  kDatetime,
  kTimestamp,
  kOther,
};

Group GroupOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
      return Group::kBool;
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return Group::kInt;
    case TypeKind::kFloat:
      return Group::kFloat;
    case TypeKind::kDouble:
      return Group::kDouble;
    case TypeKind::kDecimal:
      return Group::kDecimal;
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
      return Group::kText;
    case TypeKind::kBinary:
      return Group::kBinary;
    case TypeKind::kJson:
      return Group::kJson;
    case TypeKind::kDate:
      return Group::kDate;
    case TypeKind::kDatetime:
      return Group::kDatetime;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return Group::kTimestamp;
    case TypeKind::kIntervalDayTime:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return Group::kOther;
  }
  return Group::kOther;
}

std::int64_t FloorDiv(std::int64_t value, std::int64_t by) {
  return value / by - static_cast<std::int64_t>(value % by < 0);
}

std::string_view AppendWhole(double value, ColumnVector& out) {
  // 2^63 is exact as double; every double below it in magnitude fits.
  if (!(std::abs(value) < 9223372036854775808.0)) return kTooLarge;
  if (value != std::trunc(value)) return kNoWhole;
  out.AppendInt64(static_cast<std::int64_t>(value));
  return kDone;
}

template <typename Float>
void AppendFloatText(Float value, ColumnVector& out) {
  if (std::isnan(value)) return out.AppendBytes("NaN");
  if (std::isinf(value)) return out.AppendBytes(value < 0 ? "-Infinity" : "Infinity");
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.AppendBytes({text.data(), static_cast<std::size_t>(end - text.data())});
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Plain text of `text` at `scale`: zeros behind the scale go, other digits there are a loss.
std::string_view AppendDecimal(std::string_view text, std::int32_t scale, ColumnVector& out) {
  auto plain = PlainDecimal(text);
  if (!plain) return kNoNumber;
  const std::size_t point = plain->find('.');
  if (point != std::string::npos) {
    std::size_t keep = plain->size();
    const std::size_t longest = point + 1 + static_cast<std::size_t>(scale);
    while (keep > longest && (*plain)[keep - 1] == '0') --keep;
    if (keep > longest) return "value has more digits than the scale of the decimal";
    if (keep == point + 1) keep = point;
    plain->resize(keep);
  }
  out.AppendBytes(*plain);
  return kDone;
}

// `2024-02-29 12:34:56.123456789`, fraction optional, or a date alone.
bool ParseTimestampText(std::string_view text, std::int64_t& seconds, std::int32_t& nanos) {
  nanos = 0;
  const std::size_t point = text.find('.');
  if (point != std::string_view::npos) {
    const std::string_view fraction = text.substr(point + 1);
    if (fraction.empty() || fraction.size() > 9) return false;
    for (std::size_t i = 0; i < 9; ++i) {
      const char digit = i < fraction.size() ? fraction[i] : '0';
      if (digit < '0' || digit > '9') return false;
      nanos = nanos * 10 + (digit - '0');
    }
    text = text.substr(0, point);
  } else if (const auto days = ParseDays(text)) {
    seconds = *days * kSecondsPerDay;
    return true;
  }
  const auto millis = ParseUtcMillis(text);
  if (!millis) return false;
  seconds = FloorDiv(*millis, 1000);
  return true;
}

std::string_view TextToTimestamp(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                 ColumnVector& out) {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  if (!ParseTimestampText(in.BytesAt(row), seconds, nanos)) {
    return "text is no time like 2024-02-29 12:34:56.123456789";
  }
  out.AppendTimestamp(seconds, nanos);
  return kDone;
}

std::string_view TextToDatetime(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                ColumnVector& out) {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  if (!ParseTimestampText(in.BytesAt(row), seconds, nanos)) {
    return "text is no time like 2024-02-29 12:34:56.789";
  }
  if (nanos % kNanosPerMilli != 0) return "value has digits below a millisecond";
  out.AppendInt64(seconds * 1000 + nanos / kNanosPerMilli);
  return kDone;
}

std::string_view TextToDate(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                            ColumnVector& out) {
  const auto days = ParseDays(in.BytesAt(row));
  if (!days) return "text is no date like 2024-02-29";
  out.AppendInt64(*days);
  return kDone;
}

std::string_view TextToInt(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                           ColumnVector& out) {
  const auto value = ParseNumber<std::int64_t>(in.BytesAt(row));
  if (!value) return "text is no whole number of 64 bits";
  out.AppendInt64(*value);
  return kDone;
}

std::string_view DecimalToInt(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                              ColumnVector& out) {
  auto plain = PlainDecimal(in.BytesAt(row));
  if (!plain) return kNoNumber;
  const std::size_t point = plain->find('.');
  if (point != std::string::npos) {
    if (plain->find_first_not_of('0', point + 1) != std::string::npos) return kNoWhole;
    plain->resize(point);
  }
  const auto value = ParseNumber<std::int64_t>(*plain);
  if (!value) return kTooLarge;
  out.AppendInt64(*value);
  return kDone;
}

std::string_view TextToDouble(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                              ColumnVector& out) {
  const auto value = ParseNumber<double>(in.BytesAt(row));
  if (!value) return kNoNumber;
  out.AppendDouble(*value);
  return kDone;
}

std::string_view TextToFloat(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                             ColumnVector& out) {
  const auto value = ParseNumber<float>(in.BytesAt(row));
  if (!value) return kNoNumber;
  out.AppendFloat(*value);
  return kDone;
}

std::string_view TextToDecimal(const ColumnVector& in, std::size_t row, const Type& to,
                               ColumnVector& out) {
  return AppendDecimal(in.BytesAt(row), to.scale, out);
}

std::string_view TextToBool(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                            ColumnVector& out) {
  const std::string folded = record::FoldName(in.BytesAt(row));
  if (folded != "true" && folded != "false" && folded != "1" && folded != "0") {
    return "text is neither true nor false";
  }
  out.AppendInt64(folded == "true" || folded == "1" ? 1 : 0);
  return kDone;
}

std::string_view SameBytes(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                           ColumnVector& out) {
  out.AppendBytes(in.BytesAt(row));
  return kDone;
}

std::string_view SameInt64(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                           ColumnVector& out) {
  out.AppendInt64(in.int64s[row]);
  return kDone;
}

std::string_view IntToBool(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                           ColumnVector& out) {
  if (in.int64s[row] != 0 && in.int64s[row] != 1) return "number is neither 0 nor 1";
  out.AppendInt64(in.int64s[row]);
  return kDone;
}

std::string_view IntToFloat(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                            ColumnVector& out) {
  const auto value = static_cast<float>(in.int64s[row]);
  // Compared as double, which holds every float: 2^63 itself must not be cast back.
  if (static_cast<double>(value) >= 9223372036854775808.0 ||
      static_cast<std::int64_t>(value) != in.int64s[row]) {
    return "number has more digits than a float holds";
  }
  out.AppendFloat(value);
  return kDone;
}

std::string_view IntToDouble(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                             ColumnVector& out) {
  const auto value = static_cast<double>(in.int64s[row]);
  if (value >= 9223372036854775808.0 || static_cast<std::int64_t>(value) != in.int64s[row]) {
    return "number has more digits than a double holds";
  }
  out.AppendDouble(value);
  return kDone;
}

std::string_view IntToText(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                           ColumnVector& out) {
  std::array<char, 24> text{};
  char* const end = std::to_chars(text.data(), text.data() + text.size(), in.int64s[row]).ptr;
  out.AppendBytes({text.data(), static_cast<std::size_t>(end - text.data())});
  return kDone;
}

std::string_view BoolToText(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                            ColumnVector& out) {
  out.AppendBytes(in.int64s[row] != 0 ? "true" : "false");
  return kDone;
}

std::string_view FloatToInt(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                            ColumnVector& out) {
  return AppendWhole(static_cast<double>(in.floats[row]), out);
}

std::string_view DoubleToInt(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                             ColumnVector& out) {
  return AppendWhole(in.doubles[row], out);
}

std::string_view FloatToDouble(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                               ColumnVector& out) {
  out.AppendDouble(static_cast<double>(in.floats[row]));
  return kDone;
}

std::string_view DoubleToFloat(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                               ColumnVector& out) {
  const double value = in.doubles[row];
  if (std::isfinite(value) &&
      std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) {
    return kTooLarge;
  }
  out.AppendFloat(static_cast<float>(value));
  return kDone;
}

std::string_view FloatToText(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                             ColumnVector& out) {
  AppendFloatText(in.floats[row], out);
  return kDone;
}

std::string_view DoubleToText(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                              ColumnVector& out) {
  AppendFloatText(in.doubles[row], out);
  return kDone;
}

std::string_view FloatToDecimal(const ColumnVector& in, std::size_t row, const Type& to,
                                ColumnVector& out) {
  std::array<char, 64> text{};
  char* const end = std::to_chars(text.data(), text.data() + text.size(), in.floats[row]).ptr;
  return AppendDecimal({text.data(), static_cast<std::size_t>(end - text.data())}, to.scale, out);
}

std::string_view DoubleToDecimal(const ColumnVector& in, std::size_t row, const Type& to,
                                 ColumnVector& out) {
  std::array<char, 64> text{};
  char* const end = std::to_chars(text.data(), text.data() + text.size(), in.doubles[row]).ptr;
  return AppendDecimal({text.data(), static_cast<std::size_t>(end - text.data())}, to.scale, out);
}

std::string_view DateToText(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                            ColumnVector& out) {
  out.AppendBytes(FormatDays(in.int64s[row]));
  return kDone;
}

std::string_view DateToDatetime(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                ColumnVector& out) {
  if (std::abs(in.int64s[row]) > 10'000'000) return kTooLarge;
  out.AppendInt64(in.int64s[row] * kMillisPerDay);
  return kDone;
}

std::string_view DateToTimestamp(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                 ColumnVector& out) {
  if (std::abs(in.int64s[row]) > 10'000'000) return kTooLarge;
  out.AppendTimestamp(in.int64s[row] * kSecondsPerDay, 0);
  return kDone;
}

std::string_view DatetimeToText(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                ColumnVector& out) {
  out.AppendBytes(FormatUtcMillis(in.int64s[row]));
  return kDone;
}

std::string_view DatetimeToDate(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                ColumnVector& out) {
  if (in.int64s[row] % kMillisPerDay != 0) return "time has a time of day, which a date would lose";
  out.AppendInt64(in.int64s[row] / kMillisPerDay);
  return kDone;
}

std::string_view DatetimeToTimestamp(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                     ColumnVector& out) {
  const std::int64_t seconds = FloorDiv(in.int64s[row], 1000);
  out.AppendTimestamp(seconds,
                      static_cast<std::int32_t>(in.int64s[row] - seconds * 1000) * kNanosPerMilli);
  return kDone;
}

std::string_view TimestampToText(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                 ColumnVector& out) {
  // Far beyond what a TIMESTAMP may be, near what milliseconds of 64 bits can count.
  if (std::abs(in.int64s[row] / 1'000) > 1'000'000'000'000) return kTooLarge;
  std::string text = FormatUtcMillis(in.int64s[row] * 1000);
  text.resize(text.find('.'));
  std::string nanos = std::to_string(in.nanos[row]);
  text += '.' + std::string(9 - nanos.size(), '0') + nanos;
  out.AppendBytes(text);
  return kDone;
}

std::string_view TimestampToDatetime(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                     ColumnVector& out) {
  if (in.nanos[row] % kNanosPerMilli != 0) return "time has digits below a millisecond";
  out.AppendInt64(in.int64s[row] * 1000 + in.nanos[row] / kNanosPerMilli);
  return kDone;
}

std::string_view TimestampToDate(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                                 ColumnVector& out) {
  if (in.nanos[row] != 0 || in.int64s[row] % kSecondsPerDay != 0) {
    return "time has a time of day, which a date would lose";
  }
  out.AppendInt64(in.int64s[row] / kSecondsPerDay);
  return kDone;
}

std::string_view SameFloat(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                           ColumnVector& out) {
  out.AppendFloat(in.floats[row]);
  return kDone;
}

std::string_view SameDouble(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                            ColumnVector& out) {
  out.AppendDouble(in.doubles[row]);
  return kDone;
}

std::string_view SameTimestamp(const ColumnVector& in, std::size_t row, const Type& /*to*/,
                               ColumnVector& out) {
  out.AppendTimestamp(in.int64s[row], in.nanos[row]);
  return kDone;
}

ConvertValue SameValue(const Type& type) {
  switch (record::PhysicalOf(type)) {
    case record::Physical::kInt64:
      return SameInt64;
    case record::Physical::kFloat:
      return SameFloat;
    case record::Physical::kDouble:
      return SameDouble;
    case record::Physical::kTimestamp:
      return SameTimestamp;
    case record::Physical::kBytes:
    case record::Physical::kNested:
      return SameBytes;
  }
  return nullptr;
}

ConvertValue FromText(Group to) {
  switch (to) {
    case Group::kBool:
      return TextToBool;
    case Group::kInt:
      return TextToInt;
    case Group::kFloat:
      return TextToFloat;
    case Group::kDouble:
      return TextToDouble;
    case Group::kDecimal:
      return TextToDecimal;
    case Group::kText:
    case Group::kBinary:
    case Group::kJson:
      return SameBytes;
    case Group::kDate:
      return TextToDate;
    case Group::kDatetime:
      return TextToDatetime;
    case Group::kTimestamp:
      return TextToTimestamp;
    case Group::kOther:
      return nullptr;
  }
  return nullptr;
}

ConvertValue FromNumber(Group from, Group to) {
  struct Row {
    Group from;
    ConvertValue to_bool, to_int, to_float, to_double, to_decimal, to_text;
  };
  static constexpr std::array kRows = {
      Row{Group::kBool, SameInt64, SameInt64, nullptr, nullptr, nullptr, BoolToText},
      Row{Group::kInt, IntToBool, SameInt64, IntToFloat, IntToDouble, IntToText, IntToText},
      Row{Group::kFloat, nullptr, FloatToInt, SameFloat, FloatToDouble, FloatToDecimal,
          FloatToText},
      Row{Group::kDouble, nullptr, DoubleToInt, DoubleToFloat, SameDouble, DoubleToDecimal,
          DoubleToText},
      Row{Group::kDecimal, nullptr, DecimalToInt, TextToFloat, TextToDouble, TextToDecimal,
          SameBytes},
  };
  for (const Row& row : kRows) {
    if (row.from != from) continue;
    switch (to) {
      case Group::kBool:
        return row.to_bool;
      case Group::kInt:
        return row.to_int;
      case Group::kFloat:
        return row.to_float;
      case Group::kDouble:
        return row.to_double;
      case Group::kDecimal:
        return row.to_decimal;
      case Group::kText:
        return row.to_text;
      default:
        return nullptr;
    }
  }
  return nullptr;
}

ConvertValue FromTime(Group from, Group to) {
  struct Row {
    Group from;
    ConvertValue to_date, to_datetime, to_timestamp, to_text;
  };
  static constexpr std::array kRows = {
      Row{Group::kDate, SameInt64, DateToDatetime, DateToTimestamp, DateToText},
      Row{Group::kDatetime, DatetimeToDate, SameInt64, DatetimeToTimestamp, DatetimeToText},
      Row{Group::kTimestamp, TimestampToDate, TimestampToDatetime, SameTimestamp, TimestampToText},
  };
  for (const Row& row : kRows) {
    if (row.from != from) continue;
    switch (to) {
      case Group::kDate:
        return row.to_date;
      case Group::kDatetime:
        return row.to_datetime;
      case Group::kTimestamp:
        return row.to_timestamp;
      case Group::kText:
        return row.to_text;
      default:
        return nullptr;
    }
  }
  return nullptr;
}

}  // namespace

ConvertValue FindConversion(const Type& from, const Type& to) {
  if (syncjob::ConversionBetween(from, to) == syncjob::Conversion::kCopy) return SameValue(from);
  const Group source = GroupOf(from.kind);
  const Group target = GroupOf(to.kind);
  switch (source) {
    case Group::kText:
      return FromText(target);
    case Group::kBinary:
    case Group::kJson:
      return target == Group::kText || target == source ? SameBytes : nullptr;
    case Group::kDate:
    case Group::kDatetime:
    case Group::kTimestamp:
      return FromTime(source, target);
    case Group::kOther:
      return nullptr;
    case Group::kBool:
    case Group::kInt:
    case Group::kFloat:
    case Group::kDouble:
    case Group::kDecimal:
      return FromNumber(source, target);
  }
  return nullptr;
}

Result<std::string> PlainDecimal(std::string_view text) {
  const auto refuse = [] { return Fail(InvalidArgument("text is no decimal number")); };
  std::string sign;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') sign = "-";
    text.remove_prefix(1);
  }
  std::int64_t exponent = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
    const auto parsed = ParseNumber<std::int64_t>(digits);
    if (!parsed || std::abs(*parsed) > 1000) return refuse();
    exponent = *parsed;
    text = text.substr(0, e);
  }
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  auto scale = static_cast<std::int64_t>(0);
  if (point != std::string_view::npos) {
    digits += text.substr(point + 1);
    scale = static_cast<std::int64_t>(text.size() - point - 1);
  }
  if (digits.empty() || digits.size() > 1000 ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    return refuse();
  }
  scale -= exponent;
  if (scale < 0) {
    digits.append(static_cast<std::size_t>(-scale), '0');
    scale = 0;
  }
  const auto fraction = static_cast<std::size_t>(scale);
  if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
  std::size_t zeros = 0;
  while (zeros + 1 < digits.size() - fraction && digits[zeros] == '0') ++zeros;
  std::string plain = sign + digits.substr(zeros, digits.size() - fraction - zeros);
  if (fraction > 0) plain += '.' + digits.substr(digits.size() - fraction);
  return plain;
}

}  // namespace culvert::runner
