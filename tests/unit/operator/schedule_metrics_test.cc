// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace culvert::control {
namespace {

using testing::HasSubstr;

constexpr const char* kLabels = "{name=\"nightly\",namespace=\"default\"} ";

std::string Line(const std::string& name, const std::string& value) {
  return "culvert_operator_schedule_" + name + kLabels + value + "\n";
}

TEST(ScheduleMetricsTest, ShowsAScheduleFromTheBeginningToItsEnd) {
  MetricsRegistry registry;
  ScheduleMetrics metrics(registry);
  const kube::ObjectKey key{.name_space = "default", .name = "nightly"};
  syncjob::SyncScheduleStatus status;
  metrics.Show(key, status);
  EXPECT_THAT(registry.Expose(), HasSubstr(Line("missed_runs_total", "0")));
  EXPECT_THAT(registry.Expose(), HasSubstr(Line("last_success_timestamp_seconds", "0")));
  EXPECT_THAT(registry.Expose(), HasSubstr(Line("ready", "1")));
  syncjob::SyncScheduleStatus later = status;
  later.missed_runs = 3;
  later.runs_since_success = 2;
  later.last_successful_time = "1970-01-01T00:01:40Z";
  later.conditions = {{.type = "Ready", .status = syncjob::ConditionStatus::kFalse}};
  metrics.OnStatus(key, status, later);
  metrics.OnStatus(key, later, later);  // what was counted is counted
  EXPECT_THAT(registry.Expose(), HasSubstr(Line("missed_runs_total", "3")));
  EXPECT_THAT(registry.Expose(), HasSubstr(Line("runs_since_success", "2")));
  EXPECT_THAT(registry.Expose(), HasSubstr(Line("last_success_timestamp_seconds", "100")));
  EXPECT_THAT(registry.Expose(), HasSubstr(Line("ready", "0")));
  metrics.Forget(key);
  EXPECT_THAT(registry.Expose(), HasSubstr(Line("runs_since_success", "0")));
  EXPECT_THAT(registry.Expose(), HasSubstr(Line("ready", "1")));
}

}  // namespace
}  // namespace culvert::control
