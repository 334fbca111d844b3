// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <type_traits>

namespace culvert {
namespace {

using nlohmann::json;

constexpr int kDepthMax = 64;

Error At(std::string_view text, std::size_t offset, std::string_view what) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 == 0: the first line
  return InvalidArgument(std::string(what) + " at line " + std::to_string(lines + 1) + ", column " +
                         std::to_string(before.size() - line_begin + 1));
}

// Offset of the first bracket that nests too deep, else npos. The parser itself has no such limit,
// but code that walks a document does.
std::size_t FindTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDepthMax) return i;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return std::string_view::npos;
}

Error WrongType(std::string_view key, std::string_view wanted) {
  return InvalidArgument("json member '" + std::string(key) + "' is not " + std::string(wanted));
}

// The member, or null when it is missing or `object` is not an object.
const json* Find(const json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

template <std::integral T>
Result<T> ReadInteger(const json& value, std::string_view key) {
  constexpr std::string_view kWanted =
      std::is_signed_v<T> ? "a 64-bit integer" : "an unsigned 64-bit integer";
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (std::in_range<T>(number)) return static_cast<T>(number);
  } else if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (std::in_range<T>(number)) return static_cast<T>(number);
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    T number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  return Fail(WrongType(key, kWanted));
}

Result<std::string> ReadString(const json& value, std::string_view key) {
  if (!value.is_string()) return Fail(WrongType(key, "a string"));
  return value.get<std::string>();
}

Result<bool> ReadBool(const json& value, std::string_view key) {
  if (!value.is_boolean()) return Fail(WrongType(key, "true or false"));
  return value.get<bool>();
}

template <typename T>
using Reader = Result<T> (*)(const json& value, std::string_view key);

template <typename T>
Result<T> Need(const json& object, std::string_view key, Reader<T> read) {
  if (!object.is_object()) return Fail(InvalidArgument("json value is not an object"));
  const json* value = Find(object, key);
  if (value == nullptr) {
    return Fail(InvalidArgument("json member '" + std::string(key) + "' is missing"));
  }
  return read(*value, key);
}

template <typename T>
Result<T> NeedOr(const json& object, std::string_view key, T fallback, Reader<T> read) {
  if (!object.is_object()) return Fail(InvalidArgument("json value is not an object"));
  const json* value = Find(object, key);
  if (value == nullptr) return fallback;
  return read(*value, key);
}

}  // namespace

Result<json> ParseJson(std::string_view text) {
  if (const std::size_t at = FindTooDeep(text); at != std::string_view::npos) {
    return Fail(At(text, at, "json nests deeper than " + std::to_string(kDepthMax) + " levels"));
  }
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    // The library's own message quotes the text, which may hold a secret.
    return Fail(At(text, error.byte == 0 ? 0 : error.byte - 1, "invalid json"));
  } catch (const json::exception&) {
    return Fail(InvalidArgument("invalid json: a number is out of range"));
  }
}

Result<std::int64_t> JsonInt64(const json& object, std::string_view key) {
  return Need<std::int64_t>(object, key, ReadInteger<std::int64_t>);
}
Result<std::uint64_t> JsonUint64(const json& object, std::string_view key) {
  return Need<std::uint64_t>(object, key, ReadInteger<std::uint64_t>);
}
Result<std::string> JsonString(const json& object, std::string_view key) {
  return Need<std::string>(object, key, ReadString);
}
Result<bool> JsonBool(const json& object, std::string_view key) {
  return Need<bool>(object, key, ReadBool);
}

Result<std::int64_t> JsonInt64Or(const json& object, std::string_view key, std::int64_t fallback) {
  return NeedOr<std::int64_t>(object, key, fallback, ReadInteger<std::int64_t>);
}
Result<std::uint64_t> JsonUint64Or(const json& object, std::string_view key,
                                   std::uint64_t fallback) {
  return NeedOr<std::uint64_t>(object, key, fallback, ReadInteger<std::uint64_t>);
}
Result<std::string> JsonStringOr(const json& object, std::string_view key,
                                 std::string_view fallback) {
  return NeedOr<std::string>(object, key, std::string(fallback), ReadString);
}
Result<bool> JsonBoolOr(const json& object, std::string_view key, bool fallback) {
  return NeedOr<bool>(object, key, fallback, ReadBool);
}

std::string DumpJson(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}
std::string DumpJsonPretty(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace culvert
