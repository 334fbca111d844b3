// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace culvert::control {
namespace {

using testing::HasSubstr;

ScheduleObject Plain() {
  ScheduleObject object;
  object.meta.uid = "uid";
  object.schedule.name = "s";
  object.schedule.schedules = {"0 8 * * MON-FRI", "0 12 * * SAT"};
  return object;
}

TEST(ScheduleRulesTest, ReadsEveryField) {
  ScheduleObject object = Plain();
  object.schedule.time_zone = "Europe/Berlin";
  object.schedule.catch_up_policy = syncjob::CatchUpPolicy::kAll;
  object.schedule.catch_up_limit = 4;
  object.schedule.concurrency_policy = syncjob::ConcurrencyPolicy::kAllow;
  object.schedule.jitter_seconds = 60;
  object.schedule.starting_deadline_seconds = 90;
  object.schedule.successful_jobs_history_limit = 7;
  object.schedule.failed_jobs_history_limit = 8;
  object.schedule.suspend = true;
  const auto rules = RulesOf(object, schedule::ZoneDatabase());
  ASSERT_TRUE(rules.has_value()) << rules.error().message;
  EXPECT_EQ(rules->firing.timetable.zone().name(), "Europe/Berlin");
  EXPECT_EQ(rules->firing.catch_up, schedule::CatchUp::kAll);
  EXPECT_EQ(rules->firing.catch_up_max, 4U);
  EXPECT_EQ(rules->firing.concurrency, schedule::Concurrency::kAllow);
  EXPECT_EQ(rules->firing.jitter, schedule::JitterOf("uid", std::chrono::seconds(60)));
  EXPECT_EQ(rules->firing.starting_deadline, std::chrono::seconds(90));
  EXPECT_EQ(rules->history.successful, 7U);
  EXPECT_EQ(rules->history.failed, 8U);
  EXPECT_TRUE(rules->firing.suspend);
  object.schedule.catch_up_policy = syncjob::CatchUpPolicy::kNone;
  object.schedule.concurrency_policy = syncjob::ConcurrencyPolicy::kReplace;
  const auto others = RulesOf(object, schedule::ZoneDatabase());
  EXPECT_EQ(others->firing.catch_up, schedule::CatchUp::kNone);
  EXPECT_EQ(others->firing.concurrency, schedule::Concurrency::kReplace);
}

TEST(ScheduleRulesTest, DefaultsAreThoseOfTheEngine) {
  EXPECT_EQ(syncjob::SyncSchedule().time_zone, schedule::kDefaultTimeZone);
  const auto rules = RulesOf(Plain(), schedule::ZoneDatabase());
  EXPECT_EQ(rules->firing.catch_up, schedule::CatchUp::kLast);
  EXPECT_EQ(rules->firing.concurrency, schedule::Concurrency::kForbid);
  EXPECT_EQ(rules->history.successful, schedule::HistoryLimits().successful);
  EXPECT_EQ(rules->history.failed, schedule::HistoryLimits().failed);
}

TEST(ScheduleRulesTest, TheHashIsOfLinesAndZone) {
  const auto hash = [](const ScheduleObject& object) {
    return RulesOf(object, schedule::ZoneDatabase())->timetable_hash;
  };
  ScheduleObject other = Plain();
  other.schedule.jitter_seconds = 5;
  EXPECT_EQ(hash(Plain()), hash(other));
  other.schedule.time_zone = "UTC";
  EXPECT_NE(hash(Plain()), hash(other));
  other = Plain();
  other.schedule.schedules.pop_back();
  EXPECT_NE(hash(Plain()), hash(other));
}

TEST(ScheduleRulesTest, NamesTheFieldThatMakesNoSense) {
  const auto message = [](const ScheduleObject& object) {
    const auto rules = RulesOf(object, schedule::ZoneDatabase());
    return rules ? "" : rules.error().message;
  };
  ScheduleObject object = Plain();
  object.schedule.schedules = {"61 * * * *"};
  EXPECT_THAT(message(object), HasSubstr("spec.schedule: "));
  object = Plain();
  object.schedule.time_zone = "../../etc/passwd";
  EXPECT_THAT(message(object), HasSubstr("spec.timeZone: "));
  object = Plain();
  object.schedule.backfill = {{.name = "b", .from = "2025-02-30", .to = "2025-03-02"}};
  EXPECT_THAT(message(object), HasSubstr("spec.backfill.from: "));
  object.schedule.backfill = {{.name = "b", .from = "2025-03-02", .to = "2025-03-01"}};
  EXPECT_THAT(message(object), HasSubstr("spec.backfill: "));
}

}  // namespace
}  // namespace culvert::control
