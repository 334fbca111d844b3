// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/value.h"

#include "emulator/sql/decimal.h"
#include "emulator/sql/nested.h"
#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace culvert::emulator::sql {
namespace {

using record::Type;
using record::TypeKind;

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::string_view kNan = "NaN";

Error CannotBe(const Value& value, const Type& from, const Type& to) {
  std::string shown = DisplayText(value, from);
  if (shown.size() > 64) shown = shown.substr(0, 64) + "...";
  return InvalidArgument("value '" + shown + "' of type " + from.ToString() +
                         " cannot be cast to " + to.ToString());
}

Error OutOf(const Type& type, const std::string& shown) {
  return OutOfRange("value " + shown + " is out of range for " + type.ToString());
}

std::int64_t FloorDiv(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

/// Smallest and largest value of an integer type. BIGINT keeps -2^63, which the wire carries.
std::pair<std::int64_t, std::int64_t> RangeOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
      return {0, 1};
    case TypeKind::kTinyint:
      return {-128, 127};
    case TypeKind::kSmallint:
      return {-32768, 32767};
    case TypeKind::kInt:
      return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
    default:
      return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
}

bool IsInteger(TypeKind kind) {
  return kind == TypeKind::kTinyint || kind == TypeKind::kSmallint || kind == TypeKind::kInt ||
         kind == TypeKind::kBigint;
}
bool IsReal(TypeKind kind) { return kind == TypeKind::kFloat || kind == TypeKind::kDouble; }
bool IsText(TypeKind kind) {
  return kind == TypeKind::kString || kind == TypeKind::kVarchar || kind == TypeKind::kChar ||
         kind == TypeKind::kJson;
}
bool IsInstant(TypeKind kind) {
  return kind == TypeKind::kDatetime || kind == TypeKind::kTimestamp ||
         kind == TypeKind::kTimestampNtz;
}

std::string_view TrimSpace(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

std::optional<double> ParseReal(std::string_view text) {
  text = TrimSpace(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ptr != text.data() + text.size()) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) return std::nullopt;
  return value;
}

template <typename T>
std::string Shortest(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), end.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

Result<Value> ToInteger(const Value& value, const Type& from, const Type& to) {
  std::optional<std::int64_t> integer;
  if (value.storage == Storage::kInteger) {
    integer = value.integer;
  } else if (value.storage == Storage::kReal) {
    const double whole = std::trunc(value.real);
    if (whole >= -9223372036854775808.0 && whole < 9223372036854775808.0) {
      integer = static_cast<std::int64_t>(whole);
    }
  } else if (from.kind == TypeKind::kDecimal || IsText(from.kind)) {
    const std::optional<Decimal> decimal = Decimal::Parse(TrimSpace(value.text));
    if (!decimal) return Fail(CannotBe(value, from, to));
    integer = decimal->ToInt64();
  } else {
    return Fail(CannotBe(value, from, to));
  }
  const auto [low, high] = RangeOf(to.kind);
  if (!integer || *integer < low || *integer > high) {
    return Fail(OutOf(to, DisplayText(value, from)));
  }
  return Value::Integer(*integer);
}

Result<Value> ToReal(const Value& value, const Type& from, const Type& to) {
  double real = 0;
  if (value.storage == Storage::kInteger) {
    real = static_cast<double>(value.integer);
  } else if (value.storage == Storage::kReal) {
    real = value.real;
  } else if (from.kind == TypeKind::kDecimal || IsText(from.kind) || IsReal(from.kind)) {
    const std::optional<double> parsed = ParseReal(value.text);
    if (!parsed) return Fail(CannotBe(value, from, to));
    if (std::isnan(*parsed)) return Value::Text(std::string(kNan));
    real = *parsed;
  } else {
    return Fail(CannotBe(value, from, to));
  }
  if (to.kind == TypeKind::kFloat) real = static_cast<double>(static_cast<float>(real));
  return Value::Real(real);
}

Result<Value> ToDecimal(const Value& value, const Type& from, const Type& to) {
  std::optional<Decimal> decimal;
  if (value.storage == Storage::kInteger) {
    decimal = Decimal::FromInt(value.integer);
  } else if (value.storage == Storage::kReal) {
    decimal = Decimal::Parse(FormatDouble(value.real));
  } else if (from.kind == TypeKind::kDecimal || IsText(from.kind)) {
    decimal = Decimal::Parse(TrimSpace(value.text));
  }
  if (!decimal) return Fail(CannotBe(value, from, to));
  const Decimal rounded = decimal->Round(to.scale);
  if (!rounded.Fits(to.precision, to.scale)) return Fail(OutOf(to, DisplayText(value, from)));
  return Value::Text(rounded.ToString());
}

Result<Value> ToBoolean(const Value& value, const Type& from, const Type& to) {
  if (value.storage == Storage::kInteger) return Value::Integer(value.integer != 0 ? 1 : 0);
  if (value.storage == Storage::kReal) return Value::Integer(value.real != 0 ? 1 : 0);
  if (from.kind == TypeKind::kDecimal) return Value::Integer(value.text == "0" ? 0 : 1);
  const std::string folded = record::FoldName(TrimSpace(value.text));
  if (IsText(from.kind) && (folded == "true" || folded == "1")) return Value::Integer(1);
  if (IsText(from.kind) && (folded == "false" || folded == "0")) return Value::Integer(0);
  return Fail(CannotBe(value, from, to));
}

Result<Value> ToText(const Value& value, const Type& from, const Type& to, CastMode mode) {
  std::string text = value.storage == Storage::kBlob ? value.text : DisplayText(value, from);
  if (to.length > 0) {
    const auto length = static_cast<std::size_t>(to.length);
    if (CountCharacters(text) > length) {
      if (mode == CastMode::kAssign) {
        return Fail(OutOfRange("a text of " + std::to_string(CountCharacters(text)) +
                               " characters is too long for " + to.ToString()));
      }
      text = std::string(FirstCharacters(text, length));
    }
  }
  return Value::Text(std::move(text));
}

Result<Value> ToTime(const Value& value, const Type& from, const Type& to) {
  if (from.kind != TypeKind::kDate && !IsInstant(from.kind) && !IsText(from.kind)) {
    return Fail(CannotBe(value, from, to));
  }
  std::optional<Instant> instant = ParseInstant(TrimSpace(value.text));
  if (!instant) return Fail(CannotBe(value, from, to));
  if (to.kind == TypeKind::kDate) {
    return Value::Text(FormatDays(FloorDiv(instant->seconds, kSecondsPerDay)));
  }
  if (to.kind == TypeKind::kDatetime) instant->nanos -= instant->nanos % 1'000'000;
  return Value::Text(FormatInstant(*instant));
}

std::string FormatInterval(std::int64_t seconds, std::int32_t nanos) {
  const Decimal whole = Decimal::FromInt(seconds);
  const Decimal fraction = *Decimal::Parse(std::to_string(nanos) + "E-9");
  return (whole + fraction).ToString();
}

Status AppendTime(const Value& value, const Type& type, record::ColumnVector& column) {
  const std::optional<Instant> instant = ParseInstant(value.text);
  if (!instant) {
    return Fail(InvalidArgument("'" + value.text.substr(0, 64) + "' is no " + type.ToString()));
  }
  if (type.kind == TypeKind::kDate) {
    column.AppendInt64(FloorDiv(instant->seconds, kSecondsPerDay));
  } else if (type.kind == TypeKind::kDatetime) {
    column.AppendInt64(instant->seconds * 1000 + instant->nanos / 1'000'000);
  } else {
    column.AppendTimestamp(instant->seconds, instant->nanos);
  }
  return {};
}

Status AppendInterval(const Value& value, record::ColumnVector& column) {
  const std::optional<Decimal> decimal = Decimal::Parse(value.text);
  const std::optional<std::int64_t> nanos =
      decimal ? (*decimal * *Decimal::Parse("1E9")).ToInt64() : std::nullopt;
  if (!nanos) return Fail(InvalidArgument("'" + value.text.substr(0, 64) + "' is no interval"));
  const std::int64_t seconds = FloorDiv(*nanos, 1'000'000'000);
  column.AppendTimestamp(seconds, static_cast<std::int32_t>(*nanos - seconds * 1'000'000'000));
  return {};
}

}  // namespace

record::Type ScalarType(record::TypeKind kind, std::int32_t precision, std::int32_t scale) {
  Type type;
  type.kind = kind;
  type.precision = precision;
  type.scale = scale;
  return type;
}

Value Value::Integer(std::int64_t value) {
  Value made;
  made.storage = Storage::kInteger;
  made.integer = value;
  return made;
}
Value Value::Real(double value) {
  Value made;
  if (std::isnan(value)) return made;
  made.storage = Storage::kReal;
  made.real = value;
  return made;
}
Value Value::Text(std::string value) {
  Value made;
  made.storage = Storage::kText;
  made.text = std::move(value);
  return made;
}
Value Value::Blob(std::string value) {
  Value made = Text(std::move(value));
  made.storage = Storage::kBlob;
  return made;
}

Value ReadCell(const record::ColumnVector& column, std::size_t row, const Type& type) {
  if (column.present[row] == 0) return Value::Null();
  switch (type.kind) {
    case TypeKind::kFloat:
    case TypeKind::kDouble: {
      const double real = type.kind == TypeKind::kDouble ? column.doubles[row]
                                                         : static_cast<double>(column.floats[row]);
      return std::isnan(real) ? Value::Text(std::string(kNan)) : Value::Real(real);
    }
    case TypeKind::kDate:
      return Value::Text(FormatDays(column.int64s[row]));
    case TypeKind::kDatetime: {
      const std::int64_t millis = column.int64s[row];
      const std::int64_t seconds = FloorDiv(millis, 1000);
      return Value::Text(FormatInstant(
          {seconds, static_cast<std::int32_t>((millis - seconds * 1000) * 1'000'000)}));
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return Value::Text(FormatInstant({column.int64s[row], column.nanos[row]}));
    case TypeKind::kIntervalDayTime:
      return Value::Text(FormatInterval(column.int64s[row], column.nanos[row]));
    case TypeKind::kDecimal: {
      const std::string_view text = column.BytesAt(row);
      const std::optional<Decimal> decimal = Decimal::Parse(text);
      return Value::Text(decimal ? decimal->ToString() : std::string(text));
    }
    case TypeKind::kBinary:
      return Value::Blob(std::string(column.BytesAt(row)));
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kJson:
      return Value::Text(std::string(column.BytesAt(row)));
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return Value::Text(NestedToJson(type, column.BytesAt(row)));
    default:
      return Value::Integer(column.int64s[row]);
  }
}

Status AppendCell(const Value& value, const Type& type, record::ColumnVector& column) {
  if (value.is_null()) {
    column.AppendNull();
    return {};
  }
  const auto wrong = [&] {
    return Fail(InvalidArgument("the query gives another kind of value than " + type.ToString()));
  };
  if (IsInteger(type.kind) || type.kind == TypeKind::kBoolean ||
      type.kind == TypeKind::kIntervalYearMonth) {
    // A sum or product beyond 64 bits comes as REAL.
    if (value.storage == Storage::kReal) return Fail(OutOf(type, FormatDouble(value.real)));
    if (value.storage != Storage::kInteger) return wrong();
    const auto [low, high] = RangeOf(type.kind);
    if (value.integer < low || value.integer > high) {
      return Fail(OutOf(type, std::to_string(value.integer)));
    }
    column.AppendInt64(value.integer);
    return {};
  }
  if (IsReal(type.kind)) {
    double real = value.real;
    if (value.storage == Storage::kInteger) {
      real = static_cast<double>(value.integer);
    } else if (value.storage == Storage::kText && value.text == kNan) {
      real = std::numeric_limits<double>::quiet_NaN();
    } else if (value.storage != Storage::kReal) {
      return wrong();
    }
    if (type.kind == TypeKind::kFloat) {
      column.AppendFloat(static_cast<float>(real));
    } else {
      column.AppendDouble(real);
    }
    return {};
  }
  if (type.kind == TypeKind::kDecimal && value.storage != Storage::kBlob) {
    const Type from = ScalarType(value.storage == Storage::kInteger ? TypeKind::kBigint
                                 : value.storage == Storage::kReal  ? TypeKind::kDouble
                                                                    : TypeKind::kString);
    CULVERT_ASSIGN_OR_RETURN(const Value decimal, ToDecimal(value, from, type));
    column.AppendBytes(decimal.text);
    return {};
  }
  if (value.storage != Storage::kText && value.storage != Storage::kBlob) return wrong();
  if (type.kind == TypeKind::kDate || IsInstant(type.kind)) return AppendTime(value, type, column);
  if (type.kind == TypeKind::kIntervalDayTime) return AppendInterval(value, column);
  if (type.IsNested()) {
    CULVERT_ASSIGN_OR_RETURN(const std::string wire, JsonToNested(type, value.text));
    column.AppendBytes(wire);
    return {};
  }
  column.AppendBytes(value.text);
  return {};
}

Result<Value> CastValue(const Value& value, const Type& from, const Type& to, CastMode mode) {
  if (value.is_null()) return value;
  if (IsInteger(to.kind)) return ToInteger(value, from, to);
  if (IsReal(to.kind)) return ToReal(value, from, to);
  if (to.kind == TypeKind::kDecimal) return ToDecimal(value, from, to);
  if (to.kind == TypeKind::kBoolean) return ToBoolean(value, from, to);
  if (to.kind == TypeKind::kDate || IsInstant(to.kind)) return ToTime(value, from, to);
  if (to.kind == TypeKind::kString || to.kind == TypeKind::kVarchar || to.kind == TypeKind::kChar) {
    return ToText(value, from, to, mode);
  }
  if (to.kind == TypeKind::kBinary && (IsText(from.kind) || from.kind == TypeKind::kBinary)) {
    return Value::Blob(value.text);
  }
  if (to.kind == TypeKind::kJson && IsText(from.kind)) {
    CULVERT_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJson(value.text));
    return Value::Text(from.kind == TypeKind::kJson ? value.text : DumpJson(json));
  }
  if (to.IsNested() && from.kind == to.kind) {
    // The round trip checks every element against the target's types.
    CULVERT_ASSIGN_OR_RETURN(const std::string wire, JsonToNested(to, value.text));
    return Value::Text(NestedToJson(to, wire));
  }
  if (from.kind == to.kind) return value;
  return Fail(CannotBe(value, from, to));
}

std::string DisplayText(const Value& value, const Type& type) {
  switch (value.storage) {
    case Storage::kNull:
      return "\\N";
    case Storage::kInteger:
      if (type.kind == TypeKind::kBoolean) return value.integer != 0 ? "true" : "false";
      return std::to_string(value.integer);
    case Storage::kReal:
      return type.kind == TypeKind::kFloat ? FormatFloat(static_cast<float>(value.real))
                                           : FormatDouble(value.real);
    case Storage::kBlob: {
      // `=AB` for what is not printable, as old outputs show binary columns.
      static constexpr std::string_view kHex = "0123456789ABCDEF";
      std::string text;
      for (const char c : value.text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '=') {
          text += c;
        } else {
          text += '=';
          text += kHex[byte >> 4U];
          text += kHex[byte & 0xfU];
        }
      }
      return text;
    }
    case Storage::kText:
      return value.text;
  }
  return value.text;
}

std::string FormatDouble(double value) { return Shortest(value); }
std::string FormatFloat(float value) { return Shortest(value); }

std::optional<Instant> ParseInstant(std::string_view text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  if (text.size() < 10) return std::nullopt;
  const Result<std::int64_t> days = ParseDays(text.substr(0, 10));
  if (!days) return std::nullopt;
  Instant instant{.seconds = *days * kSecondsPerDay, .nanos = 0};
  text.remove_prefix(10);
  if (text.empty()) return instant;
  if (text.front() != ' ' && text.front() != 'T') return std::nullopt;
  text.remove_prefix(1);
  // hh:mm[:ss[.fraction]]
  constexpr std::array<int, 3> kLimits = {24, 60, 60};
  constexpr std::array<std::int64_t, 3> kSeconds = {3600, 60, 1};
  for (std::size_t part = 0; part < kLimits.size(); ++part) {
    if (part == 2 && text.empty()) return instant;
    if (part > 0) {
      if (!text.starts_with(':')) return std::nullopt;
      text.remove_prefix(1);
    }
    int number = 0;
    const auto read =
        std::from_chars(text.data(), text.data() + std::min<std::size_t>(2, text.size()), number);
    if (text.size() < 2 || read.ptr != text.data() + 2 || number < 0 || number >= kLimits[part]) {
      return std::nullopt;
    }
    instant.seconds += number * kSeconds[part];
    text.remove_prefix(2);
  }
  if (text.empty()) return instant;
  if (!text.starts_with('.') || text.size() < 2 || text.size() > 10) return std::nullopt;
  std::int32_t scale = 100'000'000;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    instant.nanos += (c - '0') * scale;
    scale /= 10;
  }
  return instant;
}

std::string FormatInstant(Instant instant) {
  std::string text = FormatUtcMillis(instant.seconds * 1000).substr(0, 19);
  if (instant.nanos == 0) return text;
  std::string fraction = std::to_string(instant.nanos);
  fraction.insert(0, 9 - fraction.size(), '0');
  fraction.resize(fraction.find_last_not_of('0') + 1);
  return text + "." + fraction;
}

std::size_t CountCharacters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
  return count;
}

std::string_view FirstCharacters(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  while (end < text.size()) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80U && count-- == 0) break;
    ++end;
  }
  return text.substr(0, end);
}

}  // namespace culvert::emulator::sql
