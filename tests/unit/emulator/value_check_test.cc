// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/value_check.h"

#include "libs/base/file.h"
#include "libs/base/json.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

namespace culvert::emulator {
namespace {

using maxcompute::wire::RecordIndex;
using maxcompute::wire::RecordLayout;
using test::FailsBecause;
using test::IsOk;

constexpr std::uint64_t kFieldMax = 1000;

// Parses a whole stream at once.
Status Parse(const RecordLayout& layout, std::string_view stream, RecordIndex& index) {
  BlockParser parser(layout, kFieldMax);
  CULVERT_ASSIGN_OR_RETURN(const auto consumed, parser.Consume(AsBytes(stream), 0, index));
  if (consumed.total_bytes != stream.size() && parser.Finish()) {
    return Fail(DataLoss("bytes are left"));
  }
  return parser.Finish();
}

// One column of `type`, filled by `fill`, through the encoder and the parser.
Status ParseValue(std::string_view type, const std::function<void(record::ColumnVector&)>& fill,
                  bool nullable = true) {
  const RecordLayout layout({TestColumn("v", type, nullable)});
  auto batch = record::RecordBatch::Make(layout.columns());
  fill(batch.columns[0]);
  batch.rows = 1;
  ByteBuffer out;
  maxcompute::wire::StreamTotals totals;
  maxcompute::wire::EncodeBatch(layout, batch, out, totals);
  maxcompute::wire::EncodeTrailer(totals, out);
  RecordIndex index;
  const Status parsed = Parse(layout, AsText(out.Readable()), index);
  // What the parser finds at first sight must be what the shared rules say.
  const auto violation = maxcompute::wire::CheckBatch(layout, batch, 0, kFieldMax);
  EXPECT_EQ(parsed.has_value(), !violation.has_value()) << type;
  return parsed;
}
Status ParseInt(std::string_view type, std::int64_t value) {
  return ParseValue(type, [&](auto& column) { column.AppendInt64(value); });
}
Status ParseText(std::string_view type, std::string_view value) {
  return ParseValue(type, [&](auto& column) { column.AppendBytes(value); });
}

TEST(BlockParserTest, ReadsEveryVector) {
  const auto text = ReadWholeFile(CULVERT_SOURCE_DIR "/tests/golden/vectors.json", 1 << 20);
  ASSERT_THAT(text, IsOk());
  const auto vectors = ParseJson(*text);
  ASSERT_THAT(vectors, IsOk());
  int checked = 0;
  for (const auto& vector : (*vectors)["record_stream"]) {
    std::vector<record::Column> columns;
    for (const auto& column : vector["schema"]) {
      columns.push_back(TestColumn(column["name"], column["type"].get<std::string>()));
    }
    const RecordLayout layout(std::move(columns));
    RecordIndex index;
    EXPECT_THAT(Parse(layout, HexDecode(vector["stream_hex"].get<std::string>()).value(), index),
                IsOk())
        << vector["name"];
    EXPECT_EQ(index.offsets.size(), vector["row_count"]) << vector["name"];
    ++checked;
  }
  EXPECT_EQ(checked, 28);
}

TEST(BlockParserTest, ChecksRangesOfIntegers) {
  EXPECT_THAT(ParseInt("tinyint", 127), IsOk());
  EXPECT_THAT(ParseInt("tinyint", 128), FailsBecause("InvalidArgument"));
  EXPECT_THAT(ParseInt("tinyint", -129), FailsBecause("InvalidArgument"));
  EXPECT_THAT(ParseInt("smallint", 32767), IsOk());
  EXPECT_THAT(ParseInt("smallint", -32769), FailsBecause("InvalidArgument"));
  EXPECT_THAT(ParseInt("int", -2147483648LL), IsOk());
  EXPECT_THAT(ParseInt("int", 2147483648LL), FailsBecause("InvalidArgument"));
  EXPECT_THAT(ParseInt("bigint", INT64_MAX), IsOk());
}

TEST(BlockParserTest, ChecksYears) {
  EXPECT_THAT(ParseInt("date", -719162), IsOk());
  EXPECT_THAT(ParseInt("date", -719163), FailsBecause("InvalidArgument"));
  EXPECT_THAT(ParseInt("date", 2932896), IsOk());
  EXPECT_THAT(ParseInt("date", 2932897), FailsBecause("InvalidArgument"));
  EXPECT_THAT(ParseInt("datetime", 253402300799999LL), IsOk());
  EXPECT_THAT(ParseInt("datetime", 253402300800000LL), FailsBecause("InvalidArgument"));
  EXPECT_THAT(ParseInt("datetime", -1), IsOk());
  const auto time = [](std::int64_t seconds) {
    return ParseValue("timestamp", [&](auto& column) { column.AppendTimestamp(seconds, 5); });
  };
  EXPECT_THAT(time(253402300799LL), IsOk());
  EXPECT_THAT(time(253402300800LL), FailsBecause("InvalidArgument"));
}

TEST(BlockParserTest, ChecksTexts) {
  EXPECT_THAT(ParseText("string", std::string(1000, 'x')), IsOk());
  EXPECT_THAT(ParseText("string", std::string(1001, 'x')), FailsBecause("InvalidArgument"));
  EXPECT_THAT(ParseText("varchar(2)", "ab"), IsOk());
  EXPECT_THAT(ParseText("varchar(2)", "数据"), IsOk());
  EXPECT_THAT(ParseText("varchar(2)", "数据x"), FailsBecause("InvalidArgument"));
  EXPECT_THAT(ParseText("char(1)", "ab"), FailsBecause("InvalidArgument"));
}

TEST(BlockParserTest, ChecksDecimals) {
  for (const char* good : {"0", "-0.50", "12345678.99", "1E+3", "+1", "00000000001.5", "1.500"}) {
    EXPECT_THAT(ParseText("decimal(10,2)", good), IsOk()) << good;
  }
  for (const char* bad : {"123456789", "1.005", "", "-", "1e", "abc", "1E+9", "1..2"}) {
    EXPECT_THAT(ParseText("decimal(10,2)", bad), FailsBecause("InvalidArgument")) << bad;
  }
}

TEST(BlockParserTest, RefusesNullWhereItIsNotAllowed) {
  const auto null = [](auto& column) { column.AppendNull(); };
  EXPECT_THAT(ParseValue("string", null), IsOk());
  const Status refused = ParseValue("string", null, false);
  EXPECT_THAT(refused, FailsBecause("InvalidArgument"));
}

TEST(BlockParserTest, ChecksValuesInsideNestedOnes) {
  // [1, 300] as array<tinyint>: count, then a null flag and the value each.
  const auto array = [](std::string_view hex) {
    return ParseValue("array<tinyint>",
                      [&](auto& column) { column.AppendBytes(HexDecode(hex).value()); });
  };
  EXPECT_THAT(array("02000200"
                    "fe01"),
              IsOk());
  EXPECT_THAT(array("02000200"
                    "d804"),
              FailsBecause("InvalidArgument"));
}

TEST(BlockParserTest, NamesRowAndColumn) {
  const RecordLayout layout({TestColumn("a", "bigint"), TestColumn("small", "tinyint")});
  auto batch = record::RecordBatch::Make(layout.columns());
  for (const std::int64_t value : {1, 2, 300}) {
    batch.columns[0].AppendInt64(value);
    batch.columns[1].AppendInt64(value);
    ++batch.rows;
  }
  ByteBuffer out;
  maxcompute::wire::StreamTotals totals;
  maxcompute::wire::EncodeBatch(layout, batch, out, totals);
  RecordIndex index;
  const Status refused = Parse(layout, AsText(out.Readable()), index);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("row 2, column 'small'"), std::string::npos)
      << refused.error().message;
}

TEST(BlockParserTest, RefusesDamageAndWhatIsCutShort) {
  const RecordLayout layout(TestColumns());
  const std::string stream = TestStream(0, 3);
  RecordIndex index;
  ASSERT_THAT(Parse(layout, stream, index), IsOk());
  for (std::size_t size = 0; size < stream.size(); ++size) {
    EXPECT_FALSE(Parse(layout, stream.substr(0, size), index).has_value()) << size;
  }
  for (std::size_t bit = 0; bit < stream.size() * 8; ++bit) {
    std::string flipped = stream;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(Parse(layout, flipped, index).has_value()) << bit;
  }
}

}  // namespace
}  // namespace culvert::emulator
