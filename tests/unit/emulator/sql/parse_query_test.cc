// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/query.h"
#include "emulator/sql/statement.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::emulator::sql {
namespace {

/// The tree of an expression as nested words: `(+ 1 (* 2 3))`.
std::string Shown(const Expr& expr) {
  std::string text;
  switch (expr.kind) {
    case ExprKind::kNull:
      return "null";
    case ExprKind::kColumn:
      return expr.qualifier.empty() ? expr.text : expr.qualifier + "." + expr.text;
    case ExprKind::kStar:
      return "*";
    case ExprKind::kString:
      return "'" + expr.text + "'";
    case ExprKind::kCast:
      text = "cast:" + expr.type.ToString();
      break;
    case ExprKind::kCase:
      text = "case";
      break;
    case ExprKind::kBetween:
      text = "between";
      break;
    case ExprKind::kIn:
    case ExprKind::kInQuery:
      text = "in";
      break;
    case ExprKind::kIsNull:
      text = "isnull";
      break;
    case ExprKind::kIndex:
      text = "[]";
      break;
    case ExprKind::kField:
      text = "." + expr.text;
      break;
    default:
      text = expr.text;
      if (expr.args.empty() && expr.kind != ExprKind::kCall) return text;
  }
  if (expr.negated) text = "not-" + text;
  std::string out = "(" + text;
  for (const ExprPtr& arg : expr.args) out += " " + Shown(*arg);
  return out + ")";
}

std::string Tree(std::string_view expression) {
  const auto query = ParseQueryText("select " + std::string(expression));
  if (!query) return "error: " + query.error().message;
  return Shown(*(*query)->selects[0].items[0].expr);
}

TEST(ParseQueryTest, KnowsPrecedence) {
  EXPECT_EQ(Tree("1 + 2 * 3 - 4"), "(- (+ 1 (* 2 3)) 4)");
  EXPECT_EQ(Tree("a or b and not c = d"), "(OR a (AND b (NOT (= c d))))");
  EXPECT_EQ(Tree("a + 1 > b || 'x'"), "(> (+ a 1) (|| b 'x'))");
  EXPECT_EQ(Tree("-a * -1"), "(* (- a) -1)");
  EXPECT_EQ(Tree("a & b | c"), "(| (& a b) c)");
}

TEST(ParseQueryTest, ReadsPredicates) {
  EXPECT_EQ(Tree("a is not null"), "(not-isnull a)");
  EXPECT_EQ(Tree("a not in (1, 2)"), "(not-in a 1 2)");
  EXPECT_EQ(Tree("a between 1 and 2 and b"), "(AND (between a 1 2) b)");
  EXPECT_EQ(Tree("a not like 'x%'"), "(not-LIKE a 'x%')");
  EXPECT_EQ(Tree("a rlike 'x' "), "(RLIKE a 'x')");
  EXPECT_EQ(Tree("a == 1"), "(= a 1)");
  EXPECT_EQ(Tree("a != 1"), "(<> a 1)");
}

TEST(ParseQueryTest, ReadsCallsCastsAndCases) {
  EXPECT_EQ(Tree("IF(a, f(), cast(b as decimal(10,2)))"), "(if a (f) (cast:decimal(10,2) b))");
  EXPECT_EQ(Tree("case a when 1 then 'x' else null end"), "(case a 1 'x' null)");
  EXPECT_EQ(Tree("count(*)"), "(count *)");
  EXPECT_EQ(Tree("left(a, 2)"), "(left a 2)");
}

TEST(ParseQueryTest, ReadsElements) {
  EXPECT_EQ(Tree("t.a[0].b['k']"), "([] (.b ([] t.a 0)) 'k')");
}

TEST(ParseQueryTest, JoinsAdjacentStrings) { EXPECT_EQ(Tree("'a' \"b\"'c'"), "'abc'"); }

TEST(ParseQueryTest, ReadsTheClauses) {
  const auto query = ParseQueryText(
      "with c as (select 1 x) select distinct t.*, a as b, 2 `two` from p.t t left outer join "
      "(select 1) u on t.a = u.a join c on 1 = 1 where a > 1 group by a, b having count(*) > 1 "
      "order by b desc, 2 limit 5, 10");
  ASSERT_THAT(query, test::IsOk());
  const Query& q = **query;
  EXPECT_EQ(q.with[0].name, "c");
  const Select& select = q.selects[0];
  EXPECT_TRUE(select.distinct);
  EXPECT_EQ(select.items[0].star_of, "t");
  EXPECT_EQ(select.items[2].alias, "two");
  EXPECT_EQ(select.from->alias, "t");
  EXPECT_EQ(select.joins[0].kind, JoinKind::kLeft);
  EXPECT_EQ(select.joins[1].table.table.ToString(), "c");
  EXPECT_EQ(select.group_by.size(), 2U);
  EXPECT_TRUE(q.order_by[0].descending);
  EXPECT_EQ(q.offset, 5U);
  EXPECT_EQ(q.limit, 10U);
}

TEST(ParseQueryTest, ReadsSetOperatorsAndValues) {
  const auto query =
      ParseQueryText("select 1 union all (select 2) union select a from values (1),(2) t(a)");
  ASSERT_THAT(query, test::IsOk());
  EXPECT_EQ((*query)->set_operators,
            (std::vector<SetOperator>{SetOperator::kUnionAll, SetOperator::kUnion}));
  EXPECT_EQ((*query)->selects[2].from->column_aliases, std::vector<std::string>{"a"});
}

TEST(ParseQueryTest, ReadsWindows) {
  const auto query = ParseQueryText(
      "select sum(a) over (partition by b order by c desc rows between 1 preceding and current "
      "row)");
  ASSERT_THAT(query, test::IsOk());
  const Window& window = *(*query)->selects[0].items[0].expr->window;
  EXPECT_EQ(window.frame, "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW");
  EXPECT_TRUE(window.order_by[0].descending);
}

TEST(ParseQueryTest, RefusesBrokenQueries) {
  for (const std::string_view text :
       {"select", "select 1 +", "select a from", "select a from t join u left", "select (1",
        "select case when 1 end", "select a in () ", "select f(,)", "select 1 limit x",
        "select a from t left semi join u", "select a b c", "select * from t where",
        "select cast(a as)", "select x from (select 1"}) {
    EXPECT_THAT(ParseQueryText(text), test::FailsBecause("ParseError")) << text;
  }
}

}  // namespace
}  // namespace culvert::emulator::sql
