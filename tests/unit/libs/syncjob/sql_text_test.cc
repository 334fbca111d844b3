// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/sql_text.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::syncjob {
namespace {

std::string Verdict(std::string_view text, SqlPiece piece = SqlPiece::kCondition) {
  const Status status = CheckSql(text, piece);
  if (status) return "whole";
  EXPECT_EQ(status.error().reason, "InvalidSql");
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  return status.error().message;
}

TEST(SqlTextTest, NamesAndTextsAreQuoted) {
  EXPECT_EQ(SqlName("t"), "`t`");
  EXPECT_EQ(SqlName("a`; drop"), "`a``; drop`");
  EXPECT_EQ(SqlText("it's \\ so"), R"('it\'s \\ so')");
  EXPECT_EQ(SqlText(""), "''");
}

TEST(SqlTextTest, WholePiecesPass) {
  for (const std::string_view text :
       {"a > 1", "(a > 1) and (b in (1, 2) or c[0] = 'x')", R"(a = 'it\'s ; -- ) here')",
        R"(a = "quotes ' inside" and b = '/* text */')", "`odd ) name` = 1", "a = 'it''s'",
        "a - -1 > b / c * d", "a\n\t> 1\r\n", "name rlike '^[a-z]{2}\\\\)'", "a = 'é'"}) {
    EXPECT_EQ(Verdict(text), "whole") << text;
  }
}

TEST(SqlTextTest, PiecesThatChangeWhatStandsAroundThemAreRefused) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"1=1) ; drop table x --", "sql, byte 4: a bracket that closes nothing"},
      {"1=1) or (1=1", "sql, byte 4: a bracket that closes nothing"},
      {"(1=1", "sql, byte 5: a bracket that is not closed"},
      {"(a[1)]", "sql, byte 5: a bracket that closes nothing"},
      {"1=1; drop table x", "sql, byte 4: a semicolon: it is part of one statement"},
      {"1=1;", "sql, byte 4: a semicolon: it is part of one statement"},
      {"1=1 -- and so on", "sql, byte 5: a comment: remove it"},
      {"1=1 /* and", "sql, byte 5: a comment: remove it"},
      {"1=1 /*+ mapjoin(a) */", "sql, byte 5: a comment: remove it"},
      {"a--1 = 2", "sql, byte 2: a comment: remove it"},
      {"a = 'open", "sql, byte 5: a quote that is not closed"},
      {R"(a = 'escaped\')", "sql, byte 5: a quote that is not closed"},
      {"a = \"open'", "sql, byte 5: a quote that is not closed"},
      {"`a = 1", "sql, byte 1: a quote that is not closed"},
      {"", "sql, byte 1: nothing: it is empty"},
      {" \n", "sql, byte 1: nothing: it is empty"},
      {"a\x01 > 1", "sql, byte 2: a control character"},
      {std::string_view("'a\0'", 4), "sql, byte 3: a control character"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(Verdict(text), message) << text;
}

TEST(SqlTextTest, AColumnIsOne) {
  EXPECT_EQ(Verdict("concat(a, b)", SqlPiece::kColumn), "whole");
  EXPECT_EQ(Verdict("a, b", SqlPiece::kColumn),
            "sql, byte 2: a comma outside brackets: one column stands in one entry");
  EXPECT_EQ(Verdict("a, b"), "whole");  // the service says what a condition is
}

TEST(SqlTextTest, AStatementMayEndWithASemicolon) {
  EXPECT_EQ(Verdict("delete from t;", SqlPiece::kStatement), "whole");
  EXPECT_EQ(Verdict("delete from t ; \n", SqlPiece::kStatement), "whole");
  EXPECT_EQ(Verdict("delete from t; delete from u", SqlPiece::kStatement),
            "sql, byte 16: a second statement: write it as an entry of its own");
  EXPECT_EQ(Verdict("delete from t;;", SqlPiece::kStatement),
            "sql, byte 15: a second statement: write it as an entry of its own");
  EXPECT_EQ(Verdict("f(a;", SqlPiece::kStatement), "sql, byte 5: a bracket that is not closed");
  EXPECT_EQ(Verdict(" ;", SqlPiece::kStatement), "sql, byte 1: nothing: it is empty");
}

}  // namespace
}  // namespace culvert::syncjob
