// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_table_text.h"

#include "emulator/rest_xml.h"
#include "libs/base/json.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace culvert::emulator {
namespace {

TableDef Delta() {
  TableDef table;
  table.project = "demo";
  table.name = "t1";
  table.columns.columns = {TestColumn("id", "bigint", false), TestColumn("d", "decimal(10,2)")};
  table.columns.columns[1].comment = "amount";
  table.columns.columns[1].default_value = "1.5";
  table.columns.partition_keys = {TestColumn("dt", "string")};
  table.comment = "a < b";
  table.lifecycle_days = 7;
  table.transactional = true;
  table.primary_key = {"id"};
  table.properties = {{"transactional", "true"}, {"write.bucket.num", "4"}};
  table.id = "4f";
  table.created_seconds = 1709208000;
  table.ddl_seconds = 1709208001;
  table.schema_version = 3;
  return table;
}

TEST(RestTableTextTest, ProjectDocument) {
  Project project;
  project.name = "demo";
  project.owner = "ALIYUN$me";
  project.created_seconds = 1709208000;
  project.modified_seconds = 1709208000;
  project.properties = {{"odps.sql.type.system.odps2", "true"}};
  EXPECT_EQ(ProjectXml(project),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<Project><Name>demo</Name><Type>managed</Type><Comment/><Owner>ALIYUN$me</Owner>"
            "<SuperAdministrator>ALIYUN$me</SuperAdministrator>"
            "<CreationTime>Thu, 29 Feb 2024 12:00:00 GMT</CreationTime>"
            "<LastModifiedTime>Thu, 29 Feb 2024 12:00:00 GMT</LastModifiedTime>"
            "<ProjectGroupName>demo</ProjectGroupName><State>AVAILABLE</State>"
            "<Region>local</Region><Properties><Property>"
            "<Name>odps.sql.type.system.odps2</Name><Value>true</Value></Property></Properties>"
            "<ExtendedProperties/></Project>");
}

TEST(RestTableTextTest, TableDocumentHasTheSdksFields) {
  const auto document = ParseXml(TableXml(Delta(), "me", {.rows = 3, .bytes = 40}, Detail::kBasic));
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->ChildText("Name"), "t1");
  EXPECT_EQ(document->ChildText("SchemaName"), "default");
  EXPECT_EQ(document->ChildText("Comment"), "a < b");
  EXPECT_EQ(document->ChildText("Type"), "MANAGED_TABLE");
  EXPECT_EQ(document->ChildText("CreationTime"), "Thu, 29 Feb 2024 12:00:00 GMT");
  const nlohmann::json schema = ParseJson(document->ChildText("Schema")).value();
  EXPECT_EQ(schema["columns"][0]["name"], "id");
  EXPECT_EQ(schema["columns"][0]["isNullable"], false);
  EXPECT_EQ(schema["columns"][1]["type"], "decimal(10,2)");
  EXPECT_EQ(schema["columns"][1]["defaultValue"], "1.5");
  EXPECT_EQ(schema["columns"][1]["comment"], "amount");
  EXPECT_EQ(schema["partitionKeys"][0]["name"], "dt");
  EXPECT_EQ(schema["createTime"], 1709208000);
  EXPECT_EQ(schema["recordNum"], 3);
  EXPECT_EQ(schema["size"], 40);
  EXPECT_EQ(schema["lifecycle"], 7);
  EXPECT_EQ(schema["isVirtualView"], false);
  EXPECT_EQ(ParseJson(schema["tableProperties"].get<std::string>()).value()["write.bucket.num"],
            "4");
  EXPECT_FALSE(schema.contains("Reserved"));
}

TEST(RestTableTextTest, ExtendedDocumentTellsADeltaTable) {
  const nlohmann::json schema =
      ParseJson(TableSchemaJson(Delta(), "me", {.segments = 2}, Detail::kExtended)).value();
  EXPECT_EQ(schema["FileNum"], 2);
  EXPECT_EQ(schema["IsArchived"], false);
  const nlohmann::json reserved = ParseJson(schema["Reserved"].get<std::string>()).value();
  EXPECT_EQ(reserved["Transactional"], "true");
  EXPECT_EQ(reserved["PrimaryKey"], nlohmann::json({"id"}));
  EXPECT_EQ(reserved["BucketNum"], 4);
  EXPECT_EQ(reserved["schema_version"], "3");
}

TEST(RestTableTextTest, ViewsAndExternalTablesSayWhatTheyAre) {
  TableDef view = Delta();
  view.kind = TableKind::kView;
  view.view_text = "select 1";
  const nlohmann::json schema = ParseJson(TableSchemaJson(view, "me", {}, Detail::kBasic)).value();
  EXPECT_EQ(schema["isVirtualView"], true);
  EXPECT_EQ(schema["viewText"], "select 1");
  EXPECT_EQ(schema["recordNum"], -1);
  TableDef external = Delta();
  external.kind = TableKind::kExternal;
  external.properties[std::string(kLocationKey)] = "oss://b";
  const nlohmann::json outside =
      ParseJson(TableSchemaJson(external, "me", {}, Detail::kBasic)).value();
  EXPECT_EQ(outside["isExternal"], true);
  EXPECT_EQ(outside["location"], "oss://b");
  EXPECT_EQ(outside["tableProperties"].get<std::string>().find("culvert."), std::string::npos);
}

TEST(RestTableTextTest, PartitionDocument) {
  PartitionData partition;
  partition.created_seconds = 5;
  partition.modified_seconds = 6;
  EXPECT_EQ(PartitionXml(partition, Detail::kBasic),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Partition><Schema><![CDATA[{"
            "\"createTime\":5,\"lastDDLTime\":5,\"lastModifiedTime\":6,\"partitionRecordNum\":0,"
            "\"partitionSize\":0}]]></Schema></Partition>");
}

TEST(RestTableTextTest, PagesEndWithAnEmptyMarker) {
  const std::vector<std::string> keys = {"a", "b", "c"};
  const Page first = CutPage(keys, "", 2, false);
  EXPECT_EQ(first.end - first.begin, 2U);
  EXPECT_EQ(first.next_marker, "b");
  const Page second = CutPage(keys, "b", 2, false);
  EXPECT_EQ(second.begin, 2U);
  EXPECT_EQ(second.next_marker, "");
  EXPECT_EQ(CutPage(keys, "", 3, false).next_marker, "");
  EXPECT_EQ(CutPage(keys, "c", 3, false).begin, 3U);
  const std::vector<std::string> down = {"c", "b", "a"};
  EXPECT_EQ(CutPage(down, "c", 1, true).begin, 1U);
  EXPECT_EQ(CutPage(down, "bb", 5, true).begin, 1U);
}

}  // namespace
}  // namespace culvert::emulator
