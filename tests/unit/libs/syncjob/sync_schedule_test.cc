// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/sync_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;

std::string NightlyDocument(const std::string& spec, const std::string& name = "nightly") {
  return "apiVersion: culvert.dev/v1alpha1\nkind: SyncSchedule\nmetadata: {name: " + name +
         "}\nspec:\n" + spec;
}

Result<SyncSchedule> ReadNightly(const std::string& spec, const std::string& name = "nightly") {
  return ParseSyncSchedule(NightlyDocument(spec, name), "f");
}

std::string NightlyRefusal(const std::string& spec, const std::string& name = "nightly") {
  const auto read = ReadNightly(spec, name);
  EXPECT_FALSE(read.has_value()) << spec;
  return read ? "" : read.error().message;
}

constexpr const char* kLeastNightly = "  schedule: 10 0 * * *\n  jobTemplate: {spec: {}}\n";

TEST(SyncScheduleTest, DefaultsAreFilledIn) {
  const auto read = ReadNightly(kLeastNightly);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  SyncSchedule expected;
  expected.name = "nightly";
  expected.schedules = {"10 0 * * *"};
  EXPECT_EQ(*read, expected);
}

TEST(SyncScheduleTest, ReadsEveryField) {
  const auto read = ReadNightly(R"(  schedules: ["0 8 * * MON-FRI", "0 12 * * SAT"]
  timeZone: Europe/Berlin
  startingDeadlineSeconds: 3600
  concurrencyPolicy: Replace
  catchUpPolicy: All
  catchUpLimit: 5
  jitterSeconds: 60
  suspend: true
  successfulJobsHistoryLimit: 7
  failedJobsHistoryLimit: 8
  retries: 2
  retryDelaySeconds: 30
  parameters: [{name: day, value: "${yyyymmdd}"}]
  backfill: {name: march, from: "2025-03-01", to: "2025-03-31", parallelism: 4, failureLimit: 2}
  jobTemplate:
    metadata: {labels: {team: sales}, annotations: {note: text}}
    spec: {source: {}, target: {}}
)");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->schedules.size(), 2U);
  EXPECT_EQ(read->time_zone, "Europe/Berlin");
  EXPECT_EQ(read->starting_deadline_seconds, 3600);
  EXPECT_EQ(read->concurrency_policy, ConcurrencyPolicy::kReplace);
  EXPECT_EQ(read->catch_up_policy, CatchUpPolicy::kAll);
  EXPECT_EQ(read->catch_up_limit, 5);
  EXPECT_EQ(read->jitter_seconds, 60);
  EXPECT_TRUE(read->suspend);
  EXPECT_EQ(read->successful_jobs_history_limit, 7);
  EXPECT_EQ(read->failed_jobs_history_limit, 8);
  EXPECT_EQ(read->retries, 2);
  EXPECT_EQ(read->retry_delay_seconds, 30);
  EXPECT_EQ(read->parameters,
            (std::vector<ScheduleParameter>{{.name = "day", .value = "${yyyymmdd}"}}));
  EXPECT_EQ(read->backfill, (BackfillSpec{.name = "march",
                                          .from = "2025-03-01",
                                          .to = "2025-03-31",
                                          .parallelism = 4,
                                          .failure_limit = 2}));
  EXPECT_EQ(read->job_labels.at("team"), "sales");
  EXPECT_EQ(read->job_annotations.at("note"), "text");
}

TEST(SyncScheduleTest, RefusesWithThePlaceAndTheRemedy) {
  const std::string least = kLeastNightly;
  EXPECT_THAT(NightlyRefusal(least + "  schedules: [\"@daily\"]\n"),
              HasSubstr("exactly one of schedule"));
  EXPECT_THAT(NightlyRefusal("  jobTemplate: {spec: {}}\n"), HasSubstr("exactly one of schedule"));
  EXPECT_THAT(NightlyRefusal("  schedule: \"@daily\"\n"), HasSubstr("spec.jobTemplate: required"));
  EXPECT_THAT(NightlyRefusal("  schedule: \"@daily\"\n  jobTemplate: {}\n"),
              HasSubstr("spec.jobTemplate.spec: required"));
  EXPECT_THAT(NightlyRefusal(least + "  timezone: UTC\n"), HasSubstr("did you mean 'timeZone'"));
  EXPECT_THAT(NightlyRefusal(least + "  concurrencyPolicy: forbid\n"),
              HasSubstr("one of Allow, Forbid"));
  EXPECT_THAT(NightlyRefusal(least + "  catchUpPolicy: Every\n"),
              HasSubstr("one of None, Last, All"));
  EXPECT_THAT(NightlyRefusal(least + "  retries: 11\n"),
              HasSubstr("spec.retries: must be from 0 to 10"));
  EXPECT_THAT(NightlyRefusal(least + "  parameters: [{name: a, value: x}, {name: a, value: z}]\n"),
              HasSubstr("spec.parameters[1].name: given twice"));
  EXPECT_THAT(NightlyRefusal(least + "  parameters: [{name: a}]\n"), HasSubstr("value: required"));
  EXPECT_THAT(
      NightlyRefusal(least + "  backfill: {name: b, from: \"2025-3-1\", to: \"2025-03-02\"}\n"),
      HasSubstr("spec.backfill.from: must be a date"));
  EXPECT_THAT(
      NightlyRefusal(least + "  backfill: {name: b, from: \"2025-03-02\", to: \"2025-03-01\"}\n"),
      HasSubstr("spec.backfill.to: must not be before from"));
  EXPECT_THAT(
      NightlyRefusal(least + "  backfill: {name: B, from: \"2025-03-02\", to: \"2025-03-02\"}\n"),
      HasSubstr("spec.backfill.name"));
  EXPECT_THAT(NightlyRefusal(least, "a.b"), HasSubstr("metadata.name: must be"));
  EXPECT_THAT(NightlyRefusal(least, std::string(64, 'a')), HasSubstr("longer than 63"));
}

TEST(SyncScheduleTest, TakesOneDocumentOfItsKind) {
  const std::string one = NightlyDocument(kLeastNightly);
  EXPECT_FALSE(ParseSyncSchedule(one + "---\n" + one, "f").has_value());
  EXPECT_FALSE(ParseSyncSchedule("", "f").has_value());
  std::string other = one;
  other.replace(other.find("SyncSchedule"), 12, "SyncJob");
  const auto read = ParseSyncSchedule(other, "f");
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error().message, HasSubstr("f:2:"));
}

}  // namespace
}  // namespace culvert::syncjob
