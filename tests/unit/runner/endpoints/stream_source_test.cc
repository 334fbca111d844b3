// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/endpoints/stream_source.h"

#include "runner/engine/row_text.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using test::FailsBecause;
using test::IsOk;

syncjob::StreamColumn Plain(const std::string& name, const std::string& type) {
  syncjob::StreamColumn column;
  column.name = name;
  column.type = type;
  return column;
}

syncjob::StreamColumn Constant(const std::string& name, const std::string& type,
                               const std::string& text) {
  syncjob::StreamColumn column = Plain(name, type);
  column.constant = text;
  return column;
}

std::vector<std::string> Rows(StreamSource& source, const SourceRange& range) {
  test::FakeContext context;
  auto reader = source.Open(context.ctx(), range);
  EXPECT_THAT(reader, IsOk());
  std::vector<std::string> rows;
  record::RecordBatch batch = record::RecordBatch::Make(source.columns());
  for (;;) {
    batch.Clear();
    EXPECT_THAT((*reader)->Next(context.ctx(), batch), IsOk());
    if (batch.rows == 0) return rows;
    EXPECT_LE(batch.rows, record::RecordBatch::kRowsMax);
    for (std::size_t row = 0; row < batch.rows; ++row) {
      rows.emplace_back();
      AppendRowJson(source.columns(), batch, row, rows.back());
    }
  }
}

TEST(StreamSourceTest, MakesEveryScalarTypeByEveryRule) {
  syncjob::StreamSource spec{.count = 5000, .column = {}};
  for (const char* type :
       {"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(20,4)",
        "string", "varchar(50)", "char(50)", "binary", "date", "datetime", "timestamp",
        "timestamp_ntz", "json", "interval_day_time", "interval_year_month"}) {
    syncjob::StreamColumn increasing = Plain(std::string("i_") + type, type);
    increasing.increasing_from = 3;
    spec.column.push_back(increasing);
    syncjob::StreamColumn random = Plain(std::string("r_") + type, type);
    random.random = syncjob::StreamColumn::Random{.min = 0, .max = 40};
    spec.column.push_back(random);
  }
  spec.column.push_back(Constant("c", "datetime", "2024-02-29 12:34:56.789"));
  auto source = StreamSource::Make(spec, 42);
  ASSERT_THAT(source, IsOk());
  const auto all = Rows(*source, {.unit = 0, .start = 0, .rows = 5000});
  ASSERT_EQ(all.size(), 5000u);
  // Any range gives the same rows, and so does a source made anew.
  auto again = StreamSource::Make(spec, 42);
  const auto part = Rows(*again, {.unit = 0, .start = 1234, .rows = 2222});
  ASSERT_EQ(part.size(), 2222u);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + 1234));
  auto other = StreamSource::Make(spec, 43);
  EXPECT_NE(Rows(*other, {.unit = 0, .start = 0, .rows = 1}).front(), all.front());
}

TEST(StreamSourceTest, CountsUp) {
  syncjob::StreamSource spec{.count = 2, .column = {Plain("id", "bigint"), Plain("day", "date")}};
  spec.column[0].increasing_from = 7;
  spec.column[1].increasing_from = 0;
  auto source = StreamSource::Make(spec, 1);
  ASSERT_THAT(source, IsOk());
  EXPECT_THAT(Rows(*source, {.unit = 0, .start = 0, .rows = 2}),
              ::testing::ElementsAre("{\"id\":7,\"day\":\"1970-01-01\"}",
                                     "{\"id\":8,\"day\":\"1970-01-02\"}"));
}

TEST(StreamSourceTest, RefusesWhatItCannotMake) {
  EXPECT_THAT(StreamSource::Make({.count = 1, .column = {Constant("a", "bigint", "x")}}, 1),
              FailsBecause("SchemaMismatch"));
  EXPECT_THAT(StreamSource::Make({.count = 1, .column = {Constant("a", "array<int>", "x")}}, 1),
              FailsBecause("UnsupportedType"));
  syncjob::StreamColumn wrong = Plain("a", "string");
  wrong.random = syncjob::StreamColumn::Random{.min = 5, .max = 1};
  EXPECT_THAT(StreamSource::Make({.count = 1, .column = {wrong}}, 1),
              FailsBecause("SchemaMismatch"));
}

}  // namespace
}  // namespace culvert::runner
