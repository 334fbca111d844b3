// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog_json.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

using test::IsOk;

TEST(CatalogJsonTest, ReadsBackATable) {
  TableDef def;
  def.project = "p";
  def.schema = "s";
  def.name = "T";
  def.kind = TableKind::kView;
  def.columns.columns = TestColumns();
  def.columns.columns[1].nullable = false;
  def.columns.columns[1].default_value = "x";
  def.columns.partition_keys = {TestColumn("dt", "varchar(10)")};
  def.comment = "c";
  def.lifecycle_days = 7;
  def.transactional = true;
  def.primary_key = {"id"};
  def.properties = {{"a", "b"}};
  def.view_text = "select 1";
  def.id = "42";
  def.created_seconds = 1;
  def.ddl_seconds = 2;
  def.schema_version = 3;
  const auto read = DecodeTable(EncodeTable(def));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(EncodeTable(*read), EncodeTable(def));
  EXPECT_EQ(read->columns, def.columns);
  EXPECT_EQ(read->kind, TableKind::kView);
  EXPECT_EQ(read->primary_key, def.primary_key);
}

TEST(CatalogJsonTest, ReadsBackAPartition) {
  PartitionData data;
  data.spec.entries = {{"dt", "a=b,c/d"}, {"hh", "'x'"}};
  data.version = UINT64_MAX;
  data.generation = 5;
  auto segment = std::make_shared<Segment>();
  segment->file = "f.seg";
  data.segments = {segment};
  const auto read = DecodePartition(EncodePartition(data));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->data.spec, data.spec);
  EXPECT_EQ(read->data.version, UINT64_MAX);
  EXPECT_EQ(read->files, (std::vector<std::string>{"f.seg"}));
}

TEST(CatalogJsonTest, RefusesBrokenRecords) {
  for (const char* text : {"", "{}", "[]", R"({"spec":[["a"]]})", R"({"spec":[["a",1]]})"}) {
    EXPECT_FALSE(DecodePartition(text).has_value()) << text;
    EXPECT_FALSE(DecodeTable(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseTableKeyText("a/b").has_value());
}

TEST(CatalogJsonTest, ReadsBackATableKey) {
  const TableKey key{.project = "p", .schema = "", .name = "t"};
  EXPECT_THAT(ParseTableKeyText(TableKeyText(key)), test::IsOkAndHolds(key));
}

}  // namespace
}  // namespace culvert::emulator
