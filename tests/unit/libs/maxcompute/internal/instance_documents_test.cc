// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/instance_documents.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/maxcompute/internal/xml.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace culvert::maxcompute::internal {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using ::testing::ElementsAre;

const XmlNode& At(const XmlNode& node, std::initializer_list<std::string_view> path) {
  const XmlNode* at = &node;
  for (const std::string_view name : path) {
    at = at->Child(name);
    if (at == nullptr) {
      ADD_FAILURE() << "no <" << name << ">";
      return node;
    }
  }
  return *at;
}

TEST(InstanceDocumentsTest, JobsCarryTheStatementItsHintsAndItsGuid) {
  const SqlRequest request{.sql = "select ']]>' from t where a < 1 && b",
                           .hints = {{"odps.sql.type.system.odps2", "true"}, {"q", "\"<&"}},
                           .guid = "guid-1"};
  const auto job = WriteJob(request, "uuid-1");
  ASSERT_THAT(job, IsOk());
  const auto root = ParseXml(*job);
  ASSERT_THAT(root, IsOk());
  EXPECT_EQ(At(*root, {"Job"}).ChildText("Guid"), "guid-1");
  EXPECT_EQ(At(*root, {"Job"}).ChildText("Priority"), "9");
  EXPECT_EQ(At(*root, {"Job", "DAG"}).ChildText("RunMode"), "Sequence");
  const XmlNode& sql = At(*root, {"Job", "Tasks", "SQL"});
  EXPECT_EQ(sql.ChildText("Query"), "select ']]>' from t where a < 1 && b;");
  const auto& properties = At(sql, {"Config"}).children;
  ASSERT_EQ(properties.size(), 2u);
  EXPECT_EQ(properties[0].ChildText("Value"), "uuid-1");
  EXPECT_EQ(properties[1].ChildText("Name"), "settings");
  const auto settings = ParseJson(properties[1].ChildText("Value"));
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(JsonString(*settings, "odps.sql.type.system.odps2"), "true");
  EXPECT_EQ(JsonString(*settings, "q"), "\"<&");
}

TEST(InstanceDocumentsTest, SemicolonsAreAddedOnce) {
  const auto query = [](std::string sql) {
    const auto root = ParseXml(*WriteJob({.sql = std::move(sql), .hints = {}, .guid = ""}, "u"));
    return std::string(At(*root, {"Job", "Tasks", "SQL"}).ChildText("Query"));
  };
  EXPECT_EQ(query("select 1"), "select 1;");
  EXPECT_EQ(query("select 1;"), "select 1;");
  EXPECT_EQ(query("select 1 ;\n"), "select 1 ;");
  EXPECT_EQ(query("select 1 \n"), "select 1;");
}

TEST(InstanceDocumentsTest, WithoutAGuidThereIsNoSuchElement) {
  const auto root = ParseXml(*WriteJob({.sql = "select 1", .hints = {}, .guid = ""}, "u"));
  EXPECT_EQ(At(*root, {"Job"}).Child("Guid"), nullptr);
  EXPECT_EQ(ReadJobGuid(*WriteJob({.sql = "select 1", .hints = {}, .guid = ""}, "u")), "");
}

