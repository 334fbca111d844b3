// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/status.h"

#include "libs/base/json.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace culvert::syncjob {
namespace {

using nlohmann::json;
using test::FailsWith;
using test::IsOkAndHolds;

SyncJobStatus AStatus() {
  SyncJobStatus status;
  status.observed_generation = 4;
  status.attempt = 2;
  status.first_attempt = 1;
  status.run_nonce = "again";
  status.start_time = "2026-01-02T03:04:05Z";
  status.completion_time = "2026-01-02T04:04:05Z";
  status.streams = 8;
  status.conditions = {{.type = "Succeeded",
                        .status = ConditionStatus::kFalse,
                        .reason = "PermissionDenied",
                        .message = "grant it",
                        .last_transition_time = "2026-01-02T04:04:05Z",
                        .observed_generation = 4}};
  status.plan = PlanStatus{.partitions = 12,
                           .targets = 1,
                           .shards = 4,
                           .rows = 9'007'199'254'740'991,
                           .bytes = 5,
                           .hash = "ab",
                           .route = "typed",
                           .small = true,
                           .schema_hash = "5c"};
  status.progress = ProgressStatus{.rows = 1,
                                   .rows_total = 2,
                                   .bytes = 3,
                                   .shards = 4,
                                   .shards_total = 5,
                                   .percent = 6,
                                   .rows_per_second = 7,
                                   .bytes_per_second = 8,
                                   .eta_seconds = 9};
  status.failed_shards = {{.shard = 3, .reason = "OOMKilled", .message = "more memory"}};
  status.pause = Pause{.reason = "CredentialsRejected",
                       .message = "renew",
                       .count = 3,
                       .start_time = "2026-01-02T03:30:00Z",
                       .resume_time = "2026-01-02T03:34:00Z"};
  status.report = ReportStatus{.start_time = "a",
                               .completion_time = "b",
                               .rows_read = 1,
                               .rows_written = 2,
                               .rows_dirty = 3,
                               .rows_filtered = 4,
                               .bytes_read = 4,
                               .bytes_written = 5,
                               .read_wait_seconds = 6,
                               .write_wait_seconds = 7,
                               .throttle_wait_seconds = 8,
                               .seconds = 9,
                               .bottleneck = "target",
                               .route = "typed",
                               .verified = "count",
                               .committed_partitions = {"load=1"},
                               .committed_partitions_total = 1,
                               .dirty_samples = {{.partition = "dt=1",
                                                  .row = 7,
                                                  .column = "c",
                                                  .reason = "ValueRefused",
                                                  .message = "too large"},
                                                 {.row = 8, .column = "c", .reason = "r"}},
                               .dirty_place = "dirty_rows/run=a-1-b",
                               .statements = {{.name = "target.preSql[0]", .instance = "i1"}}};
  return status;
}

TEST(StatusTest, ComesBack) {
  EXPECT_THAT(StatusFromJson(StatusToJson(AStatus())), IsOkAndHolds(AStatus()));
  EXPECT_THAT(StatusFromJson(StatusToJson({})), IsOkAndHolds(SyncJobStatus{}));
  EXPECT_THAT(StatusFromJson(json()), IsOkAndHolds(SyncJobStatus{}));
}

TEST(StatusTest, LeavesEmptyPartsOut) {
  EXPECT_EQ(DumpJson(StatusToJson({})), R"({"conditions":[]})");
}

TEST(StatusTest, PrintsProgressForColumns) {
  SyncJobStatus status;
  status.progress = ProgressStatus{
      .shards = 3, .shards_total = 12, .percent = 42, .bytes_per_second = 12'540'000};
  const json printed = StatusToJson(status)["progress"]["printed"];
  EXPECT_EQ(printed["percent"], "42%");
  EXPECT_EQ(printed["shards"], "3/12");
  EXPECT_EQ(printed["rate"], "12.5 MB/s");
  status.progress->bytes_per_second = 999;
  EXPECT_EQ(StatusToJson(status)["progress"]["printed"]["rate"], "999 B/s");
  status.progress->bytes_per_second = 0;
  EXPECT_FALSE(StatusToJson(status)["progress"]["printed"].contains("rate"));
}

TEST(StatusTest, IgnoresWhatItDoesNotKnow) {
  json value = StatusToJson(AStatus());
  value["newer"] = 1;
  value["plan"]["newer"] = "x";
  value["conditions"][0]["newer"] = true;
  EXPECT_THAT(StatusFromJson(value), IsOkAndHolds(AStatus()));
}

TEST(StatusTest, RefusesWrongTypes) {
  for (const char* text : {R"([])", R"({"attempt":"two"})", R"({"plan":7})",
                           R"({"plan":{"rows":"x"}})", R"({"pause":{"count":true}})",
                           R"({"conditions":[{"type":1}]})", R"({"report":{"seconds":[]}})"}) {
    EXPECT_THAT(StatusFromJson(json::parse(text)), FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(StatusTest, TerminalIsWhatSucceededSays) {
  SyncJobStatus status = AStatus();
  EXPECT_TRUE(status.IsTerminal());
  status.conditions[0].status = ConditionStatus::kTrue;
  EXPECT_TRUE(status.IsTerminal());
  status.conditions[0].status = ConditionStatus::kUnknown;
  EXPECT_FALSE(status.IsTerminal());
  EXPECT_FALSE(SyncJobStatus{}.IsTerminal());
}

}  // namespace
}  // namespace culvert::syncjob
