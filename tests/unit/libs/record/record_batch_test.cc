// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/record_batch.h"

#include <gtest/gtest.h>

namespace culvert::record {
namespace {

Type MakeType(const char* text) { return Type::Parse(text).value(); }

TEST(RecordBatchTest, EveryTypeHasItsPhysicalForm) {
  for (const char* text : {"boolean", "tinyint", "smallint", "int", "bigint", "date", "datetime",
                           "interval_year_month"}) {
    EXPECT_EQ(PhysicalOf(MakeType(text)), Physical::kInt64) << text;
  }
  EXPECT_EQ(PhysicalOf(MakeType("float")), Physical::kFloat);
  EXPECT_EQ(PhysicalOf(MakeType("double")), Physical::kDouble);
  for (const char* text : {"decimal", "string", "varchar(1)", "char(1)", "binary", "json"}) {
    EXPECT_EQ(PhysicalOf(MakeType(text)), Physical::kBytes) << text;
  }
  for (const char* text : {"timestamp", "timestamp_ntz", "interval_day_time"}) {
    EXPECT_EQ(PhysicalOf(MakeType(text)), Physical::kTimestamp) << text;
  }
  for (const char* text : {"array<int>", "map<int,int>", "struct<a:int>"}) {
    EXPECT_EQ(PhysicalOf(MakeType(text)), Physical::kNested) << text;
  }
}

TEST(RecordBatchTest, EveryColumnHasOneEntryARow) {
  std::vector<Column> columns;
  for (const char* text : {"bigint", "float", "double", "string", "timestamp", "array<int>"}) {
    Column column;
    column.type = MakeType(text);
    columns.push_back(column);
  }
  RecordBatch batch = RecordBatch::Make(columns);
  batch.columns[0].AppendInt64(-7);
  batch.columns[1].AppendFloat(1.5F);
  batch.columns[2].AppendDouble(-2.5);
  batch.columns[3].AppendBytes("text");
  batch.columns[4].AppendTimestamp(-1, 999'999'999);
  batch.columns[5].AppendBytes(std::string_view("\0", 1));
  for (ColumnVector& column : batch.columns) column.AppendNull();
  batch.rows = 2;
  for (const ColumnVector& column : batch.columns) {
    EXPECT_EQ(column.present, (std::vector<std::uint8_t>{1, 0}));
  }
  EXPECT_EQ(batch.columns[0].int64s, (std::vector<std::int64_t>{-7, 0}));
  EXPECT_EQ(batch.columns[1].floats, (std::vector<float>{1.5F, 0}));
  EXPECT_EQ(batch.columns[2].doubles, (std::vector<double>{-2.5, 0}));
  EXPECT_EQ(batch.columns[3].BytesAt(0), "text");
  EXPECT_EQ(batch.columns[3].BytesAt(1), "");
  EXPECT_EQ(batch.columns[4].int64s, (std::vector<std::int64_t>{-1, 0}));
  EXPECT_EQ(batch.columns[4].nanos, (std::vector<std::int32_t>{999'999'999, 0}));
  EXPECT_EQ(batch.columns[5].BytesAt(0).size(), 1U);
  EXPECT_GT(batch.ByteSize(), 0U);
  batch.Clear();
  EXPECT_EQ(batch.rows, 0U);
  EXPECT_EQ(batch.ByteSize(), 0U);
}

}  // namespace
}  // namespace culvert::record
