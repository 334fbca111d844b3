// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/source_query.h"

#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace culvert::syncjob {
namespace {

using test::FailsBecause;
using test::IsOk;
using test::IsOkAndHolds;
using testing::ElementsAre;
using testing::HasSubstr;
using From = ColumnPlan::From;

record::Column ResultColumn(const std::string& name, const std::string& type) {
  record::Column column;
  column.name = name;
  column.type = *record::Type::Parse(type);
  return column;
}

ColumnSide SourceTable(std::vector<std::string> list) {
  ColumnSide side{.table = "flights", .schema = {}, .list = std::move(list)};
  side.schema.columns = {ResultColumn("id", "bigint"), ResultColumn("name", "string"),
                         ResultColumn("delay", "double")};
  side.schema.columns[0].nullable = false;
  side.schema.partition_keys = {ResultColumn("dt", "string"), ResultColumn("hh", "bigint")};
  return side;
}

ColumnSide TargetTable(const std::vector<std::string>& types) {
  ColumnSide side{.table = "copy", .schema = {}, .list = {"*"}};
  for (std::size_t i = 0; i < types.size(); ++i) {
    side.schema.columns.push_back(ResultColumn("c" + std::to_string(i), types[i]));
  }
  return side;
}

SourceQuery QueryOf(std::vector<std::string> list, const std::vector<std::string>& types,
                    const std::string& where = "delay > 30") {
  auto query = MakeSourceQuery(SourceTable(std::move(list)), TargetTable(types), where);
  EXPECT_THAT(query, IsOk());
  return query.value_or(SourceQuery{});
}

record::PartitionSpec ParsedPartition(const std::string& text) {
  return *record::PartitionSpec::Parse(text);
}

TEST(SourceQueryTest, SelectsWhatTheMappingNeedsAndNoMore) {
  const SourceQuery query = QueryOf({"name", "upper(name)", "id", "'x'", "id"},
                                    {"string", "string", "bigint", "string", "bigint"});
  EXPECT_THAT(SelectStatement(query, {}),
              IsOkAndHolds("SELECT `id`, `name`, (upper(name)) AS `expression_2` FROM `flights` "
                           "WHERE (delay > 30);"));
  const auto mapping = MapQuery(query, {});
  ASSERT_THAT(mapping, IsOk());
  EXPECT_THAT(mapping->read_columns, ElementsAre("id", "name", "expression_2"));
  EXPECT_EQ(mapping->columns[1].source, "expression_2");
  EXPECT_EQ(mapping->columns[3].from, From::kConstant);
}

TEST(SourceQueryTest, AStarIsAllColumns) {
  const SourceQuery query = QueryOf({"*"}, {"bigint", "string", "double"}, "id\n> 1");
  EXPECT_THAT(SelectStatement(query, {}),
              IsOkAndHolds("SELECT `id`, `name`, `delay` FROM `flights` WHERE (id\n> 1);"));
  const auto mapping = MapQuery(query, {});
  ASSERT_THAT(mapping, IsOk());
  EXPECT_EQ(mapping->route, Route::kPassThrough);
}

TEST(SourceQueryTest, ConstantsAloneStillCountRows) {
  const SourceQuery query = QueryOf({"'x'", "dt"}, {"string", "string"});
  EXPECT_THAT(SelectStatement(query, {ParsedPartition("dt=1,hh=2")}),
              IsOkAndHolds("SELECT `id` FROM `flights` WHERE ((`dt` = '1' AND `hh` = 2)) AND "
                           "(delay > 30);"));
  const auto mapping = MapQuery(query, {});
  ASSERT_THAT(mapping, IsOk());
  EXPECT_THAT(mapping->read_columns, ElementsAre("id"));
  EXPECT_EQ(mapping->columns[1].from, From::kPartition);
}

TEST(SourceQueryTest, PartitionsAreOneCondition) {
  const SourceQuery query = QueryOf({"id"}, {"bigint"});
  const record::PartitionSpec quote{.entries = {{"dt", "it's"}, {"hh", "-2"}}};
  const record::PartitionSpec slash{.entries = {{"dt", "\\"}, {"hh", "0"}}};
  EXPECT_THAT(SelectStatement(query, {quote, slash}),
              IsOkAndHolds(R"(SELECT `id` FROM `flights` WHERE ((`dt` = 'it\'s' AND `hh` = -2) OR )"
                           R"((`dt` = '\\' AND `hh` = 0)) AND (delay > 30);)"));
}

// As a number 00 is 0, so the rows of both would be read for each.
TEST(SourceQueryTest, PartitionsThatSqlCannotTellApartAreRefused) {
  const SourceQuery query = QueryOf({"id"}, {"bigint"});
  for (const std::string value : {"00", "-0", "07", "__HIVE_DEFAULT_PARTITION__", "1.0", "+1"}) {
    const auto sql = SelectStatement(query, {ParsedPartition("dt=1,hh=" + value)});
    EXPECT_THAT(sql, FailsBecause("Unsupported")) << value;
    EXPECT_THAT(sql.error().message,
                HasSubstr("partition value '" + value + "' of the bigint key"));
  }
  EXPECT_THAT(SelectStatement(query, {ParsedPartition("dt=00,hh=10")}), IsOk());
}

TEST(SourceQueryTest, ADateKeyIsADate) {
  ColumnSide source = SourceTable({"id"});
  source.schema.partition_keys = {ResultColumn("day", "date")};
  const auto query = MakeSourceQuery(source, TargetTable({"bigint"}), "true");
  ASSERT_THAT(query, IsOk());
  EXPECT_THAT(SelectStatement(*query, {ParsedPartition("day=2024-02-29")}),
              IsOkAndHolds("SELECT `id` FROM `flights` WHERE ((`day` = DATE '2024-02-29')) AND "
                           "(true);"));
}

TEST(SourceQueryTest, TypesOfExpressionsComeFromTheResult) {
  const SourceQuery query = QueryOf({"id", "delay / 2"}, {"bigint", "string"});
  // Before the query ran an expression is what its target needs.
  auto mapping = MapQuery(query, {});
  ASSERT_THAT(mapping, IsOk());
  EXPECT_EQ(mapping->columns[1].source_type, "string");
  EXPECT_EQ(mapping->route, Route::kPassThrough);
  mapping = MapQuery(query, {ResultColumn("id", "bigint"), ResultColumn("EXPRESSION_2", "double")});
  ASSERT_THAT(mapping, IsOk());
  EXPECT_THAT(mapping->read_column_types, ElementsAre("bigint", "double"));
  EXPECT_EQ(mapping->columns[1].source_type, "double");
  EXPECT_EQ(mapping->route, Route::kTyped);
}

TEST(SourceQueryTest, AnExpressionThatDoesNotFitIsShownAsWritten) {
  const SourceQuery query = QueryOf({"id", "delay / 2"}, {"bigint", "date"});
  const auto mapping =
      MapQuery(query, {ResultColumn("id", "bigint"), ResultColumn("expression_2", "double")});
  EXPECT_THAT(mapping, FailsBecause("SchemaMismatch"));
  EXPECT_THAT(mapping.error().message,
              HasSubstr("source column 'expression_2' (double) cannot become target column 'c1' "
                        "(date); expression_2 is delay / 2"));
}

TEST(SourceQueryTest, KeepsTheTablesNotNullAndTheRulesOfChar) {
  SourceQuery query = QueryOf({"id", "name"}, {"bigint", "string"});
  query.target.schema.columns[0].nullable = false;
  auto mapping = MapQuery(query, {ResultColumn("id", "bigint"), ResultColumn("name", "string")});
  ASSERT_THAT(mapping, IsOk());
  EXPECT_EQ(mapping->route, Route::kPassThrough);
  query = QueryOf({"cast(name as char(3))"}, {"string"});
  EXPECT_THAT(MapQuery(query, {ResultColumn("expression_1", "char(3)")}),
              FailsBecause("CharReadUnsupported"));
}

TEST(SourceQueryTest, OtherColumnsThanSelectedAreNoAnswer) {
  const SourceQuery query = QueryOf({"id", "name"}, {"bigint", "string"});
  EXPECT_THAT(MapQuery(query, {ResultColumn("id", "bigint")}), FailsBecause("UnexpectedAnswer"));
  EXPECT_THAT(MapQuery(query, {ResultColumn("id", "bigint"), ResultColumn("other", "string")}),
              FailsBecause("UnexpectedAnswer"));
}

TEST(SourceQueryTest, AStreamTakesWhateverComes) {
  SourceQuery query = QueryOf({"id", "upper(name)", "dt"}, {});
  query.target = {.table = "stream", .schema = {}, .list = {"*"}, .named_by_user = false};
  query.target_follows = true;
  const auto mapping =
      MapQuery(query, {ResultColumn("id", "bigint"), ResultColumn("expression_2", "string")});
  ASSERT_THAT(mapping, IsOk());
  ASSERT_EQ(mapping->columns.size(), 3u);
  EXPECT_EQ(mapping->columns[1].target, "expression_2");
  EXPECT_EQ(mapping->columns[2].source, "dt");
}

TEST(SourceQueryTest, NamesOfResultsAreNoColumnsOfTheTable) {
  ColumnSide source = SourceTable({"upper(expression_1)"});
  source.schema.columns.push_back(ResultColumn("Expression_1", "string"));
  const auto query = MakeSourceQuery(source, TargetTable({"string"}), "true");
  ASSERT_THAT(query, IsOk());
  EXPECT_EQ(query->columns[0].name, "expression_1_");
}

// In single quotes at both ends, and yet no constant.
TEST(SourceQueryTest, AConstantIsOneText) {
  EXPECT_EQ(QueryOf({"'it''s'"}, {"string"}).columns[0].expression, "");
  EXPECT_EQ(QueryOf({"'a' || name || 'b'"}, {"string"}).columns[0].expression,
            "'a' || name || 'b'");
}

TEST(SourceQueryTest, RefusesWhatIsNoColumn) {
  const auto made = [](const std::string& entry, const std::string& where = "true") {
    return MakeSourceQuery(SourceTable({entry}), TargetTable({"string"}), where);
  };
  const auto unknown = made("nmae");
  EXPECT_THAT(unknown, FailsBecause("SchemaMismatch"));
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean 'name'?"));
  EXPECT_THAT(made("upper(name) --"), FailsBecause("InvalidSql"));
  EXPECT_THAT(made("upper(name), id"), FailsBecause("InvalidSql"));
  const auto open = made("name", "1=1) or (1=1");
  EXPECT_THAT(open, FailsBecause("InvalidSql"));
  EXPECT_THAT(open.error().message, HasSubstr("where: sql, byte 4"));
}

TEST(SourceQueryTest, TypesOfTheSecondEditionAreSeen) {
  EXPECT_FALSE(QueryOf({"id"}, {"bigint"}).second_types);
  for (const char* type : {"int", "varchar(3)", "timestamp", "decimal(10,2)", "array<int>", "date",
                           "struct<a:string>", "json"}) {
    ColumnSide source = SourceTable({"id"});
    source.schema.columns.push_back(ResultColumn("x", type));
    const auto query = MakeSourceQuery(source, TargetTable({"bigint"}), "true");
    ASSERT_THAT(query, IsOk());
    EXPECT_TRUE(query->second_types) << type;
  }
  for (const char* type :
       {"decimal", "array<string>", "map<string,bigint>", "boolean", "datetime"}) {
    ColumnSide source = SourceTable({"id"});
    source.schema.columns.push_back(ResultColumn("x", type));
    const auto query = MakeSourceQuery(source, TargetTable({"bigint"}), "true");
    ASSERT_THAT(query, IsOk());
    EXPECT_FALSE(query->second_types) << type;
  }
}

TEST(SourceQueryTest, GroupsReadEachPartitionOnce) {
  EXPECT_THAT(QueryGroups(3, false), ElementsAre(ElementsAre(0, 1, 2)));
  EXPECT_THAT(QueryGroups(3, true), ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2)));
  EXPECT_TRUE(QueryGroups(0, false).empty());
  const auto groups = QueryGroups(kPartitionsPerQueryMax + 1, false);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].size(), kPartitionsPerQueryMax);
  EXPECT_THAT(groups[1], ElementsAre(kPartitionsPerQueryMax));
}

TEST(SourceQueryTest, AStatementThatTheServiceWouldNotTakeIsRefused) {
  const SourceQuery query =
      QueryOf({"id"}, {"bigint"}, "name <> '" + std::string(2'100'000, 'a') + "'");
  EXPECT_THAT(SelectStatement(query, {}), FailsBecause("InvalidSql"));
}

}  // namespace
}  // namespace culvert::syncjob
