// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/functions.h"
#include "emulator/sql/nested.h"
#include "libs/base/digest.h"
#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace culvert::emulator::sql {
namespace {

using Args = std::span<const Value>;
using Nulls = ScalarFunction::Nulls;

/// mc_cast(value, from, to).
Result<Value> Cast(FunctionContext& context, Args args) {
  const auto type = [&](const Value& value) -> const record::Type& {
    return context.types.at(static_cast<std::size_t>(value.integer));
  };
  return CastValue(args[0], type(args[1]), type(args[2]), CastMode::kExplicit);
}

/// mc_element(json, key or index, type).
Result<Value> Element(FunctionContext& context, Args args) {
  const record::Type& type = context.types.at(static_cast<std::size_t>(args[2].integer));
  CULVERT_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJson(args[0].text));
  if (json.is_array() && args[1].storage == Storage::kInteger) {
    const std::int64_t index = args[1].integer;
    if (index < 0 || static_cast<std::size_t>(index) >= json.size()) return Value::Null();
    return JsonToValue(type, json[static_cast<std::size_t>(index)]);
  }
  const auto found = json.is_object() ? json.find(args[1].text) : json.end();
  if (found == json.end()) return Value::Null();
  return JsonToValue(type, *found);
}

Result<Value> Size(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJson(args[0].text));
  return Value::Integer(static_cast<std::int64_t>(json.size()));
}

/// Follows `$.a.b[0]['c']`; null when the path leaves the document or is no path.
Value JsonAt(const nlohmann::json& root, std::string_view path) {
  if (!path.starts_with('$')) return Value::Null();
  path.remove_prefix(1);
  const nlohmann::json* at = &root;
  while (!path.empty()) {
    if (path.starts_with('.')) {
      path.remove_prefix(1);
      const std::string_view key = path.substr(0, path.find_first_of(".["));
      path.remove_prefix(key.size());
      const auto found = at->is_object() ? at->find(key) : at->end();
      if (found == at->end()) return Value::Null();
      at = &*found;
      continue;
    }
    const std::size_t close = path.find(']');
    if (!path.starts_with('[') || close == std::string_view::npos) return Value::Null();
    std::string_view inside = path.substr(1, close - 1);
    path.remove_prefix(close + 1);
    if (inside.size() >= 2 && (inside.front() == '\'' || inside.front() == '"')) {
      inside = inside.substr(1, inside.size() - 2);
      const auto found = at->is_object() ? at->find(inside) : at->end();
      if (found == at->end()) return Value::Null();
      at = &*found;
      continue;
    }
    std::size_t index = 0;
    const auto read = std::from_chars(inside.data(), inside.data() + inside.size(), index);
    if (read.ec != std::errc() || !at->is_array() || index >= at->size()) return Value::Null();
    at = &(*at)[index];
  }
  if (at->is_null()) return Value::Null();
  return Value::Text(at->is_string() ? at->get<std::string>() : DumpJson(*at));
}

Result<Value> GetJsonObject(FunctionContext&, Args args) {
  const auto json = ParseJson(args[0].text);
  return json ? JsonAt(*json, args[1].text) : Value::Null();
}

Result<Value> ToJson(FunctionContext&, Args args) {
  switch (args[0].storage) {
    case Storage::kInteger:
      return Value::Text(std::to_string(args[0].integer));
    case Storage::kReal:
      return Value::Text(FormatDouble(args[0].real));
    default:
      // Nested values are JSON already; other text becomes a string.
      if (args[0].text.starts_with('{') || args[0].text.starts_with('[')) return args[0];
      return Value::Text(DumpJson(nlohmann::json(args[0].text)));
  }
}

Result<Value> IsNull(FunctionContext&, Args args) { return Truth(args[0].is_null()); }

Result<Value> Md5(FunctionContext&, Args args) { return Value::Text(Md5Hex(TextOf(args[0]))); }
Result<Value> Sha256(FunctionContext&, Args args) {
  return Value::Text(Sha256Hex(TextOf(args[0])));
}
Result<Value> Hex(FunctionContext&, Args args) {
  std::string hex = HexEncode(AsBytes(TextOf(args[0])));
  for (char& c : hex) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return Value::Text(std::move(hex));
}
Result<Value> Unhex(FunctionContext&, Args args) {
  auto bytes = HexDecode(args[0].text);
  return bytes ? Value::Blob(*std::move(bytes)) : Value::Null();
}
Result<Value> Base64(FunctionContext&, Args args) {
  return Value::Text(Base64Encode(AsBytes(TextOf(args[0]))));
}
Result<Value> Unbase64(FunctionContext&, Args args) {
  auto bytes = Base64Decode(args[0].text);
  return bytes ? Value::Blob(*std::move(bytes)) : Value::Null();
}

Result<Value> Uuid(FunctionContext&, Args) {
  std::string hex = RandomHex128();
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) hex.insert(dash, 1, '-');
  return Value::Text(std::move(hex));
}

}  // namespace

std::span<const ScalarFunction> GeneralFunctions() {
  static constexpr std::array kFunctions = {
      ScalarFunction{"mc_cast", 3, Cast},
      ScalarFunction{"mc_element", 3, Element},
      ScalarFunction{"mc_size", 1, Size},
      ScalarFunction{"mc_get_json_object", 2, GetJsonObject},
      ScalarFunction{"mc_to_json", 1, ToJson},
      ScalarFunction{"mc_isnull", 1, IsNull, Nulls::kPass},
      ScalarFunction{"mc_md5", 1, Md5},
      ScalarFunction{"mc_sha256", 1, Sha256},
      ScalarFunction{"mc_hex", 1, Hex},
      ScalarFunction{"mc_unhex", 1, Unhex},
      ScalarFunction{"mc_base64", 1, Base64},
      ScalarFunction{"mc_unbase64", 1, Unbase64},
      ScalarFunction{"mc_uuid", 0, Uuid},
  };
  return kFunctions;
}

std::string TextOf(const Value& value) {
  if (value.storage == Storage::kText || value.storage == Storage::kBlob) return value.text;
  return DisplayText(value, ScalarType(record::TypeKind::kString));
}

std::int64_t IntegerOf(const Value& value) {
  return value.storage == Storage::kInteger ? value.integer : 0;
}

double RealOf(const Value& value) {
  if (value.storage == Storage::kInteger) return static_cast<double>(value.integer);
  // Text here is the NaN of a column.
  return value.storage == Storage::kReal ? value.real : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace culvert::emulator::sql
