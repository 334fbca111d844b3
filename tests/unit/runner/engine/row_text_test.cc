// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/row_text.h"

#include "libs/base/digest.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

std::string Nested(const std::string& type, const std::string& hex) {
  std::string out;
  AppendNestedJson(record::Type::Parse(type).value(), HexDecode(hex).value(), out);
  return out;
}

TEST(RowTextTest, EscapesWhatJsonWants) {
  EXPECT_EQ(Quoted("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\u0001\"");
  EXPECT_EQ(Quoted("数据"), "\"数据\"");
}

TEST(RowTextTest, ReplacesInvalidUtf8) {
  EXPECT_EQ(Quoted("\xff"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(Quoted("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(Quoted("\xED\xA0\x80").size(), 2u + 9u);
}

// Wire bytes of record-wire.md's vectors, without tag and CRC.
TEST(RowTextTest, ShowsNestedValues) {
  EXPECT_EQ(Nested("array<bigint>", "030002010003"), "[1,null,-2]");
  EXPECT_EQ(Nested("array<string>",
                   "04000161010002626300"
                   "00"),
            "[\"a\",null,\"bc\",\"\"]");
  EXPECT_EQ(Nested("map<string,bigint>", "0200026b3100026b3202000201"), "{\"k1\":1,\"k2\":null}");
  EXPECT_EQ(Nested("struct<a:bigint,b:string,c:double>", "000e0100000000000000d03f"),
            "{\"a\":7,\"b\":null,\"c\":0.25}");
  EXPECT_EQ(Nested("map<bigint,array<double>>", "01001201000200000000000000f03f000000000000000440"),
            "[[9,[1,2.5]]]");
}

}  // namespace
}  // namespace culvert::runner
