// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/row_text.h"

#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/base/text.h"
#include "libs/base/time_format.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace culvert::runner {
namespace {

using record::Physical;
using record::Type;
using record::TypeKind;

template <typename Number>
void AppendNumber(Number value, std::string& out) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

template <typename Float>
void AppendFloat(Float value, std::string& out) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    AppendNumber(value, out);
  }
}

std::string NineDigits(std::int32_t nanos) {
  const std::string digits = std::to_string(nanos < 0 ? -static_cast<std::int64_t>(nanos) : nanos);
  return std::string(9 - digits.size(), '0') + digits;
}

void AppendInt64(const Type& type, std::int64_t value, std::string& out) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      out += value != 0 ? "true" : "false";
      return;
    case TypeKind::kDate:
      out += '"' + FormatDays(value) + '"';
      return;
    case TypeKind::kDatetime:
      out += '"' + FormatUtcMillis(value) + '"';
      return;
    default:
      AppendNumber(value, out);
  }
}

void AppendTimestamp(const Type& type, std::int64_t seconds, std::int32_t nanos, std::string& out) {
  if (type.kind == TypeKind::kIntervalDayTime) {
    // Both parts have one sign; with zero seconds only the nanoseconds show it.
    out += seconds == 0 && nanos < 0 ? "\"-" : "\"";
    out += std::to_string(seconds) + '.' + NineDigits(nanos) + '"';
    return;
  }
  std::string text = FormatUtcMillis(seconds * 1000);
  text.resize(text.find('.'));
  out += '"' + text + '.' + NineDigits(nanos) + '"';
}

void AppendBytes(const Type& type, std::string_view bytes, std::string& out) {
  if (type.kind == TypeKind::kBinary) {
    out += '"' + HexEncode(AsBytes(bytes)) + '"';
  } else {
    AppendJsonString(bytes, out);
  }
}

// Reads a nested value that was validated before: running off its end is a bug.
class NestedReader {
 public:
  NestedReader(std::string_view bytes, std::string& out) : bytes_(bytes), out_(out) {}

  void Value(const Type& type) {
    switch (type.kind) {
      case TypeKind::kArray:
        return Array(type.children[0]);
      case TypeKind::kMap:
        return Map(type);
      case TypeKind::kStruct:
        return Struct(type);
      default:
        return Scalar(type);
    }
  }

 private:
  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      CULVERT_CHECK(!bytes_.empty());
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  std::int64_t ZigZag() {
    const std::uint64_t value = Varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::string_view Take(std::size_t size) {
    CULVERT_CHECK(size <= bytes_.size());
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  template <typename Fixed>
  Fixed TakeFixed() {
    static_assert(std::endian::native == std::endian::little);
    Fixed value{};
    std::memcpy(&value, Take(sizeof value).data(), sizeof value);
    return value;
  }

  void Nullable(const Type& type) {
    if (Take(1)[0] != 0) {
      out_ += "null";
    } else {
      Value(type);
    }
  }
  void Array(const Type& element) {
    out_ += '[';
    const std::uint64_t count = Varint();
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i > 0) out_ += ',';
      Nullable(element);
    }
    out_ += ']';
  }
  // Keys come all before the values, so they are kept as text until their values are read.
  void Map(const Type& type) {
    const bool text_keys = type.children[0].kind == TypeKind::kString ||
                           type.children[0].kind == TypeKind::kVarchar ||
                           type.children[0].kind == TypeKind::kChar;
    const std::uint64_t count = Varint();
    std::string before;
    std::vector<std::string> keys;
    before.swap(out_);
    for (std::uint64_t i = 0; i < count; ++i) {
      out_.clear();
      Nullable(type.children[0]);
      keys.push_back(out_);
    }
    out_.swap(before);
    Varint();  // the count again
    out_ += text_keys ? '{' : '[';
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i > 0) out_ += ',';
      if (text_keys) {
        out_ += keys[i] == "null" ? "\"null\"" : keys[i];
        out_ += ':';
      } else {
        out_ += '[' + keys[i] + ',';
      }
      Nullable(type.children[1]);
      if (!text_keys) out_ += ']';
    }
    out_ += text_keys ? '}' : ']';
  }
  void Struct(const Type& type) {
    out_ += '{';
    for (std::size_t i = 0; i < type.children.size(); ++i) {
      if (i > 0) out_ += ',';
      AppendJsonString(type.field_names[i], out_);
      out_ += ':';
      Nullable(type.children[i]);
    }
    out_ += '}';
  }
  void Scalar(const Type& type) {
    switch (record::PhysicalOf(type)) {
      case Physical::kInt64:
        if (type.kind == TypeKind::kBoolean) {
          return AppendInt64(type, static_cast<std::int64_t>(Varint()), out_);
        }
        return AppendInt64(type, ZigZag(), out_);
      case Physical::kFloat:
        return AppendFloat(TakeFixed<float>(), out_);
      case Physical::kDouble:
        return AppendFloat(TakeFixed<double>(), out_);
      case Physical::kTimestamp: {
        const std::int64_t seconds = ZigZag();
        return AppendTimestamp(type, seconds, static_cast<std::int32_t>(ZigZag()), out_);
      }
      case Physical::kBytes:
      case Physical::kNested:
        return AppendBytes(type, Take(Varint()), out_);
    }
  }

  std::string_view bytes_;
  std::string& out_;
};

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    const auto lead = static_cast<unsigned char>(text.front());
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (lead == '"' || lead == '\\') {
      out += '\\';
      out += text.front();
    } else if (lead == '\n') {
      out += "\\n";
    } else if (lead < 0x20) {
      out += "\\u00";
      out += kHex[lead >> 4];
      out += kHex[lead & 15];
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void AppendNestedJson(const Type& type, std::string_view wire_bytes, std::string& out) {
  NestedReader(wire_bytes, out).Value(type);
}

void AppendRowJson(std::span<const record::Column> columns, const record::RecordBatch& batch,
                   std::size_t row, std::string& out) {
  out += '{';
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const record::ColumnVector& column = batch.columns[i];
    const Type& type = columns[i].type;
    if (i > 0) out += ',';
    AppendJsonString(columns[i].name, out);
    out += ':';
    if (column.present[row] == 0) {
      out += "null";
      continue;
    }
    switch (column.physical) {
      case Physical::kInt64:
        AppendInt64(type, column.int64s[row], out);
        break;
      case Physical::kFloat:
        AppendFloat(column.floats[row], out);
        break;
      case Physical::kDouble:
        AppendFloat(column.doubles[row], out);
        break;
      case Physical::kTimestamp:
        AppendTimestamp(type, column.int64s[row], column.nanos[row], out);
        break;
      case Physical::kBytes:
        AppendBytes(type, column.BytesAt(row), out);
        break;
      case Physical::kNested:
        AppendNestedJson(type, column.BytesAt(row), out);
        break;
    }
  }
  out += '}';
}

}  // namespace culvert::runner
