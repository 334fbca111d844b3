// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/dirty_line.h"

#include "runner/engine/row_text.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using test::IsOk;
using ::testing::HasSubstr;

record::Column Typed(const char* type) {
  record::Column column;
  column.name = std::string("c_") + type;
  column.type = *record::Type::Parse(type);
  return column;
}

syncjob::Plan OnePartition() {
  syncjob::Plan plan;
  plan.job = "prod/copy";
  plan.attempt = 2;
  plan.sources = {{.partition = "dt=1", .download_id = "", .rows = 9, .target = 0}};
  plan.columns.emplace_back().target = "t";
  return plan;
}

std::string LineOf(const std::vector<record::Column>& columns, const record::RecordBatch& batch,
                   std::size_t row) {
  const syncjob::Plan plan = OnePartition();
  std::string line;
  AppendDirtyLine(
      {.plan = plan, .columns = columns, .source = 0}, batch, 7 + row,
      {.row = row, .column = 0, .reason = DirtyReason::kValueRefused, .message = "too \"big\""},
      line);
  EXPECT_TRUE(line.ends_with("]}\n"));
  line.pop_back();
  return line;
}

TEST(DirtyLineTest, SaysWhereAndWhyAndWhat) {
  const std::vector<record::Column> columns = {Typed("bigint"), Typed("string")};
  record::RecordBatch batch = record::RecordBatch::Make(columns);
  batch.columns[0].AppendInt64(300);
  batch.columns[1].AppendNull();
  batch.rows = 1;
  EXPECT_EQ(
      LineOf(columns, batch, 0),
      R"({"job":"prod/copy","attempt":2,"partition":"dt=1","row":7,"reason":"ValueRefused",)"
      R"("message":"too \"big\"","column":"t","values":[{"column":"c_bigint","type":"bigint",)"
      R"("value":"300"},{"column":"c_string","type":"string","value":null}]})");
}

// What was read is what is read back, to the last bit.
// Feature: Dirty rows are kept
TEST(DirtyLineTest, EveryTypeReadsBackAsItWas) {
  const std::vector<record::Column> columns = {Typed("boolean"),
                                               Typed("bigint"),
                                               Typed("float"),
                                               Typed("double"),
                                               Typed("decimal(38,18)"),
                                               Typed("string"),
                                               Typed("varchar(9)"),
                                               Typed("char(3)"),
                                               Typed("binary"),
                                               Typed("date"),
                                               Typed("datetime"),
                                               Typed("timestamp"),
                                               Typed("timestamp_ntz"),
                                               Typed("interval_day_time"),
                                               Typed("interval_year_month"),
                                               Typed("json"),
                                               Typed("array<int>")};
  record::RecordBatch batch = record::RecordBatch::Make(columns);
  const std::vector<std::int64_t> wholes = {1,
                                            -719'163,
                                            2'932'896,
                                            std::numeric_limits<std::int64_t>::max(),
                                            std::numeric_limits<std::int64_t>::min() + 1,
                                            0};
  const std::vector<double> doubles = {0.1,
                                       -0.0,
                                       std::nan(""),
                                       std::numeric_limits<double>::infinity(),
                                       -std::numeric_limits<double>::infinity(),
                                       5e-324};
  const std::vector<std::string> texts = {"a",    "",    "é\n\"\\", std::string("\0x\xFF", 3),
                                          "2024", "\x7F"};
  for (std::size_t row = 0; row < wholes.size(); ++row) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      record::ColumnVector& values = batch.columns[i];
      switch (values.physical) {
        case record::Physical::kInt64:
          values.AppendInt64(i == 0 ? static_cast<std::int64_t>(row % 2) : wholes[row]);
          break;
        case record::Physical::kFloat:
          values.AppendFloat(static_cast<float>(doubles[row]));
          break;
        case record::Physical::kDouble:
          values.AppendDouble(doubles[row]);
          break;
        case record::Physical::kTimestamp:
          values.AppendTimestamp(wholes[row], row % 2 == 0 ? 0 : 999'999'999);
          break;
        case record::Physical::kBytes:
          values.AppendBytes(texts[row]);
          break;
        case record::Physical::kNested:
          values.AppendBytes(std::string("\x02\x00\x08\x01", 4));  // [4, null]
          break;
      }
    }
    ++batch.rows;
  }
  for (std::size_t row = 0; row < batch.rows; ++row) {
    const auto line = ParseDirtyLine(LineOf(columns, batch, row));
    ASSERT_THAT(line, IsOk());
    EXPECT_EQ(line->job, "prod/copy");
    EXPECT_EQ(line->partition, "dt=1");
    EXPECT_EQ(line->row, 7 + row);
    ASSERT_EQ(line->columns.size(), columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const record::ColumnVector& was = batch.columns[i];
      const record::ColumnVector& is = line->values.columns[i];
      EXPECT_EQ(line->columns[i].type, columns[i].type);
      ASSERT_EQ(is.physical, was.physical);
      switch (was.physical) {
        case record::Physical::kInt64:
          EXPECT_EQ(is.int64s[0], was.int64s[row]) << columns[i].name;
          break;
        case record::Physical::kTimestamp:
          EXPECT_EQ(is.int64s[0], was.int64s[row]) << columns[i].name;
          EXPECT_EQ(is.nanos[0], was.nanos[row]) << columns[i].name;
          break;
        case record::Physical::kFloat:
          EXPECT_EQ(std::isnan(is.floats[0]), std::isnan(was.floats[row]));
          EXPECT_TRUE(std::isnan(is.floats[0]) || is.floats[0] == was.floats[row]);
          break;
        case record::Physical::kDouble:
          EXPECT_EQ(std::isnan(is.doubles[0]), std::isnan(was.doubles[row]));
          EXPECT_TRUE(std::isnan(is.doubles[0]) || is.doubles[0] == was.doubles[row]);
          EXPECT_EQ(std::signbit(is.doubles[0]), std::signbit(was.doubles[row]));
          break;
        case record::Physical::kBytes:
        case record::Physical::kNested:
          EXPECT_EQ(is.BytesAt(0), was.BytesAt(row)) << columns[i].name;
          break;
      }
    }
  }
}

TEST(DirtyLineTest, RefusesWhatIsNoRowWithoutSayingItsValues) {
  const std::string head = R"({"job":"a/b","attempt":1,"partition":"","row":1,"values":[)";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"secret", "no JSON object"},
      {"[]", "no JSON object"},
      {R"({"job":"a/b"})", "attempt"},
      {head + "]}", "1 to 1200"},
      {head + R"({"column":"c","type":"int","value":"secret"}]})", "no text of a int"},
      {head + R"({"column":"c","type":"int","raw":"1 2"}]})", "no such numbers"},
      {head + R"({"column":"c","type":"timestamp","raw":"1 1000000000"}]})", "no such numbers"},
      {head + R"({"column":"c","type":"int","base64":"AA=="}]})", "no bytes of a int"},
      {head + R"({"column":"c","type":"array<int>","base64":"/w=="}]})", "no bytes of a array"},
      {head + R"({"column":"c","type":"array<int>","value":"[1]"}]})", "no text of a array"},
      {head + R"({"column":"c","type":"no","value":"x"}]})", ""},
  };
  for (const auto& [text, message] : cases) {
    const auto line = ParseDirtyLine(text);
    ASSERT_FALSE(line.has_value()) << text;
    EXPECT_THAT(line.error().message, HasSubstr(message));
    EXPECT_EQ(line.error().message.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace culvert::runner
