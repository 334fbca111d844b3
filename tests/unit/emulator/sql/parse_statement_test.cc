// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/statement.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::emulator::sql {
namespace {

template <typename Body>
Body One(std::string_view script) {
  auto statements = ParseScript(script);
  EXPECT_THAT(statements, test::IsOk()) << script;
  if (!statements) return {};
  EXPECT_EQ(statements->size(), 1U);
  Body* body = std::get_if<Body>(&statements->front().body);
  EXPECT_NE(body, nullptr) << script;
  return body == nullptr ? Body{} : std::move(*body);
}

std::string ErrorOf(std::string_view script) {
  const auto statements = ParseScript(script);
  return statements ? "success" : statements.error().message;
}

TEST(ParseStatementTest, ReadsCreateTableWithEverything) {
  const auto create = One<CreateTable>(
      "CREATE TABLE IF NOT EXISTS p.s.`t` (`id` BIGINT NOT NULL COMMENT 'key', "
      "d decimal(10,2) DEFAULT -1.5, m map<string,array<struct<a:int,b:string>>>, "
      "PRIMARY KEY (`id`)) COMMENT 'it''s' PARTITIONED BY (dt string, hh int) "
      "TBLPROPERTIES ('transactional'='true') LIFECYCLE 7;");
  EXPECT_TRUE(create.if_not_exists);
  EXPECT_EQ(create.name.ToString(), "p.s.t");
  ASSERT_EQ(create.schema.columns.size(), 3U);
  EXPECT_FALSE(create.schema.columns[0].nullable);
  EXPECT_EQ(create.schema.columns[0].comment, "key");
  EXPECT_EQ(create.schema.columns[1].default_value, "-1.5");
  EXPECT_EQ(create.schema.columns[2].type.ToString(), "map<string,array<struct<a:int,b:string>>>");
  EXPECT_EQ(create.primary_key, std::vector<std::string>{"id"});
  EXPECT_EQ(create.comment, "its");
  ASSERT_EQ(create.schema.partition_keys.size(), 2U);
  EXPECT_EQ(create.properties.at("transactional"), "true");
  EXPECT_EQ(create.lifecycle_days, 7);
}

TEST(ParseStatementTest, ABareDecimalIsTheNewOne) {
  const auto create = One<CreateTable>("create table t (d decimal)");
  EXPECT_EQ(create.schema.columns[0].type.ToString(), "decimal(38,18)");
}

TEST(ParseStatementTest, ReadsExternalTablesLikeAndSelect) {
  const auto external = One<CreateTable>(
      "create external table e (a bigint) stored by 'h' with serdeproperties ('k'='v') "
      "location 'oss://b/'");
  EXPECT_TRUE(external.external);
  EXPECT_EQ(external.storage_handler, "h");
  EXPECT_EQ(external.location, "oss://b/");
  EXPECT_EQ(One<CreateTable>("create table a like b.c").like->ToString(), "b.c");
  EXPECT_NE(One<CreateTable>("create table a lifecycle 3 as select 1").query, nullptr);
}

TEST(ParseStatementTest, KeepsTheTextOfAView) {
  const auto view =
      One<CreateView>("create or replace view v (x comment 'c', y) as select a, 'b' from t ;");
  EXPECT_TRUE(view.or_replace);
  EXPECT_EQ(view.columns, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(view.text, "select a, 'b' from t");
}

TEST(ParseStatementTest, ReadsPartitionClauses) {
  const auto add = One<AlterTable>(
      "alter table t add if not exists partition (dt='a', hh=1) partition (dt='b', hh='02')");
  const auto& specs = std::get<AddPartitions>(add.action).specs;
  ASSERT_EQ(specs.size(), 2U);
  EXPECT_EQ(specs[0].ToString(), "dt=a,hh=1");
  EXPECT_EQ(specs[1].ToString(), "dt=b,hh=02");
  const auto drop = One<AlterTable>("ALTER TABLE t DROP  PARTITION (DT='x'), PARTITION(dt='y');");
  EXPECT_FALSE(std::get<DropPartitions>(drop.action).if_exists);
  EXPECT_EQ(std::get<DropPartitions>(drop.action).specs[0].ToString(), "dt=x");
  EXPECT_EQ(One<Truncate>("truncate table t partition(dt='x')").specs.size(), 1U);
}

TEST(ParseStatementTest, ReadsTheOtherAlterations) {
  EXPECT_EQ(
      std::get<AddColumns>(One<AlterTable>("alter table t add columns (a int, b string)").action)
          .columns.size(),
      2U);
  EXPECT_EQ(std::get<SetLifecycle>(One<AlterTable>("alter table t set lifecycle 9").action).days,
            9);
  EXPECT_EQ(
      std::get<SetProperties>(One<AlterTable>("alter table t set tblproperties('a'='b')").action)
          .properties.at("a"),
      "b");
}

TEST(ParseStatementTest, ReadsInserts) {
  const auto values = One<Insert>("insert into t partition (p='x', q) (a, b) values (1,2),(3,4)");
  EXPECT_EQ(values.columns, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(values.partition.size(), 2U);
  EXPECT_EQ(values.partition[0].value, "x");
  EXPECT_FALSE(values.partition[1].value.has_value());
  EXPECT_EQ(values.query->selects[0].rows.size(), 2U);
  EXPECT_TRUE(One<Insert>("INSERT OVERWRITE TABLE t SELECT * FROM s").overwrite);
  EXPECT_TRUE(One<Insert>("insert into t (select 1)").columns.empty());
}

TEST(ParseStatementTest, SplitsAScriptWithItsSettings) {
  const auto statements =
      ParseScript("set odps.sql.type.system.odps2 = true;\nset a=b c\n;;select 1; drop table t;");
  ASSERT_THAT(statements, test::IsOk());
  ASSERT_EQ(statements->size(), 4U);
  EXPECT_EQ(std::get<SetOption>((*statements)[0].body).key, "odps.sql.type.system.odps2");
  EXPECT_EQ(std::get<SetOption>((*statements)[0].body).value, "true");
  EXPECT_EQ(std::get<SetOption>((*statements)[1].body).value, "b c");
}

TEST(ParseStatementTest, SaysWhatItExpectedAndWhere) {
  EXPECT_EQ(ErrorOf(""), "ODPS-0130161:[1,1] Parse exception - the script has no statement");
  EXPECT_EQ(ErrorOf("selec 1"),
            "ODPS-0130161:[1,1] Parse exception - invalid token 'selec', expect a statement that "
            "this emulator knows");
  EXPECT_EQ(ErrorOf("create table t (a bigint"),
            "ODPS-0130161:[1,25] Parse exception - invalid token 'the end', expect ')'");
  EXPECT_EQ(ErrorOf("select 1\nfrom where x"),
            "ODPS-0130161:[2,6] Parse exception - invalid token 'where', expect a name");
  EXPECT_EQ(ErrorOf("drop table a b"),
            "ODPS-0130161:[1,14] Parse exception - invalid token 'b', expect ';' or the end");
}

TEST(ParseStatementTest, RefusesWhatTheServiceRefuses) {
  for (const std::string_view script :
       {"create table t (a nosuchtype)", "create table t", "create table t (a bigint) lifecycle 0",
        "create table t (a decimal(39,1))", "alter table t add partition (p='')",
        "alter table t add partition (p='a', p='b')", "alter table t rename to u", "insert into t",
        "truncate t", "create external table t (a bigint)", "insert into t values (1,2),(3)",
        "update t set a = 1", "create table t (a array<>)"}) {
    EXPECT_THAT(ParseScript(script), test::FailsBecause("ParseError")) << script;
  }
}

TEST(ParseStatementTest, BoundsNestingAndStatements) {
  EXPECT_THAT(ParseScript("select " + std::string(2000, '(') + "1"),
              test::FailsBecause("ParseError"));
  EXPECT_THAT(ParseScript("select " + std::string(2000, '-') + "a"),
              test::FailsBecause("ParseError"));
  std::string chain = "select 1";
  for (int i = 0; i < 5000; ++i) chain += "+1";
  EXPECT_THAT(ParseScript(chain), test::FailsBecause("ParseError"));
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "select 1;";
  EXPECT_THAT(ParseScript(many), test::FailsBecause("ParseError"));
}

}  // namespace
}  // namespace culvert::emulator::sql
