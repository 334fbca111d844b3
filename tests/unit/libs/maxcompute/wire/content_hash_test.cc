// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>

namespace culvert::maxcompute::wire::testing {
namespace {

using record::ColumnVector;
using record::RecordBatch;

std::uint64_t HashOf(const RecordLayout& layout, const RecordBatch& batch) {
  ContentHash hash(layout);
  const std::string records = EncodeRecords(layout, batch);
  hash.Add(BytesOf(records));
  return hash.value();
}

std::uint64_t HashOfText(const char* type, std::string_view text) {
  const RecordLayout layout(Columns({std::string("a ") + type}));
  RecordBatch batch = RecordBatch::Make(layout.columns());
  batch.columns[0].AppendBytes(text);
  batch.rows = 1;
  return HashOf(layout, batch);
}

TEST(ContentHashTest, OrderAndDivisionDoNotMatter) {
  const RecordLayout layout(Columns({"a bigint", "b string", "c array<double>"}));
  Random random(31);
  const RecordBatch first = RandomBatch(random, layout, 40);
  const RecordBatch second = RandomBatch(random, layout, 7);
  ContentHash forward(layout);
  forward.Add(BytesOf(EncodeRecords(layout, first) + EncodeRecords(layout, second)));
  ContentHash backward(layout);
  backward.Add(BytesOf(EncodeRecords(layout, second)));
  backward.Add(BytesOf(EncodeRecords(layout, first)));
  EXPECT_EQ(forward.value(), backward.value());
  EXPECT_NE(forward.value(), 0U);
}

TEST(ContentHashTest, DoubledAndLostRowsShow) {
  const RecordLayout layout(Columns({"a bigint"}));
  Random random(32);
  const RecordBatch batch = RandomBatch(random, layout, 10);
  ContentHash once(layout);
  ContentHash twice(layout);
  const std::string records = EncodeRecords(layout, batch);
  once.Add(BytesOf(records));
  twice.Add(BytesOf(records + records));
  EXPECT_EQ(twice.value(), 2 * once.value());
  EXPECT_NE(twice.value(), once.value());
}

TEST(ContentHashTest, DifferentRowsDiffer) {
  const RecordLayout layout(Columns({"a bigint", "b bigint", "c string"}));
  std::set<std::uint64_t> hashes;
  std::size_t count = 0;
  const auto add = [&](std::optional<std::int64_t> a, std::optional<std::int64_t> b,
                       std::optional<std::string> c) {
    RecordBatch batch = RecordBatch::Make(layout.columns());
    a ? batch.columns[0].AppendInt64(*a) : batch.columns[0].AppendNull();
    b ? batch.columns[1].AppendInt64(*b) : batch.columns[1].AppendNull();
    c ? batch.columns[2].AppendBytes(*c) : batch.columns[2].AppendNull();
    batch.rows = 1;
    hashes.insert(HashOf(layout, batch));
    ++count;
  };
  add({}, {}, {});
  for (std::int64_t i = -50; i < 50; ++i) {
    add(i, {}, {});
    add({}, i, {});
    add(i, i, {});
    add(i, -i - 1, "");
    add({}, {}, std::to_string(i));
  }
  add({}, {}, "");
  add({}, {}, std::string(1, '\0'));
  add({}, {}, std::string(8, '\0'));
  EXPECT_EQ(hashes.size(), count);
}

TEST(ContentHashTest, DecimalsCountByValue) {
  EXPECT_EQ(HashOfText("decimal(10,2)", "1.5"), HashOfText("decimal(10,2)", "1.50"));
  EXPECT_EQ(HashOfText("decimal(10,2)", "-0"), HashOfText("decimal(10,2)", "0.00"));
  EXPECT_EQ(HashOfText("decimal(10,2)", "1E+3"), HashOfText("decimal(10,2)", "1000"));
  EXPECT_NE(HashOfText("decimal(10,2)", "1.5"), HashOfText("decimal(10,2)", "-1.5"));
  EXPECT_NE(HashOfText("decimal(10,2)", "1.5"), HashOfText("decimal(10,2)", "15"));
  EXPECT_NE(HashOfText("string", "1.5"), HashOfText("string", "1.50"));
  const std::string short_form(
      "\x01\x00\x03"
      "1.5",
      6);
  const std::string long_form(
      "\x01\x00\x04"
      "1.50",
      7);
  EXPECT_EQ(HashOfText("array<decimal(10,2)>", short_form),
            HashOfText("array<decimal(10,2)>", long_form));
  EXPECT_NE(HashOfText("array<string>", short_form), HashOfText("array<string>", long_form));
}

TEST(ContentHashTest, AllNansAreOneAndZerosKeepTheirSign) {
  const RecordLayout layout(Columns({"a double", "b float"}));
  const auto hash = [&](std::uint64_t bits, std::uint32_t float_bits) {
    RecordBatch batch = RecordBatch::Make(layout.columns());
    batch.columns[0].AppendDouble(std::bit_cast<double>(bits));
    batch.columns[1].AppendFloat(std::bit_cast<float>(float_bits));
    batch.rows = 1;
    return HashOf(layout, batch);
  };
  EXPECT_EQ(hash(0x7ff8000000000000, 0x7fc00000), hash(0xfff8000000000123, 0xffc00001));
  EXPECT_NE(hash(0, 0), hash(0x8000000000000000, 0));
  EXPECT_NE(hash(0, 0), hash(0, 0x80000000));
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
