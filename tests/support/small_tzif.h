// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace culvert::test {

/// A TZif file, version 2, of UTC without changes, then the rule `footer`; with `leaps` leap
/// seconds.
inline std::string SmallTzif(std::string_view footer, char leaps = 0) {
  const std::string header = std::string("TZif2") + std::string(15, '\0');
  const auto count = [](char n) { return std::string(3, '\0') + n; };
  const auto block = [&](char leap_count) {
    return header + count(0) + count(0) + count(leap_count) + count(0) + count(1) + count(4) +
           std::string(6, '\0') + std::string("UTC\0", 4);
  };
  return block(0) + block(leaps) + std::string(static_cast<std::size_t>(leaps) * 12, '\1') + "\n" +
         std::string(footer) + "\n";
}

}  // namespace culvert::test
