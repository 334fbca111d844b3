// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::convert {

struct ScriptMember;

/// A place in a script, both from 1; columns count characters, not bytes.
struct Place {
  int line = 1;
  int column = 1;
  auto operator<=>(const Place&) const = default;
};

/// One value of a script, with its place in the text.
struct ScriptNode {
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::string text;  // kString: decoded; kNumber, kBool: as written
  Place place;
  std::vector<ScriptNode> items;      // kArray
  std::vector<ScriptMember> members;  // kObject, in the script's order, no name twice
};

/// A name of an object with its value.
struct ScriptMember {
  std::string name;
  ScriptNode value;
};

inline constexpr std::size_t kScriptBytesMax = std::size_t{4} * 1024 * 1024;
inline constexpr int kScriptDepthMax = 64;

/// What to do with `//` and `/* */` outside of strings: JSON has neither, job scripts often do.
enum class Comments : std::uint8_t { kRefuse, kStrip };

/// Reads one JSON text. kInvalidArgument, message `FILE:LINE:COLUMN: what`, for anything that is no
/// JSON, a comment (unless stripped), a name that an object has twice, bytes that are no UTF-8,
/// more than kScriptDepthMax levels or kScriptBytesMax bytes. No message shows a value: it may be a
/// key.
Result<ScriptNode> ParseScript(std::string_view text, std::string_view file_name,
                               Comments comments);

}  // namespace culvert::convert
