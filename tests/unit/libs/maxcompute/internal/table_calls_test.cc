// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/table_calls.h"

#include "tests/unit/libs/maxcompute/fake_service.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace culvert::maxcompute::internal {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

class TableCallsTest : public FakeServiceTest {
 protected:
  static std::string TableXml(std::string_view type, std::string_view json) {
    return "<Table><Name>t1</Name><Schema><![CDATA[" + std::string(json) + "]]></Schema><Type>" +
           std::string(type) + "</Type></Table>";
  }
  static std::string Page(int first, int count, std::string_view marker) {
    std::string page = "<Partitions>";
    for (int i = first; i < first + count; ++i) {
      page += "<Partition><Column Name=\"dt\" Value=\"" + std::to_string(i) + "\"/></Partition>";
    }
    return page + "<Marker>" + std::string(marker) + "</Marker></Partitions>";
  }
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max() / 2;
};

TEST_F(TableCallsTest, ManagedTablesAreReadWithTheirExtension) {
  Answer(200, TableXml("MANAGED_TABLE", R"({"columns":[{"name":"id","type":"bigint"}]})"));
  Answer(200, TableXml("MANAGED_TABLE",
                       R"({"Reserved":"{\"Transactional\":\"true\",\"PrimaryKey\":[\"id\"]}"})"));
  const auto client = NewClient();
  const auto table = client->GetTable(ctx(), "T1");
  ASSERT_THAT(table, IsOk());
  EXPECT_TRUE(table->IsDelta());
  EXPECT_EQ(table->schema.columns.size(), 1u);
  EXPECT_EQ(UrlAt(0), "http://mc.example.com/api/projects/demo/tables/t1?curr_project=demo");
  EXPECT_EQ(UrlAt(1),
            "http://mc.example.com/api/projects/demo/tables/t1?extended&curr_project=demo");
}

TEST_F(TableCallsTest, ViewsAreReadByOneRequest) {
  Answer(200, TableXml("VIRTUAL_VIEW", R"({"columns":[]})"));
  const auto table = NewClient()->GetTable(ctx(), "v");
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->kind, TableKind::kView);
  EXPECT_EQ(RequestCount(), 1u);
}

TEST_F(TableCallsTest, SchemasGoIntoTheQuery) {
  ClientConfig config = Config();
  config.schema = "silver";
  Answer(404, "<Error><Code>NoSuchObject</Code><Message>x</Message></Error>");
  EXPECT_THAT(NewClient(config)->GetTable(ctx(), "t1"), FailsBecause("NoSuchTable"));
  EXPECT_EQ(UrlAt(0),
            "http://mc.example.com/api/projects/demo/tables/t1?curr_schema=silver"
            "&curr_project=demo");
}

TEST_F(TableCallsTest, AMissingProjectIsNotTakenForAMissingTable) {
  Answer(404,
         "<Error><Code>NoSuchObject</Code><Message>ODPS-0420111: Project not found"
         "</Message></Error>");
  EXPECT_THAT(NewClient()->GetTable(ctx(), "t1"), FailsBecause("NoSuchProject"));
}

TEST_F(TableCallsTest, PagesOfPartitionsAreFollowed) {
  Answer(200, Page(0, 1000, "m+1/="));
  Answer(200, Page(1000, 1000, "m2"));
  Answer(200, Page(2000, 1, ""));
  const auto partitions = NewClient()->ListPartitions(ctx(), "t1", kNoLimit);
  ASSERT_THAT(partitions, IsOk());
  ASSERT_EQ(partitions->size(), 2001u);
  EXPECT_EQ(partitions->back().spec.ToString(), "dt=2000");
  EXPECT_EQ(UrlAt(0),
            "http://mc.example.com/api/projects/demo/tables/t1?partitions&expectmarker=true"
            "&maxitems=1000&curr_project=demo");
  EXPECT_THAT(UrlAt(1), HasSubstr("&marker=m%2B1%2F%3D&"));
  EXPECT_THAT(UrlAt(2), HasSubstr("&marker=m2&"));
}

TEST_F(TableCallsTest, AFailedPageIsRetriedAlone) {
  Answer(200, Page(0, 2, "m"));
  AnswerLost();
  Answer(200, Page(2, 1, ""));
  EXPECT_EQ(NewClient()->ListPartitions(ctx(), "t1", kNoLimit)->size(), 3u);
  EXPECT_EQ(RequestCount(), 3u);
}

TEST_F(TableCallsTest, MorePartitionsThanTheLimitAreRefused) {
  Answer(200, Page(0, 3, ""));
  EXPECT_THAT(NewClient()->ListPartitions(ctx(), "t1", 3), IsOk());
  Answer(200, Page(0, 3, ""));
  const auto refused = NewClient()->ListPartitions(ctx(), "t1", 2);
  EXPECT_THAT(refused, FailsWith(ErrorCode::kResourceExhausted));
  EXPECT_THAT(refused, FailsBecause("TooManyPartitions"));
}

TEST_F(TableCallsTest, AListThatDoesNotEndIsRefused) {
  Answer(200, Page(0, 1, "m"));
  Answer(200, Page(1, 1, "m"));
  EXPECT_THAT(NewClient()->ListPartitions(ctx(), "t1", kNoLimit), FailsBecause("UnexpectedAnswer"));
  Answer(200, Page(0, 0, "m"));
  EXPECT_THAT(NewClient()->ListPartitions(ctx(), "t1", kNoLimit), FailsBecause("UnexpectedAnswer"));
}

TEST_F(TableCallsTest, OnePartitionIsAskedForByItsQuotedSpec) {
  Answer(200, R"(<Partition><Schema>{"partitionRecordNum":5}</Schema></Partition>)");
  const record::PartitionSpec spec{.entries = {{"dt", "1"}, {"hh", "02"}}};
  const auto partition = NewClient()->GetPartition(ctx(), "t1", spec);
  ASSERT_THAT(partition, IsOk());
  EXPECT_EQ(partition->record_count, 5);
  EXPECT_THAT(UrlAt(0), HasSubstr("?partition=dt%3D%271%27%2Chh%3D%2702%27&"));
}

TEST_F(TableCallsTest, AMissingPartitionIsNamed) {
  AnswerError(404, "NoSuchObject");
  const record::PartitionSpec spec{.entries = {{"dt", "1"}}};
  const auto partition = NewClient()->GetPartition(ctx(), "t1", spec);
  EXPECT_THAT(partition, FailsBecause("NoSuchPartition"));
  EXPECT_THAT(partition.error().message, HasSubstr("partition dt=1 of table t1"));
}

TEST_F(TableCallsTest, ProjectsAreReadWithAllProperties) {
  Answer(200, "<Project><Name>demo</Name></Project>");
  EXPECT_EQ(NewClient()->GetProject(ctx())->name, "demo");
  EXPECT_EQ(UrlAt(0), "http://mc.example.com/api/projects/demo?properties=all&curr_project=demo");
}

TEST_F(TableCallsTest, AMissingProjectIsNamed) {
  Answer(404, "");
  const auto project = NewClient()->GetProject(ctx());
  EXPECT_THAT(project, FailsBecause("NoSuchProject"));
  EXPECT_THAT(project.error().message, Not(HasSubstr("http")));
}

}  // namespace
}  // namespace culvert::maxcompute::internal
