// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

#include <limits>

namespace culvert::maxcompute::wire::testing {
namespace {

using record::RecordBatch;

void ExpectSameRows(const RecordBatch& a, const RecordBatch& b) {
  ASSERT_EQ(a.rows, b.rows);
  ASSERT_EQ(a.columns.size(), b.columns.size());
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    SCOPED_TRACE("column " + std::to_string(i));
    EXPECT_EQ(a.columns[i].present, b.columns[i].present);
    EXPECT_EQ(a.columns[i].int64s, b.columns[i].int64s);
    EXPECT_EQ(a.columns[i].nanos, b.columns[i].nanos);
    EXPECT_EQ(a.columns[i].ends, b.columns[i].ends);
    EXPECT_EQ(a.columns[i].bytes, b.columns[i].bytes);
    ASSERT_EQ(a.columns[i].doubles.size(), b.columns[i].doubles.size());
    ASSERT_EQ(a.columns[i].floats.size(), b.columns[i].floats.size());
    const auto bits = [](const auto& values) {
      return std::string(reinterpret_cast<const char*>(values.data()),
                         values.size() * sizeof(values[0]));
    };
    EXPECT_EQ(bits(a.columns[i].doubles), bits(b.columns[i].doubles));
    EXPECT_EQ(bits(a.columns[i].floats), bits(b.columns[i].floats));
  }
}

TEST(BatchDecoderTest, RandomSchemasAndRowsComeBack) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const RecordLayout layout(RandomColumns(random, 1 + Below(random, 25), 3));
    const RecordBatch batch = RandomBatch(random, layout, Below(random, 40));
    const std::string stream = EncodeStream(layout, batch);
    ExpectSameRows(DecodeStream(layout, stream), batch);
    for (const Reader reader : kReaders) {
      const auto read = ReadBack(reader, layout, stream, 1 + Below(random, 300));
      ASSERT_TRUE(read.has_value()) << ToString(read.error());
      EXPECT_TRUE(*read == stream);
    }
  }
}

TEST(BatchDecoderTest, EdgeValuesComeBack) {
  const RecordLayout layout(Columns({"a bigint", "b double", "c string", "d timestamp",
                                     "e decimal(38,18)", "f boolean", "g float"}));
  RecordBatch batch = RecordBatch::Make(layout.columns());
  const auto row = [&](std::int64_t a, double b, const std::string& c, std::int64_t seconds,
                       std::int32_t nanos, std::string_view decimal) {
    batch.columns[0].AppendInt64(a);
    batch.columns[1].AppendDouble(b);
    batch.columns[2].AppendBytes(c);
    batch.columns[3].AppendTimestamp(seconds, nanos);
    batch.columns[4].AppendBytes(decimal);
    batch.columns[5].AppendInt64(a & 1);
    batch.columns[6].AppendFloat(static_cast<float>(b));
    ++batch.rows;
  };
  using Int = std::numeric_limits<std::int64_t>;
  using Real = std::numeric_limits<double>;
  row(Int::min(), -0.0, "", -62135596800, 0, "-0");
  row(Int::max(), Real::infinity(), std::string(1, '\0'), 253402300799, 999'999'999, "+1");
  row(Int::min() + 1, -Real::infinity(), std::string(127, 'x'), -1, 1, "1E+3");
  row(-1, Real::quiet_NaN(), std::string(128, 'x'), 0, 0, "1.500");
  row(0, Real::denorm_min(), std::string(16383, 'y'), 1, 500'000'000, std::string(38, '9'));
  row(1, 1e-320, std::string(16384, 'z'), -2, 500'000'000, "0.000000000000000001");
  row(2, Real::max(), "\xff\xfe invalid \xed\xa0\x80", 0, 0, "1");
  row(3, Real::lowest(), "\xf0\x9f\x98\x80", 0, 0, "1");
  const std::string stream = EncodeStream(layout, batch);
  ExpectSameRows(DecodeStream(layout, stream), batch);
  for (const Reader reader : kReaders) {
    EXPECT_TRUE(ReadBack(reader, layout, stream, 100'000).value_or("") == stream);
  }
}

TEST(BatchDecoderTest, LargestFieldComesBackFromSmallWindows) {
  const RecordLayout layout(Columns({"a string", "b binary"}));
  RecordBatch batch = RecordBatch::Make(layout.columns());
  batch.columns[0].AppendBytes(std::string(8 * 1024 * 1024, 'm'));
  batch.columns[1].AppendBytes(std::string(8 * 1024 * 1024 + 1, 'n'));
  batch.rows = 1;
  const std::string stream = EncodeStream(layout, batch);
  for (const Reader reader : kReaders) {
    EXPECT_TRUE(ReadBack(reader, layout, stream, 1024 * 1024).value_or("") == stream);
  }
}

TEST(BatchDecoderTest, StopsWhenTheBatchIsFull) {
  const RecordLayout layout(Columns({"a bigint"}));
  RecordBatch batch = RecordBatch::Make(layout.columns());
  for (int i = 0; i < 3000; ++i) batch.columns[0].AppendInt64(i);
  batch.rows = 3000;
  const std::string stream = EncodeStream(layout, batch);
  BatchDecoder decoder(layout);
  RecordBatch part = RecordBatch::Make(layout.columns());
  std::size_t done = 0;
  std::vector<std::size_t> sizes;
  while (!decoder.finished()) {
    part.Clear();
    const auto consumed = decoder.Decode(BytesOf(stream).subspan(done), part);
    ASSERT_TRUE(consumed.has_value());
    EXPECT_EQ(consumed->records, part.rows);
    done += consumed->total_bytes;
    sizes.push_back(part.rows);
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1024, 1024, 952}));
  EXPECT_TRUE(decoder.Finish().has_value());
}

TEST(BatchDecoderTest, StopsWhenTheBatchIsLarge) {
  const RecordLayout layout(Columns({"a string"}));
  RecordBatch batch = RecordBatch::Make(layout.columns());
  for (int i = 0; i < 20; ++i) batch.columns[0].AppendBytes(std::string(100 * 1024, 'x'));
  batch.rows = 20;
  const std::string stream = EncodeStream(layout, batch);
  BatchDecoder decoder(layout);
  RecordBatch part = RecordBatch::Make(layout.columns());
  ASSERT_TRUE(decoder.Decode(BytesOf(stream), part).has_value());
  EXPECT_EQ(part.rows, 3U);
}

TEST(BatchDecoderTest, AppendsToWhatIsThere) {
  const RecordLayout layout(Columns({"a string", "b bigint", "c array<bigint>"}));
  Random random(9);
  const RecordBatch batch = RandomBatch(random, layout, 50);
  const std::string stream = EncodeStream(layout, batch);
  BatchDecoder decoder(layout);
  RecordBatch all = RecordBatch::Make(layout.columns());
  std::size_t begin = 0;
  for (std::size_t end = 1; end <= stream.size(); ++end) {
    const auto consumed = decoder.Decode(BytesOf(stream).subspan(begin, end - begin), all);
    ASSERT_TRUE(consumed.has_value());
    begin += consumed->total_bytes;
  }
  ASSERT_TRUE(decoder.Finish().has_value());
  ExpectSameRows(all, batch);
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
