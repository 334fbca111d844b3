// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/nested.h"

#include "emulator/sql/value.h"
#include "libs/base/byte_buffer.h"
#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/record/schema.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <utility>

namespace culvert::emulator::sql {
namespace {

using record::Physical;
using record::Type;
using record::TypeKind;

/// Reads wire bytes that are known to be whole.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(Take(1).front());
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if ((byte & 0x80U) == 0) break;
    }
    return value;
  }
  std::int64_t Signed() {
    const std::uint64_t value = Varint();
    return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
  }
  std::string_view Take(std::size_t count) {
    CULVERT_CHECK(count <= bytes_.size());
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

 private:
  std::string_view bytes_;
};

void PutVarint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

void PutSigned(std::int64_t value, std::string& out) {
  PutVarint((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63),
            out);
}

std::string Quote(std::string_view text) { return DumpJson(nlohmann::json(text)); }

template <typename T>
T Fixed(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

/// One scalar as a column of one row, so that value.h says what it looks like.
Value ScalarFromWire(const Type& type, WireReader& reader) {
  record::ColumnVector column;
  column.physical = record::PhysicalOf(type);
  switch (column.physical) {
    case Physical::kInt64:
      column.AppendInt64(reader.Signed());
      break;
    case Physical::kFloat:
      column.AppendFloat(Fixed<float>(reader.Take(sizeof(float))));
      break;
    case Physical::kDouble:
      column.AppendDouble(Fixed<double>(reader.Take(sizeof(double))));
      break;
    case Physical::kTimestamp: {
      const std::int64_t seconds = reader.Signed();
      column.AppendTimestamp(seconds, static_cast<std::int32_t>(reader.Signed()));
      break;
    }
    case Physical::kBytes:
    case Physical::kNested:
      column.AppendBytes(reader.Take(reader.Varint()));
      break;
  }
  return ReadCell(column, 0, type);
}

std::string ScalarJson(const Type& type, WireReader& reader) {
  if (type.kind == TypeKind::kBoolean) return reader.Varint() != 0 ? "true" : "false";
  if (type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble) {
    // Not through ReadCell: a NaN has a form here and none in SQLite.
    const std::string text = type.kind == TypeKind::kFloat
                                 ? FormatFloat(Fixed<float>(reader.Take(sizeof(float))))
                                 : FormatDouble(Fixed<double>(reader.Take(sizeof(double))));
    return text.find_first_of("nN") == std::string::npos ? text : Quote(text);
  }
  const Value value = ScalarFromWire(type, reader);
  if (value.storage == Storage::kInteger) return std::to_string(value.integer);
  if (value.storage == Storage::kBlob) return Quote(HexEncode(AsBytes(value.text)));
  return Quote(value.text);
}

std::string ToJson(const Type& type, WireReader& reader);

std::string FlaggedJson(const Type& type, WireReader& reader) {
  return reader.Take(1).front() != 0 ? "null" : ToJson(type, reader);
}

std::string ToJson(const Type& type, WireReader& reader) {
  if (type.kind == TypeKind::kArray) {
    std::string out = "[";
    for (std::uint64_t i = 0, count = reader.Varint(); i < count; ++i) {
      if (i > 0) out += ',';
      out += FlaggedJson(type.children[0], reader);
    }
    return out + "]";
  }
  if (type.kind == TypeKind::kMap) {
    std::vector<std::string> keys(reader.Varint());
    for (std::string& key : keys) {
      key = FlaggedJson(type.children[0], reader);
      if (!key.starts_with('"')) key = Quote(key);
    }
    CULVERT_CHECK(reader.Varint() == keys.size());
    std::string out = "{";
    for (const std::string& key : keys) {
      if (out.size() > 1) out += ',';
      out += key + ":" + FlaggedJson(type.children[1], reader);
    }
    return out + "}";
  }
  if (type.kind == TypeKind::kStruct) {
    std::string out = "{";
    for (std::size_t i = 0; i < type.children.size(); ++i) {
      if (i > 0) out += ',';
      out += Quote(type.field_names[i]) + ":" + FlaggedJson(type.children[i], reader);
    }
    return out + "}";
  }
  return ScalarJson(type, reader);
}

Error DoesNotFit(const nlohmann::json& json, const Type& type) {
  return InvalidArgument("value " + DumpJson(json).substr(0, 64) + " is no " + type.ToString());
}

/// A JSON scalar as the value it stands for; text where the type is told by text.
Result<Value> ScalarValue(const Type& type, const nlohmann::json& json) {
  if (json.is_number_integer()) {
    return CastValue(Value::Integer(json.get<std::int64_t>()), ScalarType(TypeKind::kBigint), type,
                     CastMode::kAssign);
  }
  if (json.is_number_float()) {
    return CastValue(Value::Real(json.get<double>()), ScalarType(TypeKind::kDouble), type,
                     CastMode::kAssign);
  }
  if (json.is_boolean()) {
    return CastValue(Value::Integer(json.get<bool>() ? 1 : 0), ScalarType(TypeKind::kBoolean), type,
                     CastMode::kAssign);
  }
  if (!json.is_string()) return Fail(DoesNotFit(json, type));
  if (type.kind == TypeKind::kBinary) {
    CULVERT_ASSIGN_OR_RETURN(std::string bytes, HexDecode(json.get<std::string>()));
    return Value::Blob(std::move(bytes));
  }
  return CastValue(Value::Text(json.get<std::string>()), ScalarType(TypeKind::kString), type,
                   CastMode::kAssign);
}

Status ToWire(const Type& type, const nlohmann::json& json, std::string& out);

Status FlaggedToWire(const Type& type, const nlohmann::json& json, std::string& out) {
  out += json.is_null() ? '\x01' : '\x00';
  return json.is_null() ? Status() : ToWire(type, json, out);
}

Status ScalarToWire(const Type& type, const nlohmann::json& json, std::string& out) {
  CULVERT_ASSIGN_OR_RETURN(const Value value, ScalarValue(type, json));
  if (value.is_null()) return Fail(DoesNotFit(json, type));
  record::ColumnVector column;
  column.physical = record::PhysicalOf(type);
  CULVERT_TRY(AppendCell(value, type, column));
  switch (column.physical) {
    case Physical::kInt64:
      if (type.kind == TypeKind::kBoolean) {
        out += static_cast<char>(column.int64s[0]);
      } else {
        PutSigned(column.int64s[0], out);
      }
      break;
    case Physical::kFloat:
      out.append(reinterpret_cast<const char*>(column.floats.data()), sizeof(float));
      break;
    case Physical::kDouble:
      out.append(reinterpret_cast<const char*>(column.doubles.data()), sizeof(double));
      break;
    case Physical::kTimestamp:
      PutSigned(column.int64s[0], out);
      PutSigned(column.nanos[0], out);
      break;
    case Physical::kBytes:
    case Physical::kNested:
      PutVarint(column.bytes.size(), out);
      out.append(column.bytes.data(), column.bytes.size());
      break;
  }
  return {};
}

Status ToWire(const Type& type, const nlohmann::json& json, std::string& out) {
  if (type.kind == TypeKind::kArray) {
    if (!json.is_array()) return Fail(DoesNotFit(json, type));
    PutVarint(json.size(), out);
    for (const nlohmann::json& item : json) {
      CULVERT_TRY(FlaggedToWire(type.children[0], item, out));
    }
    return {};
  }
  if (type.kind == TypeKind::kMap) {
    if (!json.is_object()) return Fail(DoesNotFit(json, type));
    PutVarint(json.size(), out);
    for (const auto& item : json.items()) {
      CULVERT_TRY(FlaggedToWire(type.children[0], nlohmann::json(item.key()), out));
    }
    PutVarint(json.size(), out);
    for (const auto& item : json.items()) {
      CULVERT_TRY(FlaggedToWire(type.children[1], item.value(), out));
    }
    return {};
  }
  if (type.kind == TypeKind::kStruct) {
    if (!json.is_object()) return Fail(DoesNotFit(json, type));
    for (std::size_t i = 0; i < type.children.size(); ++i) {
      nlohmann::json field;
      for (const auto& item : json.items()) {
        if (record::SameName(item.key(), type.field_names[i])) field = item.value();
      }
      CULVERT_TRY(FlaggedToWire(type.children[i], field, out));
    }
    return {};
  }
  return ScalarToWire(type, json, out);
}

}  // namespace

std::string NestedToJson(const Type& type, std::string_view wire) {
  WireReader reader(wire);
  return ToJson(type, reader);
}

Result<Value> JsonToValue(const Type& type, const nlohmann::json& json) {
  if (json.is_null()) return Value::Null();
  return type.IsNested() ? Value::Text(DumpJson(json)) : ScalarValue(type, json);
}

Result<std::string> JsonToNested(const Type& type, std::string_view json) {
  CULVERT_ASSIGN_OR_RETURN(const nlohmann::json value, ParseJson(json));
  std::string out;
  CULVERT_TRY(ToWire(type, value, out));
  return out;
}

}  // namespace culvert::emulator::sql
