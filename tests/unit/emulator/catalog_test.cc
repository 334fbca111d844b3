// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

TEST(PartitionDataTest, SumsItsSegments) {
  const std::vector<std::byte> bytes(30);
  PartitionData data;
  for (const std::size_t rows : {2U, 3U}) {
    auto segment = std::make_shared<Segment>();
    segment->bytes = std::span(bytes).first(rows * 10);
    segment->index.offsets.resize(rows);
    data.segments.push_back(segment);
  }
  EXPECT_EQ(data.rows(), 5U);
  EXPECT_EQ(data.byte_size(), 50U);
}

TEST(TableKeyTest, FoldsNamesAndTheDefaultSchema) {
  EXPECT_EQ(MakeTableKey("P", "DEFAULT", "T"),
            (TableKey{.project = "p", .schema = "", .name = "t"}));
}

}  // namespace
}  // namespace culvert::emulator
