// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/text.h"

#include <gtest/gtest.h>

namespace culvert {
namespace {

TEST(TextTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutText("plain", 10), "plain");
  EXPECT_EQ(CutText("plain", 5), "plain");
  EXPECT_EQ(CutText("plain", 2), "pl");
  EXPECT_EQ(CutText("aé", 2), "a");
  EXPECT_EQ(CutText("aé", 3), "aé");
  EXPECT_EQ(CutText("€€", 5), "€");
  EXPECT_EQ(CutText("é", 1), "");
  EXPECT_EQ(CutText("", 0), "");
}

TEST(TextTest, KnowsWellFormedCharacters) {
  EXPECT_EQ(Utf8Length("a"), 1u);
  EXPECT_EQ(Utf8Length("é"), 2u);
  EXPECT_EQ(Utf8Length("€"), 3u);
  EXPECT_EQ(Utf8Length("😀"), 4u);
  for (const char* wrong : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                            "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_EQ(Utf8Length(wrong), 0u);
  }
}

}  // namespace
}  // namespace culvert
