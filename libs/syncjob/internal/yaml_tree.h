// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::syncjob::internal {

struct YamlNode;
using YamlRef = std::shared_ptr<const YamlNode>;

/// One node of a YAML document with its place in the file. A value; shared where an alias repeats
/// it.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  std::string text;            // kScalar
  bool quoted = false;         // kScalar: written with quotes or as a block, so always text
  int line = 0;                // from 1
  int column = 0;              // from 1
  std::vector<YamlRef> items;  // kSequence
  std::vector<std::pair<YamlRef, YamlRef>> entries;  // kMap, in file order, repeated keys kept
  std::size_t weight = 1;  // bytes of text and nodes below, aliases counted each time
};

inline constexpr std::size_t kYamlTextBytesMax = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t kYamlAliasBytesMax = std::size_t{1024} * 1024;
inline constexpr int kYamlDepthMax = 64;

/// The documents of a YAML (or JSON) stream, empty ones left out. kInvalidArgument, message
/// `file:line:column: what`, for a syntax error, a tag, more than kYamlDepthMax levels, a text
/// above kYamlTextBytesMax, an alias of itself, or aliases that repeat more than
/// kYamlAliasBytesMax.
Result<std::vector<YamlRef>> ParseYaml(std::string_view text, std::string_view file_name);

}  // namespace culvert::syncjob::internal
