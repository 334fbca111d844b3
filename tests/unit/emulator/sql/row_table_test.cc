// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/row_table.h"

#include "tests/unit/emulator/records.h"
#include "tests/unit/emulator/sql/world.h"

namespace culvert::emulator::sql {
namespace {

TEST(RowTableTest, ReadsManySegmentsAndBatches) {
  World world;
  ASSERT_EQ(world.Text("create table t (id bigint, name string)"), "");
  const maxcompute::wire::RecordLayout layout(TestColumns());
  const TableKey key = MakeTableKey("demo", "", "t");
  for (const std::int64_t first : {0, 5000, 10000}) {
    maxcompute::wire::StreamTotals totals;
    auto segment = world.segments().Make(layout, TestRecords(layout, first, 5000, totals));
    ASSERT_THAT(segment, test::IsOk());
    ASSERT_THAT(world.catalog().Publish(key, {}, Catalog::Mode::kAppend, {*segment}), test::IsOk());
  }
  EXPECT_EQ(world.Text("select count(*), sum(id), max(name) from t"),
            "15000,112492500,\"row 9999\"\n");
  EXPECT_EQ(world.Text("select name from t where id = 14999"), "\"row 14999\"\n");
}

/// A table with partitions p=0..3, and in each as many rows as p says.
class PartitionedTest : public ::testing::Test {
 protected:
  PartitionedTest() {
    EXPECT_EQ(world.Text("create table t (a bigint) partitioned by (p bigint, s string);"
                         "alter table t add partition (p=0, s='x');"
                         "insert into t partition (p=1, s='x') values (1);"
                         "insert into t partition (p=2, s='y') values (1),(2);"
                         "insert into t partition (p=10, s='z') values (1),(2),(3)"),
              "");
  }
  World world;
};

TEST_F(PartitionedTest, PartitionKeysAreColumns) {
  EXPECT_EQ(world.Text("select p, s, count(*) from t group by p, s order by p"),
            "1,\"x\",1\n2,\"y\",2\n10,\"z\",3\n");
  EXPECT_EQ(world.Text("select * from t where p = 2 order by a"), "1,2,\"y\"\n2,2,\"y\"\n");
}

TEST_F(PartitionedTest, ConditionsOnKeysHold) {
  EXPECT_EQ(world.Text("select count(*) from t where p > 1"), "5\n");
  EXPECT_EQ(world.Text("select count(*) from t where p >= 2 and p < 10"), "2\n");
  EXPECT_EQ(world.Text("select count(*) from t where p = '10'"), "3\n");
  EXPECT_EQ(world.Text("select count(*) from t where s <= 'y' and a = 1"), "2\n");
  EXPECT_EQ(world.Text("select count(*) from t where p = 1 or s = 'z'"), "4\n");
  EXPECT_EQ(world.Text("select count(*) from t where p in (0, 1)"), "1\n");
  EXPECT_EQ(world.Text("select count(*) from t x join t y on x.p = y.p and x.a = y.a"), "6\n");
}

TEST_F(PartitionedTest, SkippedPartitionsAreNotDecoded) {
  // A segment whose bytes are no records: whoever decodes it fails.
  auto broken = std::make_shared<Segment>();
  static constexpr std::string_view kBytes = "not a record";
  broken->bytes = AsBytes(kBytes);
  broken->index.offsets = {0};
  broken->index.crcs = {0};
  const TableKey key = MakeTableKey("demo", "", "t");
  const auto spec = record::PartitionSpec::Parse("p=0,s=x").value();
  ASSERT_THAT(world.catalog().Publish(key, spec, Catalog::Mode::kAppend, {broken}), test::IsOk());
  EXPECT_EQ(world.Text("select sum(a) from t where p > 1"), "9\n");
  EXPECT_EQ(world.Text("select sum(a) from t where s = 'z'"), "6\n");
  EXPECT_EQ(world.Text("select count(*) from t"), "7\n");
  EXPECT_EQ(world.Text("select sum(a) from t").substr(0, 6), "error:");
}

TEST_F(PartitionedTest, AddedColumnsAreNullInOldRows) {
  EXPECT_EQ(world.Text("alter table t add columns (b string); select a, b from t where p = 1"),
            "1,\\N\n");
}

}  // namespace
}  // namespace culvert::emulator::sql
