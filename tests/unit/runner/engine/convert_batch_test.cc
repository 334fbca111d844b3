// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/convert_batch.h"

#include "runner/engine/row_text.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using From = syncjob::ColumnPlan::From;
using test::FailsBecause;
using test::IsOk;

syncjob::ColumnPlan Column(const std::string& target, const std::string& type, From from,
                           const std::string& source, bool nullable = true) {
  return {.target = target,
          .target_type = type,
          .target_nullable = nullable,
          .from = from,
          .source = source,
          .source_type = ""};
}

syncjob::Plan TypedPlan() {
  syncjob::Plan plan;
  plan.route = syncjob::Route::kTyped;
  plan.spec.target = syncjob::MaxComputeTarget{};
  plan.read_columns = {"n", "s"};
  plan.read_column_types = {"bigint", "string"};
  plan.sources = {{.partition = "dt=20260102", .download_id = "", .rows = 10, .target = 0}};
  return plan;
}

record::RecordBatch Numbers(const syncjob::Plan& plan, const std::vector<std::int64_t>& numbers) {
  const auto spec = CopySpec::Make(plan);
  record::RecordBatch batch = record::RecordBatch::Make(spec->source_layout().columns());
  for (const std::int64_t number : numbers) {
    batch.columns[0].AppendInt64(number);
    if (number % 2 == 0) {
      batch.columns[1].AppendBytes("");
    } else {
      batch.columns[1].AppendBytes(std::to_string(number));
    }
    ++batch.rows;
  }
  return batch;
}

class ConvertBatchTest : public ::testing::Test {
 protected:
  std::vector<std::string> Convert(const std::vector<std::int64_t>& numbers) {
    const auto spec = CopySpec::Make(plan_);
    EXPECT_THAT(spec, IsOk());
    auto converter = BatchConverter::Make(*spec, 0, 1000);
    EXPECT_THAT(converter, IsOk());
    record::RecordBatch out;
    dirty_count_ =
        converter->Convert(Numbers(plan_, numbers), 100, context_.log(), dirty_, out).dirty;
    std::vector<std::string> rows;
    for (std::size_t row = 0; row < out.rows; ++row) {
      rows.emplace_back();
      AppendRowJson(spec->target_layout().columns(), out, row, rows.back());
    }
    return rows;
  }

  test::FakeContext context_;
  syncjob::Plan plan_ = TypedPlan();
  DirtyRows dirty_;
  std::uint64_t dirty_count_ = 0;
};

TEST_F(ConvertBatchTest, FillsColumnsFromEveryOrigin) {
  plan_.columns = {
      Column("day", "date", From::kPartition, "dt"), Column("tag", "int", From::kConstant, "42"),
      Column("gone", "string", From::kNull, ""), Column("n", "string", From::kSource, "n")};
  plan_.sources[0].partition = "dt=2026-01-02";
  EXPECT_THAT(Convert({5}), ::testing::ElementsAre(
                                "{\"day\":\"2026-01-02\",\"tag\":42,\"gone\":null,\"n\":\"5\"}"));
}

// Feature: A dirty record says why
TEST_F(ConvertBatchTest, LeavesOutDirtyRowsAndSaysWhy) {
  plan_.columns = {Column("n", "tinyint", From::kSource, "n"),
                   Column("s", "bigint", From::kSource, "s")};
  EXPECT_THAT(
      Convert({1, 2, 3, 301, 5}),
      ::testing::ElementsAre("{\"n\":1,\"s\":1}", "{\"n\":3,\"s\":3}", "{\"n\":5,\"s\":5}"));
  EXPECT_EQ(dirty_count_, 2u);
  const auto samples = dirty_.samples();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].row, 101u);
  EXPECT_EQ(samples[0].column, "s");
  EXPECT_EQ(samples[0].partition, "dt=20260102");
  EXPECT_EQ(samples[1].row, 103u);
  EXPECT_EQ(samples[1].column, "n");
}

// Feature: emptyAsNull
TEST_F(ConvertBatchTest, MakesEmptyTextNull) {
  syncjob::MaxComputeTarget target;
  target.empty_as_null = true;
  plan_.spec.target = target;
  plan_.columns = {Column("s", "string", From::kSource, "s")};
  EXPECT_THAT(Convert({1, 2}), ::testing::ElementsAre("{\"s\":\"1\"}", "{\"s\":null}"));
}

TEST_F(ConvertBatchTest, ANullWhereNoneMayBeIsDirty) {
  syncjob::MaxComputeTarget target;
  target.empty_as_null = true;
  plan_.spec.target = target;
  plan_.columns = {Column("s", "string", From::kSource, "s", false)};
  EXPECT_THAT(Convert({1, 2, 3}), ::testing::SizeIs(2));
  EXPECT_EQ(dirty_count_, 1u);
}

// Feature: A dirty record says why
TEST_F(ConvertBatchTest, SamplesAtMostTenRows) {
  plan_.columns = {Column("n", "tinyint", From::kSource, "n")};
  std::vector<std::int64_t> numbers(100, 1000);
  EXPECT_THAT(Convert(numbers), ::testing::SizeIs(0));
  EXPECT_EQ(dirty_count_, 100u);
  EXPECT_EQ(dirty_.samples().size(), DirtyRows::kSamplesMax);
}

TEST_F(ConvertBatchTest, RefusesAConstantThatDoesNotFit) {
  plan_.columns = {Column("n", "bigint", From::kConstant, "many")};
  const auto spec = CopySpec::Make(plan_);
  ASSERT_THAT(spec, IsOk());
  EXPECT_THAT(BatchConverter::Make(*spec, 0, 1000), FailsBecause("SchemaMismatch"));
}

}  // namespace
}  // namespace culvert::runner
