// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

namespace culvert::maxcompute::wire::testing {
namespace {

TEST(BatchEncoderTest, BatchesAddUpToOneStream) {
  Random random(21);
  const RecordLayout layout(RandomColumns(random, 8, 2));
  const record::RecordBatch first = RandomBatch(random, layout, 700);
  const record::RecordBatch second = RandomBatch(random, layout, 300);
  ByteBuffer out;
  StreamTotals totals;
  EncodeBatch(layout, first, out, totals);
  EncodeBatch(layout, second, out, totals);
  EncodeTrailer(totals, out);
  EXPECT_EQ(totals.records, 1000U);
  const std::string records = EncodeRecords(layout, first) + EncodeRecords(layout, second);
  const std::string stream = TextOf(out.Readable());
  EXPECT_TRUE(stream.starts_with(records));
  EXPECT_TRUE(ReadBack(Reader::kValidator, layout, stream).has_value());
}

TEST(BatchEncoderTest, SparseWideBatchesReserveLittle) {
  std::vector<std::string> names;
  for (int i = 0; i < 1200; ++i) names.push_back("c" + std::to_string(i) + " bigint");
  const RecordLayout layout(Columns(names));
  record::RecordBatch batch = record::RecordBatch::Make(layout.columns());
  batch.rows = record::RecordBatch::kRowsMax;
  for (record::ColumnVector& column : batch.columns) {
    for (std::size_t row = 0; row < batch.rows; ++row) column.AppendNull();
  }
  ByteBuffer out;
  StreamTotals totals;
  EncodeBatch(layout, batch, out, totals);
  EXPECT_EQ(out.size(), 5 * batch.rows);
  EXPECT_LE(out.capacity(), 256U * 1024);
}

TEST(BatchEncoderTest, AnEmptyStreamIsItsTrailer) {
  ByteBuffer out;
  EncodeTrailer({}, out);
  EXPECT_EQ(TextOf(out.Readable()), std::string("\xf0\xff\xff\x7f\x00\xf8\xff\xff\x7f\x00", 10));
}

TEST(BatchEncoderTest, CountsAboveTwoToThe31AreWritten) {
  ByteBuffer out;
  EncodeTrailer({.records = (1ull << 31) + 1, .crc_of_crcs = 0}, out);
  std::string expected = "\xf0\xff\xff\x7f";
  PutVarint(expected, (1ull << 32) + 2);
  expected += std::string("\xf8\xff\xff\x7f\x00", 5);
  EXPECT_EQ(TextOf(out.Readable()), expected);
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
