// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/emulator/sql/world.h"

namespace culvert::emulator::sql {
namespace {

std::shared_ptr<const TableDef> Find(World& world, std::string_view name) {
  const auto table = world.catalog().FindTable(MakeTableKey("demo", "", name));
  return table ? *table : nullptr;
}

TEST(DdlTest, CreatesATableWithAllItsClauses) {
  World world;
  ASSERT_EQ(
      world.Text("create table Demo.T1 (a bigint not null comment 'c', primary key (a)) comment "
                 "'x' partitioned by (dt string) tblproperties ('transactional'='true', "
                 "'write.bucket.num'='4') lifecycle 3"),
      "");
  const auto table = Find(world, "t1");
  ASSERT_NE(table, nullptr);
  EXPECT_TRUE(table->transactional);
  EXPECT_EQ(table->primary_key, std::vector<std::string>{"a"});
  EXPECT_EQ(table->lifecycle_days, 3);
  EXPECT_EQ(table->comment, "x");
  EXPECT_EQ(table->properties.at("write.bucket.num"), "4");
}

TEST(DdlTest, IfNotExistsLeavesWhatIsThere) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint); create table if not exists t (b string)"), "");
  EXPECT_EQ(Find(world, "t")->columns.columns[0].name, "a");
  EXPECT_EQ(world.Text("create table t (a bigint)"),
            "error: ODPS-0110061: Failed to run ddltask - table demo.t already exists");
}

TEST(DdlTest, RefusesTablesThatTheServiceRefuses) {
  World world;
  for (
      const std::string_view script :
      {"create table t (a bigint, A string)", "create table t (a bigint) partitioned by (a string)",
       "create table t (a bigint) partitioned by (p double)",
       "create table t (a bigint, primary key (a))",
       "create table t (a bigint, primary key (a)) tblproperties ('transactional'='true')",
       "create table t (a bigint not null, primary key (b)) tblproperties ('transactional'='true')",
       "create table t (a bigint default 'x')", "create table nosuch.t (a bigint)",
       "create table demo.s9.t (a bigint)",
       "create table t (a bigint) partitioned by (a1 int, a2 int, a3 int, a4 int, a5 int, a6 int, "
       "a7 int)"}) {
    EXPECT_EQ(world.Text(script).substr(0, 6), "error:") << script;
    EXPECT_EQ(Find(world, "t"), nullptr);
  }
}

TEST(DdlTest, NewTypesNeedTheNewEdition) {
  World world;
  EXPECT_EQ(world.Text("set odps.sql.type.system.odps2=false; create table t (a timestamp)"),
            "error: ODPS-0130071:[1,52] Semantic analysis exception - type timestamp is not "
            "enabled in current mode; set odps.sql.type.system.odps2=true");
  EXPECT_EQ(world.Text("set odps.sql.type.system.odps2=false; create table t (a array<bigint>)"),
            "");
}

TEST(DdlTest, CreatesLikeAndFromQueries) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint) partitioned by (p string);"
                       "create table u like t;"
                       "create table v as select 1 as a, 'x' as b union all select 2, null"),
            "");
  EXPECT_EQ(Find(world, "u")->columns, Find(world, "t")->columns);
  EXPECT_EQ(world.Text("select * from v order by a"), "1,\"x\"\n2,\\N\n");
}

TEST(DdlTest, AFailedFillLeavesNoTable) {
  World world;
  EXPECT_EQ(world.Text("create table t as select cast('x' as bigint) as a").substr(0, 6), "error:");
  EXPECT_EQ(Find(world, "t"), nullptr);
}

TEST(DdlTest, DropsTablesAndViewsByTheirOwnWords) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint); create view v as select a from t"), "");
  EXPECT_EQ(world.Text("drop table v").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("drop view t").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("drop view v; drop table t; drop table if exists t; drop view if exists v"),
            "");
  EXPECT_EQ(world.Text("drop table t"),
            "error: ODPS-0130131:[1,12] Table not found - table demo.t cannot be resolved");
}

