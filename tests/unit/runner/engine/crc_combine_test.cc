// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/crc_combine.h"

#include "libs/base/digest.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace culvert::runner {
namespace {

TEST(CrcCombineTest, EqualsTheCrcOfTheWhole) {
  const std::string text = "the quick brown fox jumps over the lazy dog, again and again";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string a = text.substr(0, cut);
    const std::string b = text.substr(cut);
    EXPECT_EQ(CombineCrc32c(Crc32c(AsBytes(a)), Crc32c(AsBytes(b)), b.size()),
              Crc32c(AsBytes(text)));
  }
}

TEST(CrcCombineTest, CombinesTotalsOfManySegments) {
  std::mt19937 random(5);
  std::vector<std::uint32_t> crcs(1000);
  for (std::uint32_t& crc : crcs) crc = static_cast<std::uint32_t>(random());
  maxcompute::wire::StreamTotals totals;
  for (std::size_t at = 0; at < crcs.size();) {
    const std::size_t size = std::min<std::size_t>(random() % 200, crcs.size() - at);
    const auto part = std::span(crcs).subspan(at, size);
    totals =
        CombineTotals(totals, {.records = size, .crc_of_crcs = maxcompute::wire::CrcOfCrcs(part)});
    at += size;
  }
  EXPECT_EQ(totals.records, crcs.size());
  EXPECT_EQ(totals.crc_of_crcs, maxcompute::wire::CrcOfCrcs(crcs));
}

}  // namespace
}  // namespace culvert::runner
