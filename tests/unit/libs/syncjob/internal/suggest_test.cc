// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace culvert::syncjob::internal {
namespace {

constexpr std::array<std::string_view, 4> kWords = {"table", "partition", "column", "where"};

TEST(SuggestTest, FindsSlipsOfTheHand) {
  EXPECT_EQ(Nearest("tabel", kWords), "table");         // two letters swapped
  EXPECT_EQ(Nearest("tables", kWords), "table");        // one too many
  EXPECT_EQ(Nearest("partitin", kWords), "partition");  // one missing
  EXPECT_EQ(Nearest("COLUMN", kWords), "column");       // case
  EXPECT_EQ(Nearest("partitions", kWords), "partition");
}

TEST(SuggestTest, DoesNotGuessWildly) {
  EXPECT_EQ(Nearest("endpoint", kWords), "");
  EXPECT_EQ(Nearest("", kWords), "");
  EXPECT_EQ(Nearest(std::string(1'000, 'x'), kWords), "");
  EXPECT_EQ(DidYouMean("zzz", kWords), "");
}

TEST(SuggestTest, ListsABoundedNumber) {
  EXPECT_EQ(ListOf(kWords), "table, partition, column, where");
  EXPECT_EQ(ListOf(kWords, 2), "table, partition and 2 more");
}

}  // namespace
}  // namespace culvert::syncjob::internal
