// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/varint.h"

#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

namespace culvert::maxcompute::wire::internal {
namespace {

struct Read {
  Outcome outcome = Outcome::kOk;
  std::uint64_t value = 0;
  std::size_t bytes = 0;
};

Read Slow(const std::string& text) {
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(text.data());
  const std::uint8_t* p = begin;
  Read read;
  read.outcome = ReadVarint(p, begin + text.size(), read.value);
  read.bytes = static_cast<std::size_t>(p - begin);
  return read;
}

template <Bits kBits>
Read Fast(const std::string& text) {
  const std::string padded = text + std::string(16, '\x7f');
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(padded.data());
  Read read;
  const std::uint8_t* const end = ReadVarintFast<kBits>(begin, read.value);
  if (end == nullptr) return {.outcome = Outcome::kBad};
  read.bytes = static_cast<std::size_t>(end - begin);
  return read;
}

template <Bits kBits>
std::string WrittenFast(std::uint64_t value) {
  std::array<std::uint8_t, kVarintBytesMax> written{};
  std::uint8_t* const end = WriteVarintFast<kBits>(written.data(), value);
  return {written.data(), end};
}

/// What every form that this processor has makes of `text`.
std::vector<Read> AllFast(const std::string& text) {
  std::vector<Read> reads{Fast<Bits::kPortable>(text)};
  if (DetectBits() == Bits::kBmi2) reads.push_back(Fast<Bits::kBmi2>(text));
  return reads;
}
std::vector<Read> All(const std::string& text) {
  std::vector<Read> reads = AllFast(text);
  reads.push_back(Slow(text));
  return reads;
}

TEST(VarintTest, EveryWidthReadsBack) {
  for (int bits = 0; bits < 64; ++bits) {
    for (const std::uint64_t value : {(1ull << bits) - 1, 1ull << bits, (1ull << bits) + 1}) {
      std::string text;
      testing::PutVarint(text, value);
      std::array<std::uint8_t, kVarintBytesMax> written{};
      std::uint8_t* const end = WriteVarint(written.data(), value);
      EXPECT_EQ(std::string(written.data(), end), text) << value;
      EXPECT_EQ(WrittenFast<Bits::kPortable>(value), text) << value;
      if (DetectBits() == Bits::kBmi2) {
        EXPECT_EQ(WrittenFast<Bits::kBmi2>(value), text) << value;
      }
      for (const Read& read : All(text)) {
        EXPECT_EQ(read.outcome, Outcome::kOk) << value;
        EXPECT_EQ(read.value, value);
        EXPECT_EQ(read.bytes, text.size());
      }
      EXPECT_EQ(Slow(text.substr(0, text.size() - 1)).outcome, Outcome::kShort);
    }
  }
}

TEST(VarintTest, PaddedAndOverlongFormsAreRefused) {
  const std::string ones(9, '\xff');
  for (const std::string& text : {
           std::string("\x80\x00", 2),
           std::string("\x85\x80\x00", 3),
           std::string("\xff\xff\xff\xff\xff\xff\xff\x00", 8),
           ones + std::string(1, '\0'),
           ones + "\x02",
           ones + "\x03",
           ones + "\x7f",
           ones + "\x81\x01",
           ones + "\xff\xff\x01",
       }) {
    for (const Read& read : All(text)) EXPECT_EQ(read.outcome, Outcome::kBad);
  }
  for (const Read& read : All(ones + "\x01")) {
    EXPECT_EQ(read.value, std::numeric_limits<std::uint64_t>::max());
  }
}

TEST(VarintTest, BothReadersAgreeOnRandomBytes) {
  constexpr std::uint64_t kSeed = 11;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  testing::Random random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    std::string text(12, '\0');
    for (char& c : text) c = static_cast<char>(random() | (random() % 3 == 0 ? 0 : 0x80));
    const Read slow = Slow(text);
    for (const Read& fast : AllFast(text)) {
      ASSERT_EQ(slow.outcome == Outcome::kOk, fast.outcome == Outcome::kOk);
      if (slow.outcome != Outcome::kOk) continue;
      ASSERT_EQ(slow.value, fast.value);
      ASSERT_EQ(slow.bytes, fast.bytes);
    }
  }
}

TEST(VarintTest, ZigZagKeepsSmallNumbersShort) {
  EXPECT_EQ(ZigZag(0), 0U);
  EXPECT_EQ(ZigZag(-1), 1U);
  EXPECT_EQ(ZigZag(1), 2U);
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-5}, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(UnZigZag(ZigZag(value)), value);
  }
}

}  // namespace
}  // namespace culvert::maxcompute::wire::internal
