// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/schedule_status.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace culvert::syncjob {
namespace {

using nlohmann::json;

TEST(ScheduleStatusTest, AnEmptyStatusComesBackEmpty) {
  EXPECT_EQ(ScheduleStatusFromJson(json()).value(), SyncScheduleStatus());
  EXPECT_EQ(ScheduleStatusFromJson(ScheduleStatusToJson({})).value(), SyncScheduleStatus());
}

TEST(ScheduleStatusTest, ComesBackAsItWas) {
  SyncScheduleStatus status;
  status.observed_generation = 4;
  status.timetable_hash = "abc";
  status.decided_until_time = "2026-01-02T03:04:05Z";
  status.missed_runs = 7;
  status.active_count = 1;
  status.active = {{.name = "a", .schedule_time = "2026-01-02T03:04:05Z"}};
  status.retried_runs = {"a", "b"};
  status.backfill = BackfillStatus{.name = "march", .total = 31, .left = 3};
  status.finished_backfills = {"february"};
  EXPECT_EQ(ScheduleStatusFromJson(ScheduleStatusToJson(status)).value(), status);
}

TEST(ScheduleStatusTest, LeavesWhatItDoesNotKnowAndRefusesAWrongType) {
  EXPECT_TRUE(ScheduleStatusFromJson(json{{"of a later version", 1}}).has_value());
  for (const char* text :
       {R"([1])", R"({"missedRuns": "three"})", R"({"retriedRuns": [1]})", R"({"active": {}})",
        R"({"active": [3]})", R"({"backfill": {"total": "x"}})", R"({"conditions": 1})"}) {
    const auto read = ScheduleStatusFromJson(json::parse(text));
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_TRUE(read.error().message.starts_with("status")) << read.error().message;
  }
}

}  // namespace
}  // namespace culvert::syncjob