TEST(InstanceDocumentsTest, RefusesEmptyAndUnprintableStatements) {
  EXPECT_THAT(WriteJob({.sql = " \n", .hints = {}, .guid = ""}, "u"),
              FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(WriteJob({.sql = "select '\x01'", .hints = {}, .guid = ""}, "u"),
              FailsWith(ErrorCode::kInvalidArgument));
}

TEST(InstanceDocumentsTest, IdsAreTheLastPartOfALocation) {
  EXPECT_EQ(InstanceIdFromLocation("http://h/api/projects/p/instances/20240229abc"), "20240229abc");
  EXPECT_EQ(InstanceIdFromLocation("/api/projects/p/instances/a_b-1?x=/y"), "a_b-1");
  for (const std::string_view bad : {"", "/", "/instances/a b", "/instances/a%2F"}) {
    EXPECT_THAT(InstanceIdFromLocation(bad), FailsBecause("UnexpectedAnswer")) << bad;
  }
}

TEST(InstanceDocumentsTest, ReadsInstanceStates) {
  EXPECT_EQ(ReadInstanceState("<Instance><Status>Running</Status></Instance>"),
            InstanceState::kRunning);
  EXPECT_EQ(ReadInstanceState("<Instance><Status>Suspended</Status></Instance>"),
            InstanceState::kSuspended);
  EXPECT_EQ(ReadInstanceState("<Instance><Status>terminated</Status></Instance>"),
            InstanceState::kTerminated);
  EXPECT_THAT(ReadInstanceState("<Instance/>"), FailsBecause("UnexpectedAnswer"));
  EXPECT_THAT(ReadInstanceState("{"), FailsBecause("UnexpectedAnswer"));
}

std::string Tasks(std::string_view first, std::string_view second = "") {
  std::string xml = "<Instance><Status>Terminated</Status><Tasks><Task Type=\"SQL\"><Status>" +
                    std::string(first) + "</Status></Task>";
  if (!second.empty()) xml += "<Task><Status>" + std::string(second) + "</Status></Task>";
  return xml + "</Tasks></Instance>";
}

TEST(InstanceDocumentsTest, TheWorstTaskCounts) {
  EXPECT_EQ(ReadTaskStatus(Tasks("Success"))->task, TaskState::kSuccess);
  EXPECT_EQ(ReadTaskStatus(Tasks("Success", "Failed"))->task, TaskState::kFailed);
  EXPECT_EQ(ReadTaskStatus(Tasks("CANCELLED", "Success"))->task, TaskState::kCancelled);
  EXPECT_EQ(ReadTaskStatus(Tasks("Running", "Success"))->task, TaskState::kRunning);
  EXPECT_EQ(ReadTaskStatus(Tasks("Success"))->instance, InstanceState::kTerminated);
  EXPECT_THAT(ReadTaskStatus(Tasks("Exploded")), FailsBecause("UnexpectedAnswer"));
}

TEST(InstanceDocumentsTest, NoTaskIsNotSuccess) {
  EXPECT_NE(ReadTaskStatus("<Instance><Status>Terminated</Status></Instance>")->task,
            TaskState::kSuccess);
}

TEST(InstanceDocumentsTest, ResultsAreDecoded) {
  const std::string csv = "\"a\"\n\\N\n";
  const auto result = ReadInstanceResult(
      "<Instance><Tasks><Task><Name>n</Name><Result Transform=\"Base64\" Format=\"csv\">\n" +
      Base64Encode(AsBytes(csv)) + "\n</Result></Task></Tasks></Instance>");
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->format, "csv");
  EXPECT_EQ(result->text, csv);
}

TEST(InstanceDocumentsTest, PlainResultsAreKept) {
  const auto result = ReadInstanceResult(
      "<Instance><Tasks><Task><Result Format='text'><![CDATA[ OK ]]></Result></Task></Tasks>"
      "</Instance>");
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->text, " OK ");
  EXPECT_EQ(ReadInstanceResult("<Instance/>")->text, "");
}

TEST(InstanceDocumentsTest, BadResultsAreRefused) {
  EXPECT_THAT(ReadInstanceResult("<Instance><Tasks><Task><Result Transform='Base64'>!!</Result>"
                                 "</Task></Tasks></Instance>"),
              FailsBecause("UnexpectedAnswer"));
  EXPECT_THAT(ReadInstanceResult("<Instance><Tasks><Task><Result Transform='Gzip'>x</Result>"
                                 "</Task></Tasks></Instance>"),
              FailsBecause("UnexpectedAnswer"));
}

TEST(InstanceDocumentsTest, ReadsPagesOfInstances) {
  const auto page = ReadInstancePage(
      "<Instances><Instance><Name>a</Name></Instance><Instance><Name>b</Name></Instance>"
      "<Marker>m</Marker><MaxItems>2</MaxItems></Instances>");
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->ids, ElementsAre("a", "b"));
  EXPECT_EQ(page->marker, "m");
  EXPECT_THAT(ReadInstancePage("<Instances><Instance/></Instances>"),
              FailsBecause("UnexpectedAnswer"));
  EXPECT_THAT(ReadInstancePage("<Tables/>"), FailsBecause("UnexpectedAnswer"));
}

TEST(InstanceDocumentsTest, GuidsAreReadFromBothFormsOfASource) {
  EXPECT_EQ(ReadJobGuid("<Job><Guid>g</Guid></Job>"), "g");
  EXPECT_EQ(ReadJobGuid("<Instance><Job><Guid> g </Guid></Job></Instance>"), "g");
  EXPECT_EQ(ReadJobGuid("<Instance/>"), "");
  EXPECT_THAT(ReadJobGuid("nothing"), FailsBecause("UnexpectedAnswer"));
}

}  // namespace
}  // namespace culvert::maxcompute::internal
