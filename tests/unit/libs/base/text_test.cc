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

}  // namespace
}  // namespace culvert
