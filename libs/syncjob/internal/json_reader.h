// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::syncjob::internal {

/// The members of a JSON object that one of our own programs wrote: all of them required, none
/// unknown. Keeps the first error; after it every getter answers with a default, so that reading is
/// a plain list.
class JsonReader {
 public:
  /// `object`, `what` (for messages) and `error` must outlive the reader.
  JsonReader(const nlohmann::json& object, std::string_view what, std::optional<Error>& error,
             std::initializer_list<std::string_view> keys);

  std::uint64_t U64(std::string_view key);
  std::int64_t I64(std::string_view key);
  std::int32_t I32(std::string_view key);
  double Number(std::string_view key);
  bool Bool(std::string_view key);
  std::string Text(std::string_view key);
  std::vector<std::string> Texts(std::string_view key);
  /// The member, for a reader of its own; a null value after an error.
  const nlohmann::json& Get(std::string_view key);
  /// The member, an array of at most `items_max`; an empty one after an error.
  const nlohmann::json& Array(std::string_view key, std::size_t items_max);
  bool Has(std::string_view key) const;  // and not null
  void Fail(std::string_view key, std::string_view what);

 private:
  const nlohmann::json* object_;
  std::string_view what_;
  std::optional<Error>* error_;
};

}  // namespace culvert::syncjob::internal
