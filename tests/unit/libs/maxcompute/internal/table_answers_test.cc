// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/table_answers.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace culvert::maxcompute::internal {
namespace {

using test::FailsBecause;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::Pair;

std::string TableXml(std::string_view json, std::string_view type = "MANAGED_TABLE") {
  return R"(<?xml version="1.0" encoding="UTF-8"?><Table><Name>t1</Name><TableId>4f</TableId>)"
         R"(<Schema format="Json"><![CDATA[ )" +
         std::string(json) +
         " ]]></Schema><Comment/><Owner>ALIYUN$me</Owner><TableLabel>0</TableLabel><Type>" +
         std::string(type) + "</Type></Table>";
}

constexpr std::string_view kTableJson =
    R"({"columns":[{"name":"Id","type":"BIGINT","isNullable":false,"comment":"key"},)"
    R"({"name":"s","type":"STRUCT<A:BIGINT,B:ARRAY<STRING>>"}],)"
    R"("partitionKeys":[{"name":"dt","type":"string"}],"comment":"from json","lifecycle":30,)"
    R"("size":5000000000,"recordNum":"3000000000","isVirtualView":false})";

TEST(TableAnswersTest, ReadsATable) {
  const auto table = ReadTable(TableXml(kTableJson));
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->name, "t1");
  EXPECT_EQ(table->owner, "ALIYUN$me");
  EXPECT_EQ(table->comment, "from json");
  EXPECT_EQ(table->kind, TableKind::kManaged);
  EXPECT_EQ(table->size_bytes, 5'000'000'000);
  EXPECT_EQ(table->record_count, 3'000'000'000);
  EXPECT_EQ(table->lifecycle_days, 30);
  ASSERT_EQ(table->schema.columns.size(), 2u);
  EXPECT_EQ(table->schema.columns[0].name, "Id");
  EXPECT_EQ(table->schema.columns[0].comment, "key");
  EXPECT_FALSE(table->schema.columns[0].nullable);
  EXPECT_TRUE(table->schema.columns[1].type.IsNested());
  EXPECT_EQ(table->schema.partition_keys.size(), 1u);
  EXPECT_FALSE(table->IsDelta());
}

TEST(TableAnswersTest, SizesAreUnknownWhereTheyAreNotTold) {
  const auto table = ReadTable(TableXml(R"({"columns":[]})"));
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->size_bytes, -1);
  EXPECT_EQ(table->record_count, -1);
  EXPECT_EQ(table->lifecycle_days, -1);
}

TEST(TableAnswersTest, KindsComeFromTheTypeOrTheFlags) {
  const auto kind = [](std::string_view type, std::string_view flag) {
    const std::string json =
        flag.empty() ? R"({"columns":[]})" : R"({"columns":[],")" + std::string(flag) + "\":true}";
    return ReadTable(TableXml(json, type))->kind;
  };
  EXPECT_EQ(kind("VIRTUAL_VIEW", ""), TableKind::kView);
  EXPECT_EQ(kind("MATERIALIZED_VIEW", ""), TableKind::kMaterializedView);
  EXPECT_EQ(kind("EXTERNAL_TABLE", ""), TableKind::kExternal);
  EXPECT_EQ(kind("OBJECT_TABLE", ""), TableKind::kObject);
  EXPECT_EQ(kind("SNAPSHOT", ""), TableKind::kSnapshot);
  EXPECT_EQ(kind("", "isVirtualView"), TableKind::kView);
  EXPECT_EQ(kind("", "isMaterializedView"), TableKind::kMaterializedView);
  EXPECT_EQ(kind("MANAGED_TABLE", "isExternal"), TableKind::kExternal);
  EXPECT_EQ(kind("", "isObjectTable"), TableKind::kObject);
  EXPECT_EQ(kind("", ""), TableKind::kManaged);
}

TEST(TableAnswersTest, AnUnknownKindIsNotTakenForATable) {
  EXPECT_THAT(ReadTable(TableXml(kTableJson, "BLACK_HOLE")), FailsBecause("UnexpectedAnswer"));
}

TEST(TableAnswersTest, UnsupportedColumnsKeepTheirReason) {
  EXPECT_THAT(ReadTable(TableXml(R"({"columns":[{"name":"a","type":"vector"}]})")),
              FailsBecause("UnsupportedType"));
}

TEST(TableAnswersTest, ExtensionTellsOfDeltaTables) {
  Table table;
  ASSERT_THAT(
      ReadTableExtension(
          TableXml(R"({"Reserved":"{\"Transactional\":\"true\",\"PrimaryKey\":[\"id\"]}"})"),
          table),
      IsOk());
  EXPECT_TRUE(table.transactional);
  EXPECT_THAT(table.primary_key, ElementsAre("id"));
  EXPECT_TRUE(table.IsDelta());
}

