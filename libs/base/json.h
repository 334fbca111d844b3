// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert {

/// Parses one JSON text (depth at most 64, nothing after it). kInvalidArgument with line and
/// column. The only catch of nlohmann exceptions; callers use the typed getters below, which do not
/// throw.
Result<nlohmann::json> ParseJson(std::string_view text);

// Typed reads of an object's member. Missing or of another type: kInvalidArgument naming the key.
// Integers are accepted as numbers or as decimal text, as the service mixes both.
Result<std::int64_t> JsonInt64(const nlohmann::json& object, std::string_view key);
Result<std::uint64_t> JsonUint64(const nlohmann::json& object, std::string_view key);
Result<std::string> JsonString(const nlohmann::json& object, std::string_view key);
Result<bool> JsonBool(const nlohmann::json& object, std::string_view key);

// The same with a default for a missing or null member; another type is still an error.
Result<std::int64_t> JsonInt64Or(const nlohmann::json& object, std::string_view key,
                                 std::int64_t fallback);
Result<std::uint64_t> JsonUint64Or(const nlohmann::json& object, std::string_view key,
                                   std::uint64_t fallback);
Result<std::string> JsonStringOr(const nlohmann::json& object, std::string_view key,
                                 std::string_view fallback);
Result<bool> JsonBoolOr(const nlohmann::json& object, std::string_view key, bool fallback);

/// Compact text; invalid UTF-8 is replaced by U+FFFD instead of thrown about.
std::string DumpJson(const nlohmann::json& value);
/// The same with two-space indentation.
std::string DumpJsonPretty(const nlohmann::json& value);

}  // namespace culvert
