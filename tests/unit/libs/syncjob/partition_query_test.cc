// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/partition_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;

bool Selects(const std::string& filter, std::string_view partition) {
  const auto query = PartitionQuery::Parse("/*query*/ " + filter);
  EXPECT_TRUE(query.has_value()) << filter << ": " << query.error().message;
  if (!query) return false;
  return query->Selects(*record::PartitionSpec::Parse(partition));
}

std::string ErrorOf(const std::string& filter) {
  const auto query = PartitionQuery::Parse(filter);
  if (query) return "no error";
  EXPECT_EQ(query.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(query.error().reason, "InvalidSpec");
  return query.error().message;
}

struct Case {
  std::string filter;
  std::string partition;
  bool selected = false;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(Selects(c.filter, c.partition), c.selected) << c.filter << " of " << c.partition;
  }
}

// The example of the source page.
TEST(PartitionQueryTest, ARangeOfDays) {
  const std::string filter = "pt>=20170101 and pt<20170110";
  Check({{filter, "pt=20170101", true},
         {filter, "pt=20170109", true},
         {filter, "pt=20170110", false},
         {filter, "pt=20161231", false}});
}

// Feature: /*query*/ filter
TEST(PartitionQueryTest, ABareNumberComparesAsANumber) {
  Check({{"hh >= 0", "hh=00", true},
         {"hh = 0", "hh=00", true},
         {"hh = 9", "hh=09", true},
         {"hh < 10", "hh=9", true},
         {"hh < 10", "hh=100", false},
         {"hh > -1", "hh=0", true},
         {"hh = -0", "hh=000", true},
         {"10 > hh", "hh=9", true},
         {"hh in (1, 2)", "hh=02", true},
         {"hh between 6 and 18", "hh=06", true},
         {"hh between 6 and 18", "hh=19", false},
         {"n > 99999999999999999999999999", "n=100000000000000000000000000", true},
         {"n > 99999999999999999999999999", "n=00000000000000000000000000001", false}});
}

TEST(PartitionQueryTest, AQuotedValueComparesAsText) {
  Check({{"hh = '0'", "hh=00", false},
         {"hh = '00'", "hh=00", true},
         {"hh < '10'", "hh=9", false},
         {"ds = \"a b\"", "ds=a b", true},
         {"ds = 'it''s'", "ds=\"it's\"", true},
         {"dt >= '2024-01-01'", "dt=2024-01-02", true},
         {"ds = 'A'", "ds=a", false}});
}

// As SQL's NULL: neither the comparison nor its opposite selects a value that is no number.
// Feature: /*query*/ filter
TEST(PartitionQueryTest, WhatIsNoNumberComparesWithNone) {
  const std::string_view odd = "dt=__HIVE_DEFAULT_PARTITION__";
  for (const std::string filter :
       {"dt >= 1", "dt < 1", "dt = 1", "dt != 1", "not dt = 1", "dt in (1)", "dt not in (1)",
        "dt between 1 and 2", "dt not between 1 and 2", "not (dt = 1 or dt = 2)"}) {
    EXPECT_FALSE(Selects(filter, odd)) << filter;
  }
  EXPECT_TRUE(Selects("dt = 1 or dt like '%DEFAULT%'", odd));
  EXPECT_TRUE(Selects("not (dt = 1 and dt = 'x')", odd));
  EXPECT_TRUE(Selects("dt in (1, '__HIVE_DEFAULT_PARTITION__')", odd));
}

TEST(PartitionQueryTest, LogicHasTheUsualOrder) {
  Check({{"a = 1 or b = 1 and b = 2", "a=1,b=9", true},
         {"(a = 1 or b = 1) and b = 2", "a=1,b=9", false},
         {"not a = 1 and b = 9", "a=2,b=9", true},
         {"not (a = 1 and b = 9)", "a=1,b=9", false},
         {"NOT not A = 1", "a=1,b=9", true},
         {"a = 1 AND `b` = 9", "a=1,b=9", true},
         {"a < b", "a=1,b=9", true},
         {"a = b", "a=x,b=x", true}});
}

TEST(PartitionQueryTest, EveryComparisonIsThere) {
  for (const auto& [symbol, less, equal, greater] :
       std::vector<std::tuple<std::string, bool, bool, bool>>{{"=", false, true, false},
                                                              {"==", false, true, false},
                                                              {"!=", true, false, true},
                                                              {"<>", true, false, true},
                                                              {"<", true, false, false},
                                                              {"<=", true, true, false},
                                                              {">", false, false, true},
                                                              {">=", false, true, true}}) {
    Check({{"m " + symbol + " 5", "m=04", less},
           {"m " + symbol + " 5", "m=5", equal},
           {"m " + symbol + " 5", "m=06", greater},
           {"m " + symbol + " 'e'", "m=d", less},
           {"m " + symbol + " 'e'", "m=e", equal},
           {"m " + symbol + " 'e'", "m=f", greater}});
  }
}

