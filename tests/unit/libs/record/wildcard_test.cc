// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/partition_spec.h"

#include <gtest/gtest.h>

#include <random>

namespace culvert::record {
namespace {

TEST(WildcardTest, MatchesByTable) {
  struct Row {
    std::string pattern;
    std::string value;
    bool matches;
  };
  const std::vector<Row> table{
      {"", "", true},           {"", "a", false},
      {"*", "", true},          {"*", "anything", true},
      {"?", "", false},         {"?", "a", true},
      {"?", "ab", false},       {"a", "a", true},
      {"a", "A", false},        {"2024*", "202402", true},
      {"2024*", "2023", false}, {"*02", "202402", true},
      {"*02", "20240", false},  {"20??02", "202402", true},
      {"a*b*c", "aXbYc", true}, {"a*b*c", "acb", false},
      {"**", "x", true},        {"*?", "", false},
      {"*?", "x", true},        {"?*?", "x", false},
      {"?*?", "xy", true},      {"[a]", "a", false},
      {"[a]", "[a]", true},     {"a.c", "abc", false},
      {"?", "数", true},        {"??", "数", false},
      {"??", "数据", true},     {"*据", "数据", true},
      {"?据", "数据", true},    {"数?", "数据", true},
      {"*?", "数", true},       {"a?*", "a数b", true},
  };
  for (const Row& row : table) {
    EXPECT_EQ(WildcardMatch(row.pattern, row.value), row.matches)
        << row.pattern << " on " << row.value;
  }
}

// The obvious recursion, for short ASCII patterns.
bool Simple(std::string_view pattern, std::string_view value) {
  if (pattern.empty()) return value.empty();
  if (pattern[0] == '*') {
    return Simple(pattern.substr(1), value) || (!value.empty() && Simple(pattern, value.substr(1)));
  }
  return !value.empty() && (pattern[0] == '?' || pattern[0] == value[0]) &&
         Simple(pattern.substr(1), value.substr(1));
}

TEST(WildcardTest, AgreesWithTheObviousMatcher) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  const std::string letters = "ab*?";
  for (int i = 0; i < 20'000; ++i) {
    std::string pattern(random() % 8, 'a');
    for (char& c : pattern) c = letters[random() % 4];
    std::string value(random() % 8, 'a');
    for (char& c : value) c = letters[random() % 2];
    EXPECT_EQ(WildcardMatch(pattern, value), Simple(pattern, value)) << pattern << " " << value;
  }
}

TEST(WildcardTest, LongPatternsCrossWords) {
  for (const std::size_t size : {63U, 64U, 65U, 127U, 128U, 129U}) {
    const std::string text(size, 'x');
    EXPECT_TRUE(WildcardMatch(text, text));
    EXPECT_FALSE(WildcardMatch(text, text + "x"));
    EXPECT_TRUE(WildcardMatch(std::string(size, '?') + "*", text));
    EXPECT_TRUE(WildcardMatch("*" + text, "yyy" + text));
  }
}

TEST(WildcardTest, HostilePatternsTakeLinearTime) {
  std::string pattern;
  for (int i = 0; i < 2000; ++i) pattern += "*a";
  pattern += "*b";
  const std::string value(100'000, 'a');
  EXPECT_FALSE(WildcardMatch(pattern, value));
  EXPECT_TRUE(WildcardMatch(pattern, value + "b"));
}

}  // namespace
}  // namespace culvert::record
