// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/preview.h"

#include "tests/unit/emulator/sql/world.h"

namespace culvert::emulator::sql {
namespace {

class PreviewTest : public ::testing::Test {
 protected:
  PreviewTest() {
    EXPECT_EQ(world.Text("create table t (a bigint, s string) partitioned by (p string);"
                         "insert into t partition (p) values (1,'o\"ne','x'),(2,null,'y')"),
              "");
  }
  std::string Csv(const PreviewRequest& asked) {
    const auto csv = PreviewCsv(world.catalog(), asked);
    return csv ? *csv : "error: " + csv.error().reason;
  }
  World world;
  PreviewRequest request{.table = MakeTableKey("demo", "", "t"), .partition = {}, .columns = {}};
};

TEST_F(PreviewTest, ShowsTheFirstRows) {
  EXPECT_EQ(Csv(request), "\"a\",\"s\",\"p\"\n1,\"o\"\"ne\",\"x\"\n2,\\N,\"y\"\n");
  request.rows = 1;
  EXPECT_EQ(Csv(request), "\"a\",\"s\",\"p\"\n1,\"o\"\"ne\",\"x\"\n");
}

TEST_F(PreviewTest, TakesAPartitionAndColumns) {
  request.partition = record::PartitionSpec::Parse("p='y'").value();
  request.columns = {"P", "a"};
  EXPECT_EQ(Csv(request), "\"p\",\"a\"\n\"y\",2\n");
}

TEST_F(PreviewTest, RefusesWhatIsNotThere) {
  request.columns = {"z"};
  EXPECT_EQ(Csv(request), "error: InvalidColumn");
  request.columns.clear();
  request.partition = record::PartitionSpec::Parse("p='z'").value();
  EXPECT_EQ(Csv(request), "error: NoSuchPartition");
  request.table.name = "nosuch";
  EXPECT_EQ(Csv(request), "error: NoSuchTable");
}

}  // namespace
}  // namespace culvert::emulator::sql
