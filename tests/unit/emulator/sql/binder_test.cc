// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/binder.h"

#include "tests/unit/emulator/sql/world.h"

namespace culvert::emulator::sql {
namespace {

class BinderTest : public ::testing::Test {
 protected:
  BinderTest() {
    EXPECT_EQ(world.Text("create table t (a bigint, s string, d decimal(10,2), f double, day date);"
                         "insert into t values (1,'one',1.50,0.5,DATE'2024-01-01'),"
                         "(2,'two',10,1.5,DATE'2024-02-29'),(3,null,null,null,null);"
                         "create table u (a bigint, n string);"
                         "insert into u values (1,'x'),(1,'y'),(4,'z')"),
              "");
  }
  World world;
};

TEST_F(BinderTest, SelectsColumnsByAnyCase) {
  EXPECT_EQ(world.Text("SELECT A, T.S FROM T where t.a = 1"), "1,\"one\"\n");
}

TEST_F(BinderTest, NamesTheColumns) {
  const auto outcome = world.Run("select a, a+1, s as `My S`, a from t limit 0");
  ASSERT_THAT(outcome, test::IsOk());
  EXPECT_EQ(outcome->text, "\"a\",\"_c1\",\"My S\",\"a_1\"\n");
}

TEST_F(BinderTest, StarsAreColumns) {
  EXPECT_EQ(world.Text("select u.*, t.a from t join u on t.a = u.a order by n"),
            "1,\"x\",1\n1,\"y\",1\n");
}

TEST_F(BinderTest, Joins) {
  EXPECT_EQ(world.Text("select t.a, u.n from t left join u on t.a = u.a order by t.a, n"),
            "1,\"x\"\n1,\"y\"\n2,\\N\n3,\\N\n");
  EXPECT_EQ(world.Text("select t.a, u.a from t full outer join u on t.a = u.a where t.a is null"),
            "\\N,4\n");
  EXPECT_EQ(world.Text("select a from t left semi join u on t.a = u.a"), "1\n");
  EXPECT_EQ(world.Text("select a from t left anti join u on t.a = u.a order by a"), "2\n3\n");
  EXPECT_EQ(world.Text("select count(*) from t, u"), "9\n");
}

TEST_F(BinderTest, GroupsAndHaves) {
  EXPECT_EQ(world.Text("select a, count(*) as c from u group by a having c > 1"), "1,2\n");
  EXPECT_EQ(world.Text("select count(distinct a), sum(a), avg(a), min(n), max(n) from u"),
            "2,6,2.0,\"x\",\"z\"\n");
  EXPECT_EQ(world.Text("select a % 2 as odd, count(*) from t group by odd order by odd"),
            "0,1\n1,2\n");
}

TEST_F(BinderTest, OrdersByAliasPlaceAndExpression) {
  EXPECT_EQ(world.Text("select a as k from t order by k desc limit 1"), "3\n");
  EXPECT_EQ(world.Text("select a from t order by 1 desc limit 1 offset 1"), "2\n");
  EXPECT_EQ(world.Text("select a from t order by -a limit 1"), "3\n");
  EXPECT_EQ(world.Text("select s from t order by s nulls last limit 1"), "\"one\"\n");
}

TEST_F(BinderTest, SubqueriesSeeTheQueryAround) {
  EXPECT_EQ(world.Text("select a from t where exists (select 1 from u where u.a = t.a)"), "1\n");
  EXPECT_EQ(world.Text("select a, (select count(*) from u where u.a = t.a) from t order by a"),
            "1,2\n2,0\n3,0\n");
  EXPECT_EQ(world.Text("select a from t where a not in (select a from u) order by a"), "2\n3\n");
  EXPECT_EQ(world.Text("select x.b from (select a + 1 as b from t) x where x.b > 3"), "4\n");
}

TEST_F(BinderTest, CommonTablesAndViews) {
  EXPECT_EQ(world.Text("with x as (select a from t where a > 1), y as (select a * 10 as b from x) "
                       "select b from y order by b"),
            "20\n30\n");
  EXPECT_EQ(world.Text("create view v (k, l) as select a, s from t where a < 3; "
                       "select l from v where k = 2"),
            "\"two\"\n");
  EXPECT_EQ(world.Text("create or replace view v as select a from t; select count(*) from v"),
            "3\n");
}

TEST_F(BinderTest, SetOperatorsShareTypes) {
  EXPECT_EQ(world.Text("select 1 as x union all select 2.5 union all select null order by x"),
            "\\N\n1.0\n2.5\n");
  EXPECT_EQ(world.Text("select a from u intersect select a from t"), "1\n");
  EXPECT_EQ(world.Text("select a from t except select a from u order by a"), "2\n3\n");
  EXPECT_EQ(world.Text("select a from u union select a from u order by a"), "1\n4\n");
}

TEST_F(BinderTest, Windows) {
  EXPECT_EQ(world.Text("select n, row_number() over (partition by a order by n desc) as r from u "
                       "order by n"),
            "\"x\",2\n\"y\",1\n\"z\",1\n");
  EXPECT_EQ(world.Text("select a, sum(d) over (order by a) from t order by a"),
            "1,\"1.5\"\n2,\"11.5\"\n3,\"11.5\"\n");
}

TEST_F(BinderTest, DecimalsCompareByValue) {
  EXPECT_EQ(world.Text("select a from t where d > 2"), "2\n");
  EXPECT_EQ(world.Text("select a from t where d = 1.5BD"), "1\n");
  EXPECT_EQ(world.Text("select a from t where d = '1.500'"), "1\n");
  EXPECT_EQ(world.Text("select a from t where d between 1.4BD and 9"), "1\n");
  EXPECT_EQ(world.Text("select a from t where d in (10, 11)"), "2\n");
  EXPECT_EQ(world.Text("select d from t order by d desc"), "\"10\"\n\"1.5\"\n\\N\n");
  EXPECT_EQ(world.Text("select max(d), min(d), sum(d), avg(d) from t"),
            "\"10\",\"1.5\",\"11.5\",\"5.75\"\n");
  EXPECT_EQ(world.Value("99999999999999999999.000000000000000001BD > 99999999999999999999BD"),
            "true");
}

TEST_F(BinderTest, TextComparesWithNumbersAndTimesAsThose) {
  EXPECT_EQ(world.Value("'10' > 9"), "true");
  EXPECT_EQ(world.Value("'10' > '9'"), "false");
  EXPECT_EQ(world.Text("select a from t where day >= '2024-02-01'"), "2\n");
  EXPECT_EQ(world.Text("select a from t where day < DATETIME'2024-01-01 00:00:01'"), "1\n");
}

TEST_F(BinderTest, KnowsTheTypesOfResults) {
  EXPECT_EQ(world.TypeOf("1"), "bigint");
  EXPECT_EQ(world.TypeOf("1 / 2"), "double");
  EXPECT_EQ(world.TypeOf("1 > 2"), "boolean");
  EXPECT_EQ(world.TypeOf("1.5BD * 2"), "decimal(38,1)");
  EXPECT_EQ(world.TypeOf("null"), "string");
  EXPECT_EQ(world.TypeOf("cast('1' as tinyint)"), "tinyint");
  EXPECT_EQ(world.TypeOf("to_date('2024-01-01')"), "date");
  EXPECT_EQ(world.TypeOf("if(true, 1, 2.5)"), "double");
  EXPECT_EQ(world.TypeOf("d from t"), "decimal(10,2)");
}

TEST_F(BinderTest, ErrorsNameTheColumnAndThePlace) {
  EXPECT_EQ(world.Text("select b from t"),
            "error: ODPS-0130071:[1,8] Semantic analysis exception - column b cannot be resolved");
  EXPECT_EQ(world.Text("select a from t, u"),
            "error: ODPS-0130071:[1,8] Semantic analysis exception - column a is ambiguous");
  EXPECT_EQ(world.Text("select * from t9"),
            "error: ODPS-0130131:[1,15] Table not found - table demo.t9 cannot be resolved");
  EXPECT_EQ(world.Text("select nosuch(1)"),
            "error: ODPS-0130071:[1,8] Semantic analysis exception - function or view 'nosuch' "
            "cannot be resolved");
  EXPECT_EQ(world.Text("select a from t where s"),
            "error: ODPS-0130071:[1,23] Semantic analysis exception - expect a BOOLEAN expression, "
            "but it is string");
}

TEST_F(BinderTest, RefusesMeaninglessQueries) {
  for (const std::string_view script :
       {"select a + day from t", "select * ", "select a from t union select a, s from t",
        "select upper()", "select sum(distinct)", "select upper(distinct s) from t",
        "select case when 1 then 2 end", "select a.b from t", "select s[0] from t",
        "select a from t order by 9", "select (select a, s from t)", "select x.* from t",
        "select true > 1", "select *, count(*) from t where *"}) {
    EXPECT_EQ(world.Text(script).substr(0, 6), "error:") << script;
  }
}

}  // namespace
}  // namespace culvert::emulator::sql
