// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

namespace culvert::maxcompute::wire::testing {
namespace {

using record::RecordBatch;

constexpr std::uint64_t kFieldMax = 1000;

std::string CheckInt(const char* type, std::int64_t value) {
  const RecordLayout layout(Columns({std::string("a ") + type}));
  RecordBatch batch = RecordBatch::Make(layout.columns());
  if (batch.columns[0].physical == record::Physical::kTimestamp) {
    batch.columns[0].AppendTimestamp(value, 0);
  } else {
    batch.columns[0].AppendInt64(value);
  }
  batch.rows = 1;
  const auto violation = CheckBatch(layout, batch, 0, kFieldMax);
  return violation ? violation->reason : "";
}

std::string CheckText(const std::string& type, std::string_view value) {
  const RecordLayout layout(Columns({"a " + type}));
  RecordBatch batch = RecordBatch::Make(layout.columns());
  batch.columns[0].AppendBytes(value);
  batch.rows = 1;
  const auto violation = CheckBatch(layout, batch, 0, kFieldMax);
  return violation ? violation->reason : "";
}

TEST(CheckBatchTest, IntegersKeepTheirRange) {
  struct Row {
    const char* type;
    std::int64_t low;
    std::int64_t high;
  };
  for (const Row& row : {Row{"tinyint", -128, 127}, Row{"smallint", -32768, 32767},
                         Row{"int", -2147483648LL, 2147483647}, Row{"date", -719162, 2932896},
                         Row{"datetime", -62135596800000, 253402300799999},
                         Row{"timestamp", -62135596800, 253402300799},
                         Row{"timestamp_ntz", -62135596800, 253402300799}}) {
    EXPECT_EQ(CheckInt(row.type, row.low), "") << row.type;
    EXPECT_EQ(CheckInt(row.type, row.high), "") << row.type;
    EXPECT_NE(CheckInt(row.type, row.low - 1), "") << row.type;
    EXPECT_NE(CheckInt(row.type, row.high + 1), "") << row.type;
  }
  EXPECT_EQ(CheckInt("tinyint", 300), "value 300 is out of range for tinyint");
  EXPECT_EQ(CheckInt("bigint", std::numeric_limits<std::int64_t>::min()), "");
  EXPECT_EQ(CheckInt("interval_day_time", -999'999'999'999), "");
}

TEST(CheckBatchTest, DecimalsKeepPrecisionAndScale) {
  for (const char* good : {"0", "-0.50", "99999999.99", "1.5000000", "1E+3", "+2", "00000000001"}) {
    EXPECT_EQ(CheckText("decimal(10,2)", good), "") << good;
  }
  for (const char* bad : {"", "abc", "100000000", "0.001", "1e-3", "nan", "1 "}) {
    EXPECT_NE(CheckText("decimal(10,2)", bad), "") << bad;
  }
  EXPECT_EQ(CheckText("decimal(38,18)", std::string(20, '9') + "." + std::string(18, '9')), "");
  EXPECT_NE(CheckText("decimal(38,18)", std::string(21, '9')), "");
  EXPECT_EQ(CheckText("decimal", std::string(36, '9') + "." + std::string(18, '9')), "");
  EXPECT_NE(CheckText("decimal", std::string(37, '9')), "");
}

TEST(CheckBatchTest, CharactersAreCountedAndBytesBounded) {
  EXPECT_EQ(CheckText("varchar(3)", "abc"), "");
  EXPECT_EQ(CheckText("varchar(3)", "数据库"), "");
  EXPECT_NE(CheckText("varchar(3)", "abcd"), "");
  EXPECT_NE(CheckText("char(2)", "数据库"), "");
  EXPECT_EQ(CheckText("string", std::string(kFieldMax, 'x')), "");
  EXPECT_NE(CheckText("string", std::string(kFieldMax + 1, 'x')), "");
  EXPECT_NE(CheckText("binary", std::string(kFieldMax + 1, 'x')), "");
  EXPECT_NE(CheckText("json", std::string(kFieldMax + 1, 'x')), "");
}

TEST(CheckBatchTest, NestedValuesAreCheckedInside) {
  EXPECT_EQ(CheckText("array<tinyint>", std::string_view("\x01\x00\x02", 3)), "");
  EXPECT_NE(CheckText("array<tinyint>", std::string_view("\x01\x00\xd8\x04", 4)), "");
  EXPECT_NE(CheckText("struct<a:varchar(1)>", std::string_view("\x00\x02xy", 4)), "");
  EXPECT_NE(CheckText("map<int,timestamp>",
                      std::string_view("\x01\x00\x02\x01\x00\xff\xff\xff\xff\xff\x7f\x00", 12)),
            "");
  EXPECT_NE(CheckText("array<int>", "\x05"), "") << "cut short";
}

TEST(CheckBatchTest, FindsTheFirstRowThenTheFirstColumn) {
  std::vector<record::Column> columns = Columns({"a tinyint", "b bigint", "c tinyint"});
  columns[1].nullable = false;
  const RecordLayout layout(columns);
  RecordBatch batch = RecordBatch::Make(layout.columns());
  const auto row = [&](std::int64_t a, bool b, std::int64_t c) {
    batch.columns[0].AppendInt64(a);
    b ? batch.columns[1].AppendInt64(1) : batch.columns[1].AppendNull();
    batch.columns[2].AppendInt64(c);
    ++batch.rows;
  };
  row(1, true, 1);
  row(1, false, 999);
  row(999, true, 1);
  auto violation = CheckBatch(layout, batch, 0, kFieldMax);
  ASSERT_TRUE(violation.has_value());
  EXPECT_EQ(violation->row, 1U);
  EXPECT_EQ(violation->column, 1U);
  EXPECT_NE(violation->reason.find("NOT NULL"), std::string::npos);
  violation = CheckBatch(layout, batch, 2, kFieldMax);
  ASSERT_TRUE(violation.has_value());
  EXPECT_EQ(violation->row, 2U);
  EXPECT_EQ(violation->column, 0U);
  EXPECT_FALSE(CheckBatch(layout, batch, 3, kFieldMax).has_value());
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