TEST(PartitionQueryTest, LikeTakesRunsCharactersAndEscapes) {
  Check({{"r like 'nor%'", "r=north", true},
         {"r like '%th'", "r=north", true},
         {"r like 'n%t%'", "r=north", true},
         {"r like 'n_rth'", "r=north", true},
         {"r like 'n_rth'", "r=nrth", false},
         {"r like 'nort'", "r=north", false},
         {"r like '%'", "r=north", true},
         {"r like 'N%'", "r=north", false},
         {"r not like 'n%'", "r=north", false},
         {"r like '_'", "r=\xc3\xa9", true},  // one character of two bytes
         {"r like 'a\\_b'", "r=axb", false},
         {"r like 'a\\_b'", "r=a_b", true},
         {"r like '%a%b%'", "r=xxaxxaxbx", true},
         {"r like '%ab'", "r=aab", true}});
}

// Feature: /*query*/ filter
TEST(PartitionQueryTest, ErrorsSayWhere) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"dt > 1", "column 1: a filter begins with /*query*/"},
      {"/*hint*/ dt > 1", "column 1: a filter begins with /*query*/"},
      {"/*query*/", "column 10: expected a partition key or a value, found the end"},
      {"/*query*/ dt >> 3", "column 15: expected a value, found '>'"},
      {"/*query*/ dt > ", "column 16: expected a value, found the end"},
      {"/*query*/ dt", "expected a comparison, 'in', 'between' or 'like', found the end"},
      {"/*query*/ dt not = 3", "column 18: expected 'in', 'between' or 'like', found '='"},
      {"/*query*/ dt = 3 dt", "column 18: expected 'and' or 'or', found 'dt'"},
      {"/*query*/ (dt = 3", "column 18: expected ')', found the end"},
      {"/*query*/ dt = 'x", "column 16: this quote is not closed"},
      {"/*query*/ dt = 1.5", "column 16: numbers are whole numbers"},
      {"/*query*/ dt = 2024a", "column 16: numbers are whole numbers"},
      {"/*query*/ dt = 3; drop", "column 17: a character that means nothing here"},
      {"/*query*/ upper(dt) = 'X'", "functions are not evaluated"},
      {"/*query*/ dt is null", "expected a comparison"},
      {"/*query*/ dt in ()", "column 18: expected a value, found ')'"},
      {"/*query*/ dt like 3", "column 19: expected a pattern in quotes, found '3'"},
      {"/*query*/ dt between 1 or 2", "column 24: expected 'and', found 'or'"},
      {"/*query*/ dt = - '3'", "column 16: expected a value, found '-'"},
  };
  for (const auto& [filter, message] : cases) {
    EXPECT_THAT(ErrorOf(filter), HasSubstr(message)) << filter;
  }
}

TEST(PartitionQueryTest, DepthIsBounded) {
  EXPECT_THAT(ErrorOf("/*query*/ " + std::string(5000, '(') + "a = 1"),
              HasSubstr("nested deeper than 64"));
  std::string nots = "/*query*/ ";
  for (int i = 0; i < 5000; ++i) nots += "not ";
  EXPECT_THAT(ErrorOf(nots + "a = 1"), HasSubstr("nested deeper than 64"));
  std::string wide = "/*query*/ a = 1";
  for (int i = 0; i < 5000; ++i) wide += " or (a = 1)";
  EXPECT_EQ(ErrorOf(wide), "no error");
}

TEST(PartitionQueryTest, KeysAreTheTablesOwn) {
  const auto query = PartitionQuery::Parse("/*query*/ dt = 1 and hours = 2");
  EXPECT_TRUE(query->CheckKeys({"dt", "hours"}).has_value());
  const Status wrong = query->CheckKeys({"dt", "hour"});
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().reason, "SchemaMismatch");
  EXPECT_THAT(wrong.error().message,
              HasSubstr("column 22: the table has no partition key 'hours', did you mean 'hour'?"));
}

// Every filter with every value against a plain statement of the rule.
TEST(PartitionQueryTest, WholeNumbersAgreeWithIntegers) {
  std::mt19937_64 random(20241127);
  for (int i = 0; i < 2000; ++i) {
    const auto value = static_cast<std::int64_t>(random() % 2000);
    const auto low = static_cast<std::int64_t>(random() % 2400) - 400;
    const auto high = static_cast<std::int64_t>(random() % 2400) - 400;
    const std::string zeros(random() % 4, '0');
    const std::string partition = "v=" + zeros + std::to_string(value);
    EXPECT_EQ(
        Selects("v between " + std::to_string(low) + " and " + std::to_string(high), partition),
        low <= value && value <= high)
        << partition << " " << low << " " << high;
  }
}

}  // namespace
}  // namespace culvert::syncjob
