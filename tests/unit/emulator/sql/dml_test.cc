// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/emulator/sql/world.h"

namespace culvert::emulator::sql {
namespace {

TEST(DmlTest, InsertsIntoStaticPartitionsAndMakesThem) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint, b string) partitioned by (p string, q int);"
                       "insert into t partition (q=1, p='x') values (1,'a'),(2,null);"
                       "insert into table t partition (p='x', q=1) (b) values ('only')"),
            "");
  EXPECT_EQ(world.Text("select a, b, p, q from t order by a"),
            "\\N,\"only\",\"x\",1\n1,\"a\",\"x\",1\n2,\\N,\"x\",1\n");
}

TEST(DmlTest, DynamicPartitionsComeFromTheLastColumns) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint) partitioned by (p string, q int);"
                       "insert into t partition (p, q) values (1,'x',1),(2,'y',2),(3,'x',1);"
                       "insert into t partition (p='z', q) values (4, 7);"
                       "insert into t values (5, 'w', 8)"),
            "");
  EXPECT_EQ(world.Text("select p, q, count(*) from t group by p, q order by p"),
            "\"w\",8,1\n\"x\",1,2\n\"y\",2,1\n\"z\",7,1\n");
  EXPECT_EQ(world.Text("insert into t partition (p, q) values (1, null, 1)").substr(0, 6),
            "error:");
  EXPECT_EQ(world.Text("insert into t partition (p, q=1) values (1, 'x')").substr(0, 6), "error:");
}

TEST(DmlTest, OverwriteReplacesOnlyItsPartitions) {
  World world;
  ASSERT_EQ(
      world.Text("create table t (a bigint) partitioned by (p string);"
                 "insert into t partition (p) values (1,'x'),(2,'y');"
                 "insert overwrite table t partition (p='x') select a + 10 from t where p = 'x'"),
      "");
  EXPECT_EQ(world.Text("select a, p from t order by p"), "11,\"x\"\n2,\"y\"\n");
  EXPECT_EQ(world.Text("insert overwrite t partition (p='x') select a from t where false; "
                       "select count(*) from t"),
            "1\n");
}

TEST(DmlTest, CastsToTheColumnsTypes) {
  World world;
  ASSERT_EQ(
      world.Text("create table t (i tinyint, d decimal(5,2), v varchar(3), b boolean, dt date, "
                 "ts timestamp, f float);"
                 "insert into t values ('12', 1.005, 'abc', 'true', '2024-02-29', "
                 "DATE'2024-02-29', 1)"),
      "");
  EXPECT_EQ(world.Text("select * from t"),
            "12,\"1.01\",\"abc\",true,\"2024-02-29\",\"2024-02-29 00:00:00\",1.0\n");
}

TEST(DmlTest, ValuesOutOfRangeFailTheStatementAndWriteNothing) {
  World world;
  ASSERT_EQ(world.Text("create table t (i tinyint, v varchar(3), n bigint not null default 7)"),
            "");
  EXPECT_EQ(world.Text("insert into t (i) values (1),(300)"),
            "error: ODPS-0123091:Illegal type cast - column i: value 300 is out of range for "
            "tinyint");
  EXPECT_EQ(world.Text("insert into t (v) values ('abcd')").substr(0, 26),
            "error: ODPS-0123091:Illega");
  EXPECT_EQ(world.Text("insert into t values (1, 'a', null)").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("select count(*) from t"), "0\n");
}

TEST(DmlTest, ColumnsThatAreLeftOutGetTheirDefaults) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint, b string default 'x', c date);"
                       "insert into t (a) values (1)"),
            "");
  EXPECT_EQ(world.Text("select * from t"), "1,\"x\",\\N\n");
}

TEST(DmlTest, CountsColumns) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint, b bigint)"), "");
  EXPECT_EQ(world.Text("insert into t values (1)"),
            "error: ODPS-0130071:[1,13] Semantic analysis exception - wrong columns count 1 in "
            "data source, requires 2 columns");
  EXPECT_EQ(world.Text("insert into t (a, a) values (1, 2)").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("insert into t (z) values (1)").substr(0, 6), "error:");
}

TEST(DmlTest, AQueryMayReadWhatItWrites) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint); insert into t values (1),(2);"
                       "insert into t select a from t; insert into t select a from t"),
            "");
  EXPECT_EQ(world.Text("select count(*), sum(a) from t"), "8,12\n");
}

TEST(DmlTest, ResultsHaveRowsForTheTunnelAndAShortCsv) {
  World world;
  std::string values = "create table t (a bigint, f double); insert into t values (0, 0.5)";
  for (int i = 1; i < 500; ++i) values += ",(" + std::to_string(i) + ",0.5)";
  ASSERT_EQ(world.Text(values), "");
  const auto outcome = world.Run("select x.a, y.f from t x join t y where y.a < 25");
  ASSERT_THAT(outcome, test::IsOk());
  std::uint64_t rows = 0;
  for (const SegmentPtr& segment : outcome->rows->segments) rows += segment->rows();
  EXPECT_EQ(rows, 12'500U);
  EXPECT_EQ(std::ranges::count(outcome->text, '\n'), 10'001);
  EXPECT_EQ(outcome->rows->schema.columns[1].type.ToString(), "double");
}

TEST(DmlTest, NanSurvivesACopyAndIsNullInArithmetic) {
  World world;
  ASSERT_EQ(world.Text("create table t (f double); insert into t select cast('NaN' as double);"
                       "insert into t values (1.5), (cast('-Infinity' as double))"),
            "");
  EXPECT_EQ(world.Text("select f, f + 1, isnan(f) from t order by f"),
            "-Infinity,-Infinity,false\n1.5,2.5,false\n\"NaN\",\\N,true\n");
  EXPECT_EQ(
      world.Text(
          "create table u (f float); insert into u select f from t; select f from u where f > 5"),
      "\"NaN\"\n");
}

}  // namespace
}  // namespace culvert::emulator::sql
