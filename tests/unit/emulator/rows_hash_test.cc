// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rows_hash.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

TEST(RowsHashTest, IsOfTheRowsWhateverTheirOrder) {
  const auto segment = [](std::vector<std::uint32_t> crcs) {
    auto made = std::make_shared<Segment>();
    made->index.crcs = std::move(crcs);
    return made;
  };
  EXPECT_EQ(RowsHash({}), 0U);
  EXPECT_EQ(RowsHash({segment({1, 2}), segment({3})}), RowsHash({segment({3, 1, 2})}));
  EXPECT_NE(RowsHash({segment({1, 2})}), RowsHash({segment({1, 2, 2})}));
  EXPECT_NE(RowsHash({segment({1, 2})}), RowsHash({segment({1})}));
  EXPECT_NE(RowsHash({segment({1, 4})}), RowsHash({segment({2, 3})}));
}

}  // namespace
}  // namespace culvert::emulator
