// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/token.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::emulator::sql {
namespace {

/// Kinds and texts in one line: `w:select n:1 s:x`.
std::string Shown(std::string_view script) {
  const auto tokens = Tokenize(script);
  if (!tokens) return "error: " + tokens.error().message;
  std::string text;
  for (const Token& token : *tokens) {
    if (token.kind == TokenKind::kEnd) break;
    constexpr std::string_view kLetters = "ewqsny";
    if (!text.empty()) text += ' ';
    text += kLetters[static_cast<std::size_t>(token.kind)];
    text += ':' + token.text;
  }
  return text;
}

TEST(TokenTest, TellsKindsApart) {
  EXPECT_EQ(Shown("select `a b`, 'x' from t.c;"), "w:select q:a b y:, s:x w:from w:t y:. w:c y:;");
}

TEST(TokenTest, DropsComments) {
  EXPECT_EQ(Shown("a -- b\n/* c\n d */ e /*+ mapjoin(x) */"), "w:a w:e");
}

TEST(TokenTest, ReadsNumbersWithTheirSuffixes) {
  EXPECT_EQ(Shown("1 1L 2.5 .5 3e-2 4BD 1.5d 7Y 2024_t 1.x"),
            "n:1 n:1L n:2.5 n:.5 n:3e-2 n:4BD n:1.5d n:7Y w:2024_t n:1 y:. w:x");
}

TEST(TokenTest, ResolvesEscapes) {
  EXPECT_EQ(Shown(R"('a\n\t\'\\' "q\"" '\u4e2d' '\101' '50\%')"),
            "s:a\n\t'\\ s:q\" s:\xe4\xb8\xad s:A s:50\\%");
}

TEST(TokenTest, KeepsTheLongestOperator) {
  EXPECT_EQ(Shown("a<=>b<=c<>d!=e||f"), "w:a y:<=> w:b y:<= w:c y:<> w:d y:!= w:e y:|| w:f");
}

TEST(TokenTest, CountsLinesAndColumns) {
  const auto tokens = Tokenize("a\n  bc d");
  ASSERT_THAT(tokens, test::IsOk());
  EXPECT_EQ((*tokens)[1].at.line, 2U);
  EXPECT_EQ((*tokens)[1].at.column, 3U);
  EXPECT_EQ((*tokens)[2].at.column, 6U);
}

TEST(TokenTest, SaysWhereItFails) {
  EXPECT_EQ(Shown("a\n 'b"),
            "error: ODPS-0130161:[2,2] Parse exception - string literal never ends");
  EXPECT_EQ(Shown("/* b"), "error: ODPS-0130161:[1,1] Parse exception - comment never ends");
  EXPECT_EQ(Shown("a #"), "error: ODPS-0130161:[1,3] Parse exception - invalid character");
  EXPECT_EQ(Shown("``"), "error: ODPS-0130161:[1,1] Parse exception - empty name");
}

TEST(TokenTest, RefusesLongScripts) {
  EXPECT_THAT(Tokenize(std::string(kScriptBytesMax + 1, ' ')),
              test::FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace culvert::emulator::sql
