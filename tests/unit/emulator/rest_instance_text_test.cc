// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_instance_text.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::emulator {
namespace {

constexpr std::string_view kJob =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Instance><Job><Priority>3</Priority>"
    "<Guid>abc</Guid><Tasks><SQL><Name>MyTask</Name><Config><Property><Name>uuid</Name>"
    "<Value>u</Value></Property><Property><Name>settings</Name>"
    "<Value>{\"odps.namespace.schema\":\"true\",\"n\":5}</Value></Property></Config>"
    "<Query><![CDATA[SELECT '</Job>' < 1;]]></Query></SQL></Tasks>"
    "<DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>";

TEST(RestInstanceTextTest, ReadsAJob) {
  const auto job = ParseJob(kJob);
  ASSERT_THAT(job, test::IsOk());
  EXPECT_EQ(job->query, "SELECT '</Job>' < 1;");
  EXPECT_EQ(job->task_name, "MyTask");
  EXPECT_EQ(job->guid, "abc");
  EXPECT_EQ(job->priority, 3);
  EXPECT_EQ(job->settings.at("odps.namespace.schema"), "true");
  EXPECT_EQ(job->settings.at("n"), "5");
  EXPECT_TRUE(job->xml.starts_with("<Job><Priority>"));
  EXPECT_TRUE(job->xml.ends_with("</DAG></Job>"));
}

TEST(RestInstanceTextTest, ReadsTheQueryEscapedAndInAnyOrder) {
  const auto job = ParseJob(
      "<Instance><Job><Tasks><SQL><Query>SELECT &apos;a&apos; &lt; 1</Query></SQL></Tasks></Job>"
      "</Instance>");
  ASSERT_THAT(job, test::IsOk());
  EXPECT_EQ(job->query, "SELECT 'a' < 1");
  EXPECT_EQ(job->task_name, "AnonymousSQLTask");
}

TEST(RestInstanceTextTest, RefusesJobsWithoutSql) {
  EXPECT_THAT(ParseJob("<Instance><Job><Tasks><XLib/></Tasks></Job></Instance>"),
              test::FailsBecause("InvalidParameter"));
  EXPECT_THAT(ParseJob("<Instance>"), test::FailsBecause("ODPS-0420031"));
}

sql::InstanceView Finished() {
  sql::InstanceView view;
  view.id = "i1";
  view.task = sql::TaskStatus::kSuccess;
  view.task_name = "T";
  view.format = "csv";
  view.text = "\"a\"\n1\n";
  view.source = "<Job/>";
  view.start_seconds = 1709208000;
  view.end_seconds = 1709208002;
  return view;
}

TEST(RestInstanceTextTest, DocumentsOfAFinishedInstance) {
  const sql::InstanceView view = Finished();
  const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  EXPECT_EQ(InstanceXml(view), head + "<Instance><Status>Terminated</Status></Instance>");
  EXPECT_EQ(TaskStatusXml(view),
            head +
                "<Instance><Status>Terminated</Status><Tasks><Task Type=\"SQL\"><Name>T</Name>"
                "<StartTime>Thu, 29 Feb 2024 12:00:00 GMT</StartTime>"
                "<EndTime>Thu, 29 Feb 2024 12:00:02 GMT</EndTime><Status>Success</Status>"
                "<Histories/></Task></Tasks></Instance>");
  EXPECT_EQ(ResultXml(view),
            head +
                "<Instance><Status>Terminated</Status><Tasks><Task Type=\"SQL\"><Name>T</Name>"
                "<Result Transform=\"Base64\" Format=\"csv\"><![CDATA[ImEiCjEK]]></Result>"
                "<Status>Success</Status></Task></Tasks></Instance>");
  EXPECT_EQ(SourceXml(view), head + "<Job/>");
  EXPECT_NE(ProgressXml(view).find("<FinishedPercentage>100</FinishedPercentage>"),
            std::string::npos);
  EXPECT_EQ(SummaryJson(view),
            R"({"Instance":{"JsonSummary":"{}","Summary":"Job run time: 2 seconds"}})");
}

TEST(RestInstanceTextTest, ARunningInstanceHasNoEnd) {
  sql::InstanceView view = Finished();
  view.task = sql::TaskStatus::kRunning;
  view.end_seconds = 0;
  EXPECT_EQ(InstanceStatusName(view), "Running");
  EXPECT_NE(TaskStatusXml(view).find("<EndTime/><Status>Running</Status>"), std::string::npos);
}

}  // namespace
}  // namespace culvert::emulator
