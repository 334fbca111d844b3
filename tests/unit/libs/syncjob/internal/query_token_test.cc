// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/query_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob::internal {
namespace {

std::string Shown(std::string_view text) {
  const auto tokens = CutQuery(text, 0);
  if (!tokens) return tokens.error().message;
  std::string shown;
  for (const QueryToken& token : *tokens) {
    constexpr std::string_view kKinds = "EWNTDS";
    shown += kKinds[static_cast<std::size_t>(token.kind)];
    shown += std::to_string(token.column) + ":" + token.text + " ";
  }
  return shown;
}

TEST(QueryTokenTest, EveryKindWithItsColumn) {
  EXPECT_EQ(Shown("Dt>=07"), "W1:dt S3:>= D5:07 E7: ");
  EXPECT_EQ(Shown(" `A b` <>\t'It''s'"), "N2:a b S8:<> T11:It's E18: ");
  EXPECT_EQ(Shown("\"say \"\"x\"\"\"(,)"), "T1:say \"x\" S12:( S13:, S14:) E15: ");
  EXPECT_EQ(Shown("a==-1"), "W1:a S2:== S4:- D5:1 E6: ");
  EXPECT_EQ(Shown(""), "E1: ");
}

TEST(QueryTokenTest, ErrorsHaveTheirColumn) {
  EXPECT_EQ(Shown("a = ;"), "/*query*/ filter, column 5: a character that means nothing here");
  EXPECT_EQ(Shown("a = 'x"), "/*query*/ filter, column 5: this quote is not closed");
  EXPECT_EQ(Shown("a > 1e3"),
            "/*query*/ filter, column 5: numbers are whole numbers; put any other value in quotes");
}

TEST(QueryTokenTest, OnlyBareWordsAndSymbolsAreKeywords) {
  const auto tokens = CutQuery("and `and` 'and' (", 0);
  ASSERT_TRUE(tokens.has_value());
  EXPECT_TRUE((*tokens)[0].Is("and"));
  EXPECT_FALSE((*tokens)[1].Is("and"));
  EXPECT_FALSE((*tokens)[2].Is("and"));
  EXPECT_TRUE((*tokens)[3].Is("("));
}

}  // namespace
}  // namespace culvert::syncjob::internal
