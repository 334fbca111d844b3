// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/transform_batch.h"

#include "runner/engine/convert_batch.h"
#include "runner/engine/row_text.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using From = syncjob::ColumnPlan::From;
using test::IsOk;
using ::testing::ElementsAre;

syncjob::ColumnPlan Into(const char* target, const char* type, From from, const char* source,
                         std::optional<std::uint32_t> index = std::nullopt) {
  return {.target = target,
          .target_type = type,
          .target_nullable = true,
          .from = from,
          .source = source,
          .source_type = "",
          .column_index = index};
}

/// Columns `n bigint` and `s string` of a partition.
class TransformBatchTest : public ::testing::Test {
 protected:
  struct Row {
    std::int64_t n = 0;
    std::optional<std::string> s;
  };

  TransformBatchTest() {
    plan_.route = syncjob::Route::kTyped;
    plan_.spec.target = syncjob::MaxComputeTarget{};
    plan_.read_columns = {"n", "s"};
    plan_.read_column_types = {"bigint", "string"};
    plan_.sources = {{.partition = "dt=20260102", .download_id = "", .rows = 10, .target = 0}};
    plan_.columns = {Into("n", "bigint", From::kSource, "n", 0),
                     Into("s", "string", From::kSource, "s", 1)};
  }

  /// The rows that reach the target, as JSON.
  std::vector<std::string> Send(const std::vector<Row>& rows, std::size_t batch_rows = 1'000) {
    const auto spec = CopySpec::Make(plan_);
    EXPECT_THAT(spec, IsOk());
    auto converter = BatchConverter::Make(*spec, 0, 1'000);
    EXPECT_THAT(converter, IsOk());
    lost_ = {};
    marks_.clear();
    std::vector<std::string> sent;
    for (std::size_t begin = 0; begin < rows.size(); begin += batch_rows) {
      record::RecordBatch in = record::RecordBatch::Make(spec->source_layout().columns());
      for (std::size_t i = begin; i < std::min(rows.size(), begin + batch_rows); ++i) {
        in.columns[0].AppendInt64(rows[i].n);
        if (rows[i].s) {
          in.columns[1].AppendBytes(*rows[i].s);
        } else {
          in.columns[1].AppendNull();
        }
        ++in.rows;
      }
      record::RecordBatch out;
      const auto lost = converter->Convert(in, begin, context_.log(), dirty_, out);
      EXPECT_EQ(in.rows, out.rows + lost.dirty + lost.filtered);
      lost_.dirty += lost.dirty;
      lost_.filtered += lost.filtered;
      for (const DirtyMark& mark : converter->marks()) {
        marks_.push_back(std::to_string(begin + mark.row) + " " +
                         plan_.columns[mark.column].target + " " +
                         std::string(DirtyReasonName(mark.reason)) + " " + mark.message);
      }
      for (std::size_t row = 0; row < out.rows; ++row) {
        sent.emplace_back();
        AppendRowJson(spec->target_layout().columns(), out, row, sent.back());
      }
    }
    return sent;
  }

  test::FakeContext context_;
  syncjob::Plan plan_;
  DirtyRows dirty_;
  BatchConverter::Lost lost_;
  std::vector<std::string> marks_;
};

TEST_F(TransformBatchTest, AppliesThemOneAfterTheOther) {
  plan_.spec.transformers = {{"dx_filter", 0, {"<", "0"}},
                             {"dx_pad", 1, {"l", "4", "0"}},
                             {"dx_substr", 1, {"1", "2"}},
                             {"dx_filter", 1, {"=", "00"}}};
  EXPECT_THAT(Send({{1, "abc"}, {-1, "abcd"}, {2, std::nullopt}, {3, "wxyz"}}),
              ElementsAre(R"({"n":1,"s":"ab"})", R"({"n":3,"s":"xy"})"));
  EXPECT_EQ(lost_.filtered, 2u);
  EXPECT_EQ(lost_.dirty, 0u);
}

TEST_F(TransformBatchTest, ARowThatIsFilteredIsNotDirtyAndTheOtherWayRound) {
  plan_.spec.transformers = {
      {"dx_filter", 0, {"=", "1"}}, {"dx_substr", 1, {"2", "5"}}, {"dx_filter", 0, {"=", "2"}}};
  EXPECT_THAT(Send({{1, "x"}, {2, "x"}, {2, "xyz"}, {3, "xyz"}}),
              ElementsAre(R"({"n":3,"s":"z"})"));
  EXPECT_EQ(lost_.filtered, 2u);
  EXPECT_THAT(marks_, ElementsAre("1 s TransformerFailed text is shorter than the start of "
                                  "dx_substr"));
}

TEST_F(TransformBatchTest, WhatBecomesTextIsConvertedAsText) {
  plan_.spec.transformers = {{"dx_replace", 0, {"0", "1", "9"}}};
  plan_.columns = {Into("x", "tinyint", From::kSource, "n", 0),
                   Into("n", "bigint", From::kSource, "n", 1)};
  EXPECT_THAT(Send({{5, "a"}, {123, "a"}, {-4, "a"}}),
              ElementsAre(R"({"x":9,"n":5})", R"({"x":94,"n":-4})"));
  EXPECT_THAT(marks_, ElementsAre(::testing::StartsWith("1 x ValueRefused")));
}

TEST_F(TransformBatchTest, ConstantsAndPartitionValuesGoThroughThem) {
  plan_.spec.transformers = {{"dx_pad", 0, {"r", "3", "-"}}, {"dx_substr", 1, {"0", "4"}}};
  plan_.columns = {Into("c", "string", From::kConstant, "k", 0),
                   Into("p", "int", From::kPartition, "dt", 1)};
  EXPECT_THAT(Send({{1, "a"}, {2, "b"}}),
              ElementsAre(R"({"c":"k--","p":2026})", R"({"c":"k--","p":2026})"));
  plan_.spec.transformers = {{"dx_filter", 1, {"<", "20270101"}}};
  EXPECT_THAT(Send({{1, "a"}, {2, "b"}}), ElementsAre());
  EXPECT_EQ(lost_.filtered, 2u);
}

TEST_F(TransformBatchTest, EmptyAsNullSeesWhatTheTransformersMade) {
  syncjob::MaxComputeTarget target;
  target.empty_as_null = true;
  plan_.spec.target = target;
  plan_.spec.transformers = {{"dx_substr", 0, {"1", "5"}}};
  plan_.columns = {Into("x", "string", From::kSource, "n", 0)};
  EXPECT_THAT(Send({{7, "a"}, {71, "b"}}), ElementsAre(R"({"x":null})", R"({"x":"1"})"));
}

// However the rows come in batches, the same ones arrive, and the same ones are dirty for the same
// reasons: a block that is sent again is the same block.
TEST_F(TransformBatchTest, TheSameRowsWhateverTheBatches) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto pick = [&random](int bound) {
      return static_cast<int>(random() % static_cast<std::uint64_t>(bound));
    };
    const std::vector<syncjob::Transformer> known = {
        {"dx_filter", 0, {"<", "-3"}},        {"dx_filter", 1, {"like", "a.*"}},
        {"dx_substr", 1, {"2", "3"}},         {"dx_pad", 1, {"l", "3", "7"}},
        {"dx_replace", 1, {"1", "2", "4"}},   {"dx_digest", 1, {"md5", "toLowerCase"}},
        {"dx_filter", 1, {"not like", ".+"}}, {"dx_replace", 0, {"1", "1", ""}},
    };
    plan_.spec.transformers.clear();
    for (int i = pick(5); i > 0; --i)
      plan_.spec.transformers.push_back(known.at(static_cast<std::size_t>(pick(8))));
    const auto looks = [this](std::uint32_t index) {
      return std::ranges::any_of(plan_.spec.transformers,
                                 [index](const auto& one) { return one.column_index == index; });
    };
    plan_.columns = {Into("n", "tinyint", From::kSource, "n"),
                     Into("s", pick(2) == 0 ? "string" : "smallint", From::kSource, "s")};
    // A filter on a column that was made text compares text: "-3" is one for both.
    if (looks(0)) plan_.columns[0].column_index = 0;
    if (looks(1)) plan_.columns[1].column_index = 1;
    std::vector<Row> rows;
    for (int i = pick(200); i > 0; --i) {
      Row row{.n = pick(300) - 100, .s = std::nullopt};
      if (pick(5) != 0) row.s = std::string(static_cast<std::size_t>(pick(6)), "a19\xFF"[pick(4)]);
      rows.push_back(row);
    }
    const auto at_once = Send(rows);
    const auto lost = lost_;
    const auto marks = marks_;
    EXPECT_EQ(rows.size(), at_once.size() + lost.dirty + lost.filtered);
    EXPECT_EQ(Send(rows, static_cast<std::size_t>(1 + pick(7))), at_once);
    EXPECT_EQ(lost_.dirty, lost.dirty);
    EXPECT_EQ(lost_.filtered, lost.filtered);
    EXPECT_EQ(marks_, marks);
  }
}

}  // namespace
}  // namespace culvert::runner
