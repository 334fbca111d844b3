// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/json_reader.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace culvert::syncjob::internal {
namespace {

const nlohmann::json& NullValue() {
  static const nlohmann::json kNull;
  return kNull;
}

const nlohmann::json& EmptyArray() {
  static const nlohmann::json kEmpty = nlohmann::json::array();
  return kEmpty;
}

}  // namespace

JsonReader::JsonReader(const nlohmann::json& object, std::string_view what,
                       std::optional<Error>& error, std::initializer_list<std::string_view> keys)
    : object_(&object), what_(what), error_(&error) {
  if (*error_) return;
  if (!object_->is_object()) {
    Fail("", "not an object");
    return;
  }
  for (const auto& [key, value] : object_->items()) {
    if (std::ranges::find(keys, key) == keys.end()) {
      Fail(key.substr(0, 64), "unknown key");
      return;
    }
  }
}

void JsonReader::Fail(std::string_view key, std::string_view what) {
  if (*error_) return;
  *error_ = InvalidArgument(std::string(what_) + (key.empty() ? "" : "." + std::string(key)) +
                            ": " + std::string(what));
}

bool JsonReader::Has(std::string_view key) const {
  if (*error_ || !object_->is_object()) return false;
  const auto found = object_->find(key);
  return found != object_->end() && !found->is_null();
}

const nlohmann::json& JsonReader::Get(std::string_view key) {
  if (*error_) return NullValue();
  const auto found = object_->find(key);
  if (found == object_->end()) {
    Fail(key, "missing");
    return NullValue();
  }
  return *found;
}

const nlohmann::json& JsonReader::Array(std::string_view key, std::size_t items_max) {
  const nlohmann::json& value = Get(key);
  if (*error_) return EmptyArray();
  if (!value.is_array() || value.size() > items_max) {
    Fail(key, "must be an array of at most " + std::to_string(items_max));
    return EmptyArray();
  }
  return value;
}

std::uint64_t JsonReader::U64(std::string_view key) {
  const nlohmann::json& value = Get(key);
  if (*error_) return 0;
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  Fail(key, "must be a whole number, 0 or more");
  return 0;
}

std::int64_t JsonReader::I64(std::string_view key) {
  const nlohmann::json& value = Get(key);
  if (*error_) return 0;
  const bool fits = value.is_number_unsigned()
                        ? value.get<std::uint64_t>() <=
                              static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
                        : value.is_number_integer();
  if (fits) return value.get<std::int64_t>();
  Fail(key, "must be a whole number of 64 bits");
  return 0;
}

std::int32_t JsonReader::I32(std::string_view key) {
  const std::int64_t value = I64(key);
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max()) {
    Fail(key, "must be a whole number of 32 bits");
    return 0;
  }
  return static_cast<std::int32_t>(value);
}

double JsonReader::Number(std::string_view key) {
  const nlohmann::json& value = Get(key);
  if (*error_) return 0;
  if (value.is_number()) return value.get<double>();
  Fail(key, "must be a number");
  return 0;
}

bool JsonReader::Bool(std::string_view key) {
  const nlohmann::json& value = Get(key);
  if (*error_) return false;
  if (value.is_boolean()) return value.get<bool>();
  Fail(key, "must be true or false");
  return false;
}

std::string JsonReader::Text(std::string_view key) {
  const nlohmann::json& value = Get(key);
  if (*error_) return {};
  if (value.is_string()) return value.get<std::string>();
  Fail(key, "must be a string");
  return {};
}

std::vector<std::string> JsonReader::Texts(std::string_view key) {
  std::vector<std::string> texts;
  for (const nlohmann::json& item : Array(key, 10'000)) {
    if (!item.is_string()) {
      Fail(key, "must be an array of strings");
      return {};
    }
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

}  // namespace culvert::syncjob::internal
