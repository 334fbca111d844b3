// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/compress.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert {
namespace {

using test::FailsWith;
using test::IsOkAndHolds;

TEST(CompressTest, ComesBack) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i * 7919 % 1000);
  for (const std::string& one : {std::string(), std::string("a"), std::string(3, '\0'), text}) {
    EXPECT_THAT(Uncompress(Compress(one), one.size()), IsOkAndHolds(one));
  }
  EXPECT_LT(Compress(text).size(), text.size() / 2);
  EXPECT_EQ(Compress(text), Compress(text));
}

TEST(CompressTest, KeepsTheLimit) {
  const std::string packed = Compress(std::string(1'000'000, 'x'));
  EXPECT_THAT(Uncompress(packed, 999'999), FailsWith(ErrorCode::kOutOfRange));
  EXPECT_THAT(Uncompress(packed, 1'000'000), test::IsOk());
}

TEST(CompressTest, RefusesEveryCutAndEveryFlippedByte) {
  const std::string packed = Compress("every byte of a plan is worth a row of somebody's table");
  for (std::size_t i = 0; i < packed.size(); ++i) {
    EXPECT_THAT(Uncompress(packed.substr(0, i), 1000), FailsWith(ErrorCode::kDataLoss)) << i;
  }
  for (std::size_t i = 2; i < packed.size(); ++i) {
    std::string flipped = packed;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x55);
    EXPECT_FALSE(Uncompress(flipped, 1000)) << i;
  }
  EXPECT_THAT(Uncompress(packed + "x", 1000), FailsWith(ErrorCode::kDataLoss));
}

}  // namespace
}  // namespace culvert
