// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/regex.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert {
namespace {

using test::IsOk;

TEST(RegexTest, MatchesTheWholeText) {
  const auto regex = Regex::Compile("a.*b|é");
  ASSERT_THAT(regex, IsOk());
  EXPECT_TRUE(regex->MatchesWhole("a1b"));
  EXPECT_TRUE(regex->MatchesWhole("é"));
  EXPECT_FALSE(regex->MatchesWhole("xa1b"));
  EXPECT_FALSE(regex->MatchesWhole("a1bx"));
  EXPECT_FALSE(regex->MatchesWhole("a\nb"));
}

TEST(RegexTest, RefusesWhatIsNoPattern) {
  for (const char* wrong : {"(", "a(?=b)", "(a)\\1", "a{1001}"}) {
    const auto regex = Regex::Compile(wrong);
    ASSERT_FALSE(regex.has_value()) << wrong;
    EXPECT_EQ(regex.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(regex.error().message.empty());
  }
  EXPECT_FALSE(Regex::Compile(std::string(Regex::kPatternBytesMax + 1, 'a')).has_value());
}

// A backtracking engine would not come back from this one.
TEST(RegexTest, TakesLinearTimeForAHostilePattern) {
  const auto regex = Regex::Compile("(a*)*(a*)*(a|aa)+b");
  ASSERT_THAT(regex, IsOk());
  EXPECT_FALSE(regex->MatchesWhole(std::string(200'000, 'a')));
}

}  // namespace
}  // namespace culvert
