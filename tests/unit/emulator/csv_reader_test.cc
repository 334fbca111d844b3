// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/csv_reader.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

using Lines = std::vector<std::vector<std::string>>;

Lines ReadAll(std::string_view text) {
  CsvReader reader(text);
  Lines lines;
  std::vector<std::string_view> fields;
  while (reader.Next(fields).value_or(false)) lines.emplace_back(fields.begin(), fields.end());
  return lines;
}

TEST(CsvReaderTest, ReadsPlainAndQuotedFields) {
  EXPECT_EQ(ReadAll("a,b\n1,\"x, \"\"y\"\"\nz\"\r\n,\n"),
            (Lines{{"a", "b"}, {"1", "x, \"y\"\nz"}, {"", ""}}));
}

TEST(CsvReaderTest, TakesALastLineWithoutItsEnd) {
  EXPECT_EQ(ReadAll("a\nb"), (Lines{{"a"}, {"b"}}));
}

TEST(CsvReaderTest, SkipsAByteOrderMarkAndBlankLines) {
  EXPECT_EQ(ReadAll("\xEF\xBB\xBF"
                    "a\n\n\r\nb\n"),
            (Lines{{"a"}, {"b"}}));
}

TEST(CsvReaderTest, RefusesBrokenQuotes) {
  for (const char* text : {"\"a", "\"a\"b,c\n"}) {
    CsvReader reader(text);
    std::vector<std::string_view> fields;
    EXPECT_THAT(reader.Next(fields), test::FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace culvert::emulator
