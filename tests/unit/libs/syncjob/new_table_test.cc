// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/new_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

record::Column NewColumn(std::string name, std::string_view type, bool nullable = true,
                         std::string comment = "") {
  record::Column column;
  column.name = std::move(name);
  column.type = *record::Type::Parse(type);
  column.nullable = nullable;
  column.comment = std::move(comment);
  return column;
}

NewTableInput Input(std::vector<std::string> source_list, std::vector<std::string> target_list) {
  NewTableInput input;
  input.source.table = "t";
  input.source.schema.columns = {NewColumn("id", "bigint", false), NewColumn("name", "string"),
                                 NewColumn("amount", "decimal")};
  input.source.schema.partition_keys = {NewColumn("dt", "int")};
  input.source.list = std::move(source_list);
  input.target_list = std::move(target_list);
  return input;
}

std::string StatementOf(const NewTableInput& input) {
  const auto made = DesignTable(input);
  return made ? CreateTableStatement("u", *made) : made.error().message;
}

TEST(NewTableTest, HasTheColumnsThatAreRead) {
  NewTableInput input = Input({"*"}, {"*"});
  input.new_types = false;
  EXPECT_EQ(StatementOf(input),
            "CREATE TABLE IF NOT EXISTS `u` (`id` bigint NOT NULL, `name` string, `amount` "
            "decimal) LIFECYCLE 30;");
  EXPECT_THAT(DesignTable(input)->warnings, IsEmpty());
}

TEST(NewTableTest, TakesTheTargetsNamesByPosition) {
  EXPECT_EQ(StatementOf(Input({"name", "'x'", "dt", "name"}, {"a", "b", "c", "d"})),
            "CREATE TABLE IF NOT EXISTS `u` (`a` string, `b` string, `c` string, `d` string) "
            "LIFECYCLE 30;");
}

TEST(NewTableTest, KeepsCommentsAndQuotesThem) {
  NewTableInput input = Input({"id"}, {"*"});
  input.source.schema.columns[0].comment = "the key; it's";
  input.comment = R"(a \ 'b')";
  input.lifecycle_days = 90;
  input.partition_keys = {NewColumn("dt", "string")};
  EXPECT_EQ(StatementOf(input),
            R"(CREATE TABLE IF NOT EXISTS `u` (`id` bigint NOT NULL COMMENT 'the key; it\'s'))"
            R"( COMMENT 'a \\ \'b\'' PARTITIONED BY (`dt` string) LIFECYCLE 90;)");
}

TEST(NewTableTest, GivesAnOldDecimalItsDigits) {
  NewTableInput input = Input({"amount"}, {"*"});
  input.source.schema.columns[2].type = *record::Type::Parse("array<decimal>");
  const auto made = DesignTable(input);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->schema.columns[0].type.ToString(), "array<decimal(38,18)>");
  ASSERT_EQ(made->warnings.size(), 1U);
  EXPECT_THAT(made->warnings[0], HasSubstr("column 'amount' of the table to create is array<"));
}

TEST(NewTableTest, EmptyAsNullNeedsRoomForNulls) {
  NewTableInput input = Input({"id", "name"}, {"*"});
  input.source.schema.columns[1].nullable = false;
  EXPECT_THAT(StatementOf(input), HasSubstr("`name` string NOT NULL"));
  input.rules.empty_as_null = true;
  EXPECT_THAT(StatementOf(input), HasSubstr("`id` bigint NOT NULL, `name` string)"));
  for (const char* text : {"varchar(9)", "char(9)"}) {
    input.source.schema.columns[1].type = *record::Type::Parse(text);
    input.rules.read_char_as_string = true;
    EXPECT_THAT(StatementOf(input), HasSubstr("`name` " + std::string(text) + ")"));
  }
}

TEST(NewTableTest, RefusesWhatHasNoName) {
  const std::pair<NewTableInput, std::string_view> cases[] = {
      {Input({"id", "''"}, {"*"}), "needs a name for the constant ''"},
      {Input({"id", "ID"}, {"*"}), "source column 'ID' comes twice"},
      {Input({"id", "name"}, {"a"}), "the source lists 2 columns and the target 1"},
      {Input({"id", "name"}, {"a", "A"}), "would have column 'A' twice"},
      {Input({"id"}, {"a-b"}), "'a-b' cannot name a column"},
      {Input({"id"}, {"1a"}), "'1a' cannot name a column"},
      {Input({"id"}, {std::string(129, 'a')}), "cannot name a column"},
      {Input({"nope"}, {"*"}), "source column 'nope' is not in table t"},
  };
  for (const auto& [input, message] : cases) {
    EXPECT_THAT(StatementOf(input), HasSubstr(std::string(message)));
    EXPECT_EQ(DesignTable(input).error().reason, "SchemaMismatch") << message;
  }
  NewTableInput key = Input({"id", "dt"}, {"*"});
  key.partition_keys = {NewColumn("DT", "string")};
  EXPECT_THAT(StatementOf(key), HasSubstr("would have column 'DT' twice, partition keys included"));
}

TEST(NewTableTest, RefusesTypesThatNoTableHas) {
  for (const char* type : {"interval_day_time", "array<interval_year_month>"}) {
    NewTableInput input = Input({"name"}, {"*"});
    input.source.schema.columns[1].type = *record::Type::Parse(type);
    EXPECT_EQ(DesignTable(input).error().reason, "UnsupportedType") << type;
  }
  NewTableInput input = Input({"name"}, {"*"});
  input.source.schema.columns[1].type = *record::Type::Parse("char(3)");
  EXPECT_EQ(DesignTable(input).error().reason, "CharReadUnsupported");
}

TEST(NewTableTest, KeysOfAPartitionHaveTheSourcesTypes) {
  const record::Schema source = Input({"*"}, {"*"}).source.schema;
  const auto keys = KeysOfPartition("dt=1/id=2,amount=3,hh=00", source);
  ASSERT_TRUE(keys.has_value());
  std::string text;
  for (const record::Column& key : *keys) text += key.name + " " + key.type.ToString() + ";";
  EXPECT_EQ(text, "dt int;id bigint;amount string;hh string;");
  EXPECT_EQ(KeysOfPartition("nonsense", source).error().reason, "SchemaMismatch");
}

}  // namespace
}  // namespace culvert::syncjob
