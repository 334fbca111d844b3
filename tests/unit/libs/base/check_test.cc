// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"

#include <gtest/gtest.h>

namespace culvert {
namespace {

TEST(CheckTest, AbortsWithTheBrokenInvariant) {
  EXPECT_DEATH(CULVERT_CHECK(1 + 1 == 3), "broken invariant: 1 \\+ 1 == 3");
}

TEST(CheckTest, PassesATrueInvariant) { CULVERT_CHECK(1 + 1 == 2); }

}  // namespace
}  // namespace culvert
