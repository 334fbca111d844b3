// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/emulator/sql/world.h"

namespace culvert::emulator::sql {
namespace {

TEST(ShowTest, ListsTablesAndPartitions) {
  World world;
  ASSERT_EQ(
      world.Text("create table a1 (x bigint); create table b1 (x bigint) partitioned by (p int); "
                 "alter table b1 add partition (p=1)"),
      "");
  EXPECT_EQ(world.Text("show tables"), "ALIYUN$culvert:a1\nALIYUN$culvert:b1\n");
  EXPECT_EQ(world.Text("show tables like 'A*'"), "ALIYUN$culvert:a1\n");
  EXPECT_EQ(world.Text("show partitions b1"), "p=1\n");
  EXPECT_EQ(world.Text("show partitions a1").substr(0, 6), "error:");
}

TEST(ShowTest, DescribesTablesAndPartitions) {
  World world;
  ASSERT_EQ(
      world.Text("create table t (x bigint comment 'the x') partitioned by (p int) lifecycle 5; "
                 "alter table t add partition (p=1)"),
      "");
  const std::string text = world.Text("desc t");
  EXPECT_NE(text.find("the x"), std::string::npos);
  EXPECT_NE(text.find("Partition Columns"), std::string::npos);
  EXPECT_NE(text.find("Lifecycle: 5"), std::string::npos);
  EXPECT_NE(world.Text("desc t partition (p='1')").find("PartitionSize: 0"), std::string::npos);
  EXPECT_EQ(world.Text("desc t partition (p='2')").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("describe nosuch").substr(0, 6), "error:");
}

}  // namespace
}  // namespace culvert::emulator::sql
