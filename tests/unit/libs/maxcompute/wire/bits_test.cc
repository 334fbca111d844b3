// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/bits.h"

#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

namespace culvert::maxcompute::wire::internal {
namespace {

std::uint64_t PackOneByOne(std::uint64_t bytes) {
  std::uint64_t packed = 0;
  for (int i = 0; i < 8; ++i) packed |= ((bytes >> (8 * i)) & 0x7f) << (7 * i);
  return packed;
}

template <Bits kBits>
void ExpectRight() {
  constexpr std::uint64_t kSeed = 17;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  testing::Random random(kSeed);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t bytes = (random() >> testing::Below(random, 64)) & kSevens;
    const std::uint64_t packed = PackOneByOne(bytes);
    ASSERT_EQ(PackSevens<kBits>(bytes), packed) << bytes;
    ASSERT_EQ(SpreadSevens<kBits>(packed), bytes) << packed;
  }
  EXPECT_EQ(PackSevens<kBits>(kSevens), (1ull << 56) - 1);
  EXPECT_EQ(SpreadSevens<kBits>((1ull << 56) - 1), kSevens);
}

TEST(BitsTest, PortableFormsPackAndSpread) { ExpectRight<Bits::kPortable>(); }

TEST(BitsTest, InstructionsPackAndSpread) {
  if (DetectBits() != Bits::kBmi2) GTEST_SKIP() << "this processor lacks BMI2";
  ExpectRight<Bits::kBmi2>();
}

TEST(BitsTest, AScopeForcesAndGivesBack) {
  EXPECT_EQ(bits_in_use, DetectBits());
  {
    const ScopedBits portable(Bits::kPortable);
    EXPECT_EQ(bits_in_use, Bits::kPortable);
  }
  EXPECT_EQ(bits_in_use, DetectBits());
}

}  // namespace
}  // namespace culvert::maxcompute::wire::internal
