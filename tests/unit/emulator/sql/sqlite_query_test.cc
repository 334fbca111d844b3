// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/sqlite_query.h"

#include "tests/unit/emulator/sql/world.h"

namespace culvert::emulator::sql {
namespace {

BoundQuery Constant(std::string sql, std::size_t columns) {
  BoundQuery query;
  query.sql = std::move(sql);
  for (std::size_t i = 0; i < columns; ++i) {
    query.columns.push_back({"c", ScalarType(record::TypeKind::kString)});
  }
  return query;
}

TEST(SqliteQueryTest, HandsOverEveryStorageClass) {
  const test::FakeContext env;
  std::vector<Storage> seen;
  ASSERT_THAT(RunQuery(env.ctx(), Constant("SELECT NULL, 1, 1.5, 'x', x'ff'", 5),
                       [&](std::span<const Value> row) {
                         for (const Value& value : row) seen.push_back(value.storage);
                         return Status();
                       }),
              test::IsOk());
  EXPECT_EQ(seen, (std::vector<Storage>{Storage::kNull, Storage::kInteger, Storage::kReal,
                                        Storage::kText, Storage::kBlob}));
}

TEST(SqliteQueryTest, EndsAtTheDeadline) {
  const test::RealContext env;
  const BoundQuery endless = Constant(
      "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n", 1);
  EXPECT_THAT(RunQuery(env.ctx(std::chrono::milliseconds(20)), endless,
                       [](std::span<const Value>) { return Status(); }),
              test::FailsWith(ErrorCode::kDeadlineExceeded));
}

TEST(SqliteQueryTest, TheSinkMayEndIt) {
  const test::FakeContext env;
  EXPECT_THAT(RunQuery(env.ctx(), Constant("SELECT 1", 1),
                       [](std::span<const Value>) { return Status(Fail(OutOfRange("full"))); }),
              test::FailsWith(ErrorCode::kOutOfRange));
}

TEST(SqliteQueryTest, DecimalTotalsAreExact) {
  World world;
  EXPECT_EQ(world.Text("select sum(d), avg(d), sum(distinct d) from values (0.1BD),(0.2BD),(0.2BD),"
                       "(null) t(d)"),
            "\"0.5\",\"0.166666666666666667\",\"0.3\"\n");
  EXPECT_EQ(world.Text("select sum(d) from values (null),(1.5BD) t(d) where d is null"), "\\N\n");
  EXPECT_EQ(world.Text("select sum(d) over (order by d rows between 1 preceding and current row) "
                       "from values (0.1BD),(0.2BD),(0.3BD) t(d)"),
            "\"0.1\"\n\"0.3\"\n\"0.5\"\n");
}

TEST(SqliteQueryTest, TextMayHoldAnyByte) {
  World world;
  EXPECT_EQ(world.Value("lengthb('a\\0b')"), "3");
  EXPECT_EQ(world.Value("'it''s \"x\"'"), "\"its \"\"x\"\"\"");
}

}  // namespace
}  // namespace culvert::emulator::sql
