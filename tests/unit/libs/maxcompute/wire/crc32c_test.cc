// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/crc32c.h"

#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

namespace culvert::maxcompute::wire::internal {
namespace {

const std::uint8_t* Data(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

TEST(Crc32cTest, KnownValues) {
  const std::string digits = "123456789";
  EXPECT_EQ(CrcValue(CrcBytes(kCrcBegin, Data(digits), digits.size())), 0xe3069283U);
  EXPECT_EQ(CrcValue(kCrcBegin), 0U);
  EXPECT_EQ(CrcValue(CrcU64(CrcU32(kCrcBegin, 1), 0)), 0x1a11616dU);
}

TEST(Crc32cTest, EveryFormAgreesAtEverySize) {
  constexpr std::uint64_t kSeed = 3;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  testing::Random random(kSeed);
  std::string text(2000, '\0');
  for (char& c : text) c = static_cast<char>(random());
  for (std::size_t size = 0; size + 8 < text.size(); size += size < 300 ? 1 : 37) {
    const auto state = static_cast<std::uint32_t>(random());
    const Crc expected = CrcSoftware(state, Data(text), size);
    EXPECT_EQ(CrcBytes(state, Data(text), size), expected) << size;
    EXPECT_EQ(CrcBytesWithSlack(state, Data(text), size), expected) << size;
    EXPECT_EQ(CrcLong(state, Data(text), size), expected) << size;
  }
}

TEST(Crc32cTest, WordsAreTheirBytes) {
  const std::string bytes = "\x01\x02\x03\x04\x05\x06\x07\x08";
  const std::uint32_t state = 0x12345678;
  EXPECT_EQ(CrcU8(state, 0x01), CrcSoftware(state, Data(bytes), 1));
  EXPECT_EQ(CrcU16(state, 0x0201), CrcSoftware(state, Data(bytes), 2));
  EXPECT_EQ(CrcU32(state, 0x04030201), CrcSoftware(state, Data(bytes), 4));
  EXPECT_EQ(CrcU64(state, 0x0807060504030201), CrcSoftware(state, Data(bytes), 8));
}

}  // namespace
}  // namespace culvert::maxcompute::wire::internal
