// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/row_writer.h"

#include "emulator/segment_files.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>

#include <array>

namespace culvert::emulator::sql {
namespace {

std::shared_ptr<const maxcompute::wire::RecordLayout> Layout() {
  return std::make_shared<const maxcompute::wire::RecordLayout>(TestColumns());
}

TEST(RowWriterTest, WritesRecordsThatReadBack) {
  SegmentFiles store;
  RowWriter writer(store, Layout());
  for (std::int64_t i = 0; i < 3000; ++i) {
    const std::array<Value, 2> row = {Value::Integer(i), Value::Text("row")};
    ASSERT_THAT(writer.Add(row), test::IsOk());
  }
  EXPECT_EQ(writer.rows(), 3000U);
  const auto segments = writer.Finish();
  ASSERT_THAT(segments, test::IsOk());
  ASSERT_EQ(segments->size(), 1U);
  EXPECT_EQ((*segments)[0]->rows(), 3000U);
}

TEST(RowWriterTest, NoRowsAreNoSegment) {
  SegmentFiles store;
  RowWriter writer(store, Layout());
  EXPECT_THAT(writer.Finish(), test::IsOkAndHolds(::testing::IsEmpty()));
}

TEST(RowWriterTest, NamesTheColumnThatDoesNotFit) {
  SegmentFiles store;
  RowWriter writer(store, Layout());
  const std::array<Value, 2> row = {Value::Text("x"), Value::Text("row")};
  const Status added = writer.Add(row);
  ASSERT_THAT(added, test::FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_TRUE(added.error().message.starts_with("column id: ")) << added.error().message;
}

TEST(RowWriterTest, RefusesNullWhereItMustNotBe) {
  SegmentFiles store;
  RowWriter writer(store, std::make_shared<const maxcompute::wire::RecordLayout>(
                              std::vector{TestColumn("id", "bigint", false)}));
  const std::array<Value, 1> row = {Value::Null()};
  ASSERT_THAT(writer.Add(row), test::IsOk());
  EXPECT_THAT(writer.Finish(), test::FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace culvert::emulator::sql
