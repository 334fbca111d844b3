// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/row_copy.h"

#include "libs/record/schema.h"
#include "runner/engine/row_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::runner {
namespace {

record::Column Named(const char* name, const char* type) {
  record::Column column;
  column.name = name;
  column.type = *record::Type::Parse(type);
  return column;
}

TEST(RowCopyTest, RemovesRowsOfEveryForm) {
  const std::vector<record::Column> columns = {Named("i", "bigint"), Named("f", "float"),
                                               Named("d", "double"), Named("t", "timestamp"),
                                               Named("s", "string"), Named("a", "array<int>")};
  record::RecordBatch batch = record::RecordBatch::Make(columns);
  for (int row = 0; row < 4; ++row) {
    for (record::ColumnVector& column : batch.columns) {
      if (row == 2) {
        column.AppendNull();
        continue;
      }
      switch (column.physical) {
        case record::Physical::kInt64:
          column.AppendInt64(row);
          break;
        case record::Physical::kFloat:
          column.AppendFloat(static_cast<float>(row));
          break;
        case record::Physical::kDouble:
          column.AppendDouble(row);
          break;
        case record::Physical::kTimestamp:
          column.AppendTimestamp(row, row);
          break;
        case record::Physical::kBytes:
          column.AppendBytes(std::to_string(row));
          break;
        case record::Physical::kNested:
          column.AppendBytes(std::string(1, '\0'));  // no elements
          break;
      }
    }
    ++batch.rows;
  }
  RemoveRows({1, 0, 0, 1}, batch);
  ASSERT_EQ(batch.rows, 2u);
  std::vector<std::string> rows(2);
  for (std::size_t row = 0; row < 2; ++row) AppendRowJson(columns, batch, row, rows[row]);
  EXPECT_THAT(rows, ::testing::ElementsAre(
                        "{\"i\":1,\"f\":1,\"d\":1,\"t\":\"1970-01-01 00:00:01.000000001\","
                        "\"s\":\"1\",\"a\":[]}",
                        "{\"i\":null,\"f\":null,\"d\":null,\"t\":null,\"s\":null,\"a\":null}"));
}

}  // namespace
}  // namespace culvert::runner