TEST(TableAnswersTest, ExtensionWithoutReservedIsAPlainTable) {
  for (const std::string_view json : {R"({})", R"({"Reserved":""})", R"({"Reserved":"{}"})",
                                      R"({"Reserved":"{\"Transactional\":\"false\"}"})"}) {
    Table table;
    ASSERT_THAT(ReadTableExtension(TableXml(json), table), IsOk());
    EXPECT_FALSE(table.IsDelta());
  }
}

TEST(TableAnswersTest, MalformedExtensionIsRefused) {
  for (const std::string_view json :
       {R"({"Reserved":"{"})", R"({"Reserved":"[]"})", R"({"Reserved":7})",
        R"({"Reserved":"{\"PrimaryKey\":\"id\"}"})", R"({"Reserved":"{\"PrimaryKey\":[1]}"})"}) {
    Table table;
    EXPECT_THAT(ReadTableExtension(TableXml(json), table), FailsBecause("UnexpectedAnswer"))
        << json;
  }
}

TEST(TableAnswersTest, ReadsAPageOfPartitions) {
  const auto page = ReadPartitionPage(
      R"(<Partitions><Partition><Column Name="DT" Value="2024&amp;"/><Column Name="hh" Value="01"/>)"
      R"(<LastModifiedTime>1709208000</LastModifiedTime><PartitionSize>7</PartitionSize>)"
      R"(<PartitionRecordCount>5000000000</PartitionRecordCount></Partition>)"
      R"(<Partition><Column Name="dt" Value="x"/><Column Name="hh" Value="y"/></Partition>)"
      R"(<Marker>next</Marker><MaxItems>2</MaxItems></Partitions>)");
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->marker, "next");
  ASSERT_EQ(page->partitions.size(), 2u);
  EXPECT_THAT(page->partitions[0].spec.entries, ElementsAre(Pair("dt", "2024&"), Pair("hh", "01")));
  EXPECT_EQ(page->partitions[0].modified_seconds, 1709208000);
  EXPECT_EQ(page->partitions[0].size_bytes, 7);
  EXPECT_EQ(page->partitions[0].record_count, 5'000'000'000);
  EXPECT_EQ(page->partitions[1].record_count, -1);
}

TEST(TableAnswersTest, TheLastPageHasNoMarker) {
  EXPECT_EQ(ReadPartitionPage("<Partitions><Marker/></Partitions>")->marker, "");
  EXPECT_EQ(ReadPartitionPage("<Partitions/>")->marker, "");
}

TEST(TableAnswersTest, MalformedPartitionsAreRefused) {
  for (const std::string_view bad :
       {"", "<Tables/>", "<Partitions><Partition/></Partitions>",
        "<Partitions><Partition><Column Name='a'/></Partition></Partitions>",
        "<Partitions><Partition><Column Name='a' Value='b'/><PartitionSize>big</PartitionSize>"
        "</Partition></Partitions>"}) {
    EXPECT_THAT(ReadPartitionPage(bad), FailsBecause("UnexpectedAnswer")) << bad;
  }
}

TEST(TableAnswersTest, ReadsOnePartition) {
  const record::PartitionSpec spec{.entries = {{"dt", "1"}}};
  const auto partition =
      ReadPartition(R"(<Partition><Schema><![CDATA[{"lastModifiedTime":9,"partitionSize":8,)"
                    R"("partitionRecordNum":5000000000}]]></Schema></Partition>)",
                    spec);
  ASSERT_THAT(partition, IsOk());
  EXPECT_EQ(partition->spec, spec);
  EXPECT_EQ(partition->size_bytes, 8);
  EXPECT_EQ(partition->record_count, 5'000'000'000);
  EXPECT_EQ(partition->modified_seconds, 9);
}

TEST(TableAnswersTest, ReadsAProject) {
  const auto project = ReadProject(
      "<Project><Name>demo</Name><Owner>me</Owner><Region>cn</Region><Properties><Property>"
      "<Name>odps.schema.model.enabled</Name><Value>true</Value></Property></Properties>"
      "<ExtendedProperties><Property><Name>x</Name><Value>y</Value></Property>"
      "</ExtendedProperties></Project>");
  ASSERT_THAT(project, IsOk());
  EXPECT_EQ(project->name, "demo");
  EXPECT_EQ(project->owner, "me");
  EXPECT_EQ(project->region, "cn");
  EXPECT_THAT(project->properties,
              ElementsAre(Pair("odps.schema.model.enabled", "true"), Pair("x", "y")));
}

TEST(TableAnswersTest, ElementsOfAProjectMayBeMissing) {
  EXPECT_THAT(ReadProject("<Project/>"), IsOk());
}

TEST(TableAnswersTest, RefusesWhatIsNoTable) {
  for (const std::string& bad :
       {std::string("not xml"), std::string("<Project/>"), std::string("<Table/>"), TableXml("[1]"),
        TableXml("{"), TableXml(R"({"columns":7})"), TableXml(R"({"columns":[],"size":"big"})")}) {
    EXPECT_THAT(ReadTable(bad), FailsBecause("UnexpectedAnswer")) << bad;
  }
}

}  // namespace
}  // namespace culvert::maxcompute::internal
