// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

namespace culvert::maxcompute::wire::testing {
namespace {

using record::ColumnVector;
using record::RecordBatch;

/// Runs a transcoder over `stream` in pieces; the output with its trailer.
Result<std::string> Transcode(const RecordLayout& source, const RecordLayout& target,
                              const std::vector<ColumnOrigin>& origins,
                              RecordTranscoder::Options options, std::string_view stream,
                              std::size_t piece) {
  CULVERT_ASSIGN_OR_RETURN(RecordTranscoder transcoder,
                           RecordTranscoder::Make(source, target, origins, options));
  ByteBuffer out;
  std::size_t begin = 0;
  for (std::size_t end = 0; end < stream.size();) {
    end = std::min(stream.size(), end + piece);
    const std::string window(stream.substr(begin, end - begin));
    CULVERT_ASSIGN_OR_RETURN(const Consumed consumed, transcoder.Consume(BytesOf(window), out));
    begin += consumed.total_bytes;
  }
  CULVERT_TRY(transcoder.Finish());
  EXPECT_TRUE(transcoder.finished());
  EXPECT_EQ(transcoder.source_totals().records, transcoder.target_totals().records);
  EncodeTrailer(transcoder.target_totals(), out);
  return TextOf(out.Readable());
}

ColumnVector NullColumn(const record::Type& type, std::size_t rows) {
  ColumnVector column;
  column.physical = record::PhysicalOf(type);
  for (std::size_t row = 0; row < rows; ++row) column.AppendNull();
  return column;
}

TEST(RecordTranscoderTest, EqualsDecodingReorderingAndEncoding) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const RecordLayout source(RandomColumns(random, 1 + Below(random, 12), 2));
    const std::size_t rows = Below(random, 50);
    const RecordBatch batch = RandomBatch(random, source, rows);
    std::vector<record::Column> target_columns;
    std::vector<ColumnOrigin> origins;
    RecordBatch expected;
    expected.rows = rows;
    for (std::uint64_t i = 0; i <= Below(random, 20); ++i) {
      const std::size_t from = Below(random, source.columns().size());
      target_columns.push_back(source.columns()[from]);
      const record::Type& type = target_columns.back().type;
      const std::uint64_t kind = Below(random, 6);
      if (kind == 0) {
        origins.emplace_back(Null{});
        expected.columns.push_back(NullColumn(type, rows));
      } else if (kind == 1) {
        const std::string value = RandomWireValue(random, type);
        origins.emplace_back(Constant{value});
        // A constant column is one whose every row decodes from these bytes.
        const RecordLayout one({target_columns.back()});
        auto made = RecordTranscoder::Make(source, one, {ColumnOrigin(Constant{value})}, {});
        ASSERT_TRUE(made.has_value());
        ByteBuffer out;
        ASSERT_TRUE(made->Consume(BytesOf(EncodeRecords(source, batch)), out).has_value());
        RecordBatch column = RecordBatch::Make(one.columns());
        BatchDecoder decoder(one);
        ASSERT_TRUE(decoder.Decode(out.Readable(), column).has_value());
        expected.columns.push_back(column.columns[0]);
      } else {
        origins.emplace_back(FromSource{from});
        expected.columns.push_back(batch.columns[from]);
      }
    }
    const RecordLayout target(target_columns);
    const std::string stream = EncodeStream(source, batch);
    for (const std::size_t piece : {stream.size(), std::size_t{1} + Below(random, 200)}) {
      const auto read = Transcode(source, target, origins, {}, stream, piece);
      ASSERT_TRUE(read.has_value()) << ToString(read.error());
      EXPECT_TRUE(*read == EncodeStream(target, expected));
    }
  }
}

TEST(RecordTranscoderTest, EmptyTextBecomesNullOnRequest) {
  const RecordLayout layout(
      Columns({"a string", "b varchar(9)", "c char(9)", "d binary", "e json"}));
  RecordBatch batch = RecordBatch::Make(layout.columns());
  for (ColumnVector& column : batch.columns) {
    column.AppendBytes("");
    column.AppendBytes("x");
  }
  batch.rows = 2;
  std::vector<ColumnOrigin> origins;
  for (std::size_t i = 0; i < 5; ++i) origins.emplace_back(FromSource{i});
  const std::string stream = EncodeStream(layout, batch);
  EXPECT_EQ(Transcode(layout, layout, origins, {}, stream, 1000).value(), stream);
  const auto read = Transcode(layout, layout, origins, {.empty_as_null = true}, stream, 1000);
  ASSERT_TRUE(read.has_value());
  const RecordBatch rows = DecodeStream(layout, *read);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(rows.columns[i].present[0], i < 3 ? 0 : 1) << i;
    EXPECT_EQ(rows.columns[i].present[1], 1) << i;
  }
}

TEST(RecordTranscoderTest, NullForARequiredColumnEndsTheRun) {
  const RecordLayout source(Columns({"a bigint"}));
  std::vector<record::Column> required = Columns({"b bigint"});
  required[0].nullable = false;
  const RecordLayout target(required);
  RecordBatch batch = RecordBatch::Make(source.columns());
  batch.columns[0].AppendInt64(1);
  batch.columns[0].AppendNull();
  batch.rows = 2;
  const auto read =
      Transcode(source, target, {ColumnOrigin(FromSource{0})}, {}, EncodeStream(source, batch), 99);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(read.error().message.find("record 2"), std::string::npos) << read.error().message;
  EXPECT_NE(read.error().message.find("'b'"), std::string::npos);
  EXPECT_FALSE(Transcode(source, target, {ColumnOrigin(Null{})}, {}, EncodeStream(source, batch), 9)
                   .has_value());
}

TEST(RecordTranscoderTest, RefusesOriginsThatDoNotFit) {
  const RecordLayout source(Columns({"a bigint", "b string"}));
  const RecordLayout target(Columns({"x int"}));
  const auto code = [&](const std::vector<ColumnOrigin>& origins) {
    const auto made = RecordTranscoder::Make(source, target, origins, {});
    return made.has_value() ? ErrorCode::kUnknown : made.error().code;
  };
  EXPECT_EQ(code({}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({ColumnOrigin(FromSource{0})}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({ColumnOrigin(FromSource{1})}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({ColumnOrigin(FromSource{2})}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({ColumnOrigin(Constant{""})}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({ColumnOrigin(Constant{"\x01\x01"})}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({ColumnOrigin(Constant{"\x80"})}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({ColumnOrigin(Constant{"\x02"})}), ErrorCode::kUnknown);
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