TEST(DdlTest, AddsAndDropsPartitions) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint) partitioned by (p string, q bigint);"
                       "alter table t add partition (p='a', q=1) partition (p='a', q=2);"
                       "alter table t add if not exists partition (q=1, p='a');"
                       "alter table t add partition (p='b', q=1)"),
            "");
  EXPECT_EQ(world.Text("show partitions t"), "p=a/q=1\np=a/q=2\np=b/q=1\n");
  EXPECT_EQ(world.Text("alter table t add partition (p='a', q=1)").substr(0, 20),
            "error: ODPS-0110061:");
  EXPECT_EQ(world.Text("alter table t drop partition (p='a')"), "");
  EXPECT_EQ(world.Text("show partitions t"), "p=b/q=1\n");
  EXPECT_EQ(world.Text("alter table t drop if exists partition (p='a')"), "");
  EXPECT_EQ(world.Text("alter table t drop partition (p='a')").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("alter table t add partition (p='a')").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("alter table t add partition (p='a', q='x')").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("alter table t add partition (p='a', z='x')").substr(0, 6), "error:");
}

TEST(DdlTest, AltersTables) {
  World world;
  ASSERT_EQ(
      world.Text("create table t (a bigint); alter table t add columns (b string comment 'b');"
                 "alter table t set lifecycle 9; alter table t set comment 'now';"
                 "alter table t set tblproperties ('k'='v')"),
      "");
  const auto table = Find(world, "t");
  EXPECT_EQ(table->columns.columns.size(), 2U);
  EXPECT_EQ(table->lifecycle_days, 9);
  EXPECT_EQ(table->comment, "now");
  EXPECT_EQ(table->properties.at("k"), "v");
  EXPECT_EQ(world.Text("alter table t add columns (A string)").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("alter table t add columns (c string not null)").substr(0, 6), "error:");
}

TEST(DdlTest, TruncateEmptiesAndKeepsThePartition) {
  World world;
  ASSERT_EQ(world.Text("create table t (a bigint); insert into t values (1); truncate table t;"
                       "create table p (a bigint) partitioned by (k string);"
                       "insert into p partition (k) values (1, 'x'), (2, 'y');"
                       "truncate table p partition (k='x')"),
            "");
  EXPECT_EQ(world.Text("select count(*) from t"), "0\n");
  EXPECT_EQ(world.Text("select * from p"), "2,\"y\"\n");
  EXPECT_EQ(world.Text("show partitions p"), "k=x\nk=y\n");
  EXPECT_EQ(world.Text("truncate table p").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("truncate table p partition (k='z')").substr(0, 6), "error:");
  EXPECT_NE(world.events().Lines(0).find("truncate.applied"), std::string::npos);
}

TEST(DdlTest, ExternalTablesAndViewsAreMetadata) {
  World world;
  ASSERT_EQ(world.Text("create external table e (a bigint) stored by 'h' location 'oss://b'; "
                       "create view v as select 1 as a"),
            "");
  EXPECT_EQ(Find(world, "e")->kind, TableKind::kExternal);
  EXPECT_EQ(Find(world, "v")->kind, TableKind::kView);
  EXPECT_EQ(Find(world, "v")->columns.columns[0].type.ToString(), "bigint");
  for (const std::string_view script :
       {"select * from e", "insert into e values (1)", "insert into v values (1)",
        "truncate table v", "create or replace view e as select 1",
        "create view w as select * from x"}) {
    EXPECT_EQ(world.Text(script).substr(0, 6), "error:") << script;
  }
}

TEST(DdlTest, SchemasSplitAProject) {
  World world;
  ASSERT_EQ(world.Text("create schema s1; create schema if not exists demo.s1;"
                       "create table demo.s1.t (a bigint); insert into demo.s1.t values (5)"),
            "");
  EXPECT_EQ(world.Text("set odps.namespace.schema=true; select a from s1.t"), "5\n");
  EXPECT_EQ(world.Text("set odps.default.schema=s1; select a from t"), "5\n");
  EXPECT_EQ(world.Text("select a from t").substr(0, 6), "error:");
  EXPECT_EQ(world.Text("create schema s1").substr(0, 6), "error:");
}

}  // namespace
}  // namespace culvert::emulator::sql
