// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::record {

/// `dt=20240229,hh=01`: keys in the table's order, values as text exactly as stored.
struct PartitionSpec {
  std::vector<std::pair<std::string, std::string>> entries;  // key (folded), value

  /// Accepts ',' or '/' between entries, spaces around separators, single or double quotes around
  /// values (`dt='20240229'/hh="01"`). kInvalidArgument for an empty or repeated key, an empty
  /// value, more than 6 levels, control characters.
  static Result<PartitionSpec> Parse(std::string_view text);
  /// `dt=20240229,hh=01`: Tunnel's form; also how Culvert shows it.
  std::string ToString() const;
  /// `dt='20240229',hh='01'`: REST and SQL form.
  std::string ToQuoted() const;
  bool empty() const { return entries.empty(); }
  bool operator==(const PartitionSpec& other) const = default;
  auto operator<=>(const PartitionSpec& other) const = default;
};

/// Same keys in `keys` order; an unknown or missing key is kInvalidArgument naming the keys
/// expected.
Result<PartitionSpec> OrderLike(const PartitionSpec& spec, const std::vector<std::string>& keys);

/// True when `value` matches `pattern`, where '*' stands for any run of characters and '?' for one;
/// nothing else is special. Linear time.
bool WildcardMatch(std::string_view pattern, std::string_view value);

}  // namespace culvert::record
