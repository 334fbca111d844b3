// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/count_text.h"

#include <gtest/gtest.h>

namespace culvert {
namespace {

TEST(CountTextTest, GroupsDigits) {
  EXPECT_EQ(GroupedDigits(0), "0");
  EXPECT_EQ(GroupedDigits(999), "999");
  EXPECT_EQ(GroupedDigits(1'000), "1,000");
  EXPECT_EQ(GroupedDigits(1'234'567), "1,234,567");
  EXPECT_EQ(GroupedDigits(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(CountTextTest, OneIsSingular) {
  EXPECT_EQ(Counted(0, "block"), "0 blocks");
  EXPECT_EQ(Counted(1, "block"), "1 block");
  EXPECT_EQ(Counted(12'000, "block"), "12,000 blocks");
}

}  // namespace
}  // namespace culvert
