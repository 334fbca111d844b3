// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/broken_invariant.h"

#include "libs/base/check.h"

#include <gtest/gtest.h>

#include <exception>

namespace culvert {
namespace {

constexpr int kCode = 70;

TEST(BrokenInvariantTest, AFailedCheckEndsWithTheCode) {
  EXPECT_EXIT(
      {
        ExitOnBrokenInvariant(kCode);
        CULVERT_CHECK(1 + 1 == 3);
      },
      ::testing::ExitedWithCode(kCode), "broken invariant: 1 \\+ 1 == 3");
}

TEST(BrokenInvariantTest, SoDoesAnExceptionThatNothingCaught) {
  EXPECT_EXIT(
      {
        ExitOnBrokenInvariant(kCode);
        std::terminate();
      },
      ::testing::ExitedWithCode(kCode), "broken invariant: an exception");
}

}  // namespace
}  // namespace culvert
