// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/executor.h"

#include "tests/unit/emulator/sql/world.h"

namespace culvert::emulator::sql {
namespace {

TEST(ExecutorTest, NothingRunsWhenTheScriptDoesNotParse) {
  World world;
  EXPECT_EQ(world.Text("create table t (a bigint); selec 1").substr(0, 6), "error:");
  EXPECT_THAT(world.catalog().FindTable(MakeTableKey("demo", "", "t")),
              test::FailsBecause("NoSuchTable"));
}

TEST(ExecutorTest, TheRowsOfTheLastSelectAreTheResult) {
  World world;
  EXPECT_EQ(world.Text("select 1; select 2; create table t (a bigint)"), "2\n");
}

TEST(ExecutorTest, AFailureKeepsWhatWasDoneBefore) {
  World world;
  EXPECT_EQ(world.Text("create table t (a bigint); select * from nosuch").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("select count(*) from t"), "0\n");
}

TEST(ExecutorTest, SettingsHoldForTheScript) {
  World world;
  world.session.settings["odps.default.schema"] = "s1";
  EXPECT_EQ(world.Text("create schema s1; create table t (a bigint)"), "");
  EXPECT_THAT(world.catalog().FindTable(MakeTableKey("demo", "s1", "t")), test::IsOk());
}

TEST(ExecutorTest, TablesOfOtherProjectsHaveTwoParts) {
  World world;
  ASSERT_THAT(world.projects().Add("other"), test::IsOk());
  EXPECT_EQ(world.Text("create table other.t (a bigint); insert into other.t values (3);"
                       "select a from other.t"),
            "3\n");
}

TEST(ExecutorTest, StopsWhenAsked) {
  World world;
  world.env.Stop();
  EXPECT_THAT(world.Run("select 1"), test::FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace culvert::emulator::sql
