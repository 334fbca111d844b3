// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/metrics.h"

#include "tests/unit/operator/builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace culvert::control {
namespace {

using ::testing::HasSubstr;

syncjob::SyncJobStatus Ended(syncjob::ConditionStatus status, const std::string& reason) {
  syncjob::SyncJobStatus ended;
  ended.attempt = 1;
  ended.start_time = At(std::chrono::seconds(-90));
  syncjob::SetCondition(
      ended.conditions,
      {.type = std::string(syncjob::kSucceeded), .status = status, .reason = reason}, kNow);
  return ended;
}

TEST(OperatorMetricsTest, ARunIsCountedOnceWithItsTotals) {
  MetricsRegistry registry;
  OperatorMetrics metrics(registry, "0.1.0");
  EXPECT_THAT(registry.Expose(), HasSubstr("culvert_operator_build_info{version=\"0.1.0\"} 1"));
  ARun run;
  syncjob::SyncJobStatus status = Ended(syncjob::ConditionStatus::kTrue, "Succeeded");
  status.report = syncjob::ReportStatus{.rows_read = 7, .rows_written = 5, .bytes_read = 100};
  status.progress = syncjob::ProgressStatus{.shards_total = 3};
  metrics.OnStatus(run.job, status, kNow);
  SyncJobObject after = run.job;
  after.status = status;
  metrics.OnStatus(after, status, kNow);  // written again: nothing new
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("culvert_operator_job_runs_total{namespace=\"default\",reason="
                              "\"Succeeded\",result=\"succeeded\"} 1"));
  EXPECT_THAT(text, HasSubstr("culvert_operator_transferred_records_total{direction=\"written\","
                              "namespace=\"default\"} 5"));
  EXPECT_THAT(text, HasSubstr("culvert_operator_shards_total{reason=\"\",result=\"succeeded\"} 3"));
  EXPECT_THAT(text, HasSubstr("culvert_operator_job_duration_seconds_count{result=\"succeeded\"} "
                              "1"));
}

TEST(OperatorMetricsTest, WhatAFailedRunHadDoneIsCounted) {
  MetricsRegistry registry;
  OperatorMetrics metrics(registry, "0.1.0");
  ARun run;
  run.Begun().Reported(2);
  const auto failed = Ended(syncjob::ConditionStatus::kFalse, "PermissionDenied");
  metrics.OnStatus(run.job, failed, kNow, run.records);
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("culvert_operator_transferred_records_total{direction=\"read\","
                              "namespace=\"default\"} 200"));
  EXPECT_THAT(text, HasSubstr("culvert_operator_shards_total{reason=\"\",result=\"succeeded\"} 2"));
}

TEST(OperatorMetricsTest, PausesForCredentialsAreCounted) {
  MetricsRegistry registry;
  OperatorMetrics metrics(registry, "0.1.0");
  ARun run;
  syncjob::SyncJobStatus paused;
  paused.pause = syncjob::Pause{.reason = "CredentialsRejected", .count = 1};
  metrics.OnStatus(run.job, paused, kNow);
  run.job.status = paused;
  metrics.OnStatus(run.job, paused, kNow);
  paused.pause->count = 2;
  metrics.OnStatus(run.job, paused, kNow);
  EXPECT_THAT(registry.Expose(),
              HasSubstr("culvert_operator_credential_rejections_total{data_source=\"from,to\","
                        "namespace=\"default\"} 2"));
}

TEST(OperatorMetricsTest, AStateForEachStatus) {
  EXPECT_EQ(StateOf({}), "Pending");
  syncjob::SyncJobStatus status;
  status.streams = 2;
  EXPECT_EQ(StateOf(status), "Running");
  EXPECT_EQ(StateOf(Ended(syncjob::ConditionStatus::kTrue, "Succeeded")), "Succeeded");
  EXPECT_EQ(StateOf(Ended(syncjob::ConditionStatus::kFalse, "PermissionDenied")), "Failed");
  syncjob::SetCondition(status.conditions,
                        {.type = std::string(syncjob::kSuspended),
                         .status = syncjob::ConditionStatus::kTrue,
                         .reason = "SuspendedByUser"},
                        kNow);
  EXPECT_EQ(StateOf(status), "Suspended");
}

}  // namespace
}  // namespace culvert::control
