// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/schedules.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/plugin/page.h"
#include "tests/unit/plugin/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "plugin/commands.h"

namespace culvert::plugin {
namespace {

using nlohmann::json;
using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;
using testing::HasSubstr;

constexpr const char* kPath = "/apis/culvert.dev/v1alpha1/namespaces/sales/syncschedules/nightly";

class SchedulesTest : public testing::Test {
 protected:
  SchedulesTest() {
    object_ = json::parse(R"({
      "apiVersion": "culvert.dev/v1alpha1", "kind": "SyncSchedule",
      "metadata": {"name": "nightly", "namespace": "sales"},
      "spec": {"schedule": "10 0 * * *", "timeZone": "Europe/Berlin",
               "jobTemplate": {"spec": {}}},
      "status": {
        "conditions": [{"type": "Ready", "status": "True", "reason": "Scheduled", "message": "",
                        "lastTransitionTime": "2026-01-01T00:00:00Z"}],
        "lastScheduleTime": "2026-01-01T23:10:00Z",
        "lastSuccessfulTime": "2025-12-31T23:14:11Z",
        "lastSuccessfulScheduleTime": "2025-12-31T23:10:00Z",
        "missedRuns": 2, "lastMissedTime": "2025-12-24T23:10:00Z", "activeCount": 1,
        "nextScheduleTime": "2026-01-02T23:10:00Z",
        "finishedBackfills": ["20250301to20250331"],
        "backfill": {"name": "march", "from": "2025-03-01", "to": "2025-03-31", "total": 31,
                     "succeeded": 12, "running": 2, "failed": 0, "left": 17}}})");
    Put();
    PutRun("nightly-20251231t231000z", "True", "Succeeded");
    PutRun("nightly-20260101t231000z", "Unknown", "Transferring");
  }

  void Put() { api_.Put(kPath, object_); }
  void PutRun(const std::string& name, const std::string& status, const std::string& reason) {
    api_.Put(
        "/apis/culvert.dev/v1alpha1/namespaces/sales/syncjobs/" + name,
        {{"metadata",
          {{"name", name},
           {"namespace", "sales"},
           {"labels", {{"culvert.dev/schedule", "nightly"}}}}},
         {"status",
          {{"conditions", {{{"type", "Succeeded"}, {"status", status}, {"reason", reason}}}}}}});
  }
  Result<std::string> Run(const CommandLine& line) {
    return RunCommand(context_.ctx(), *client_, "sales", line, false);
  }
  json Spec() const { return api_.Object(kPath)["spec"]; }

  test::FakeContext context_;
  test::FakeKubeApi api_;
  std::unique_ptr<kube::Client> client_ = MakeFakeClient(api_);
  json object_;
};

TEST_F(SchedulesTest, OneIsAsThePageShows) {
  EXPECT_THAT(Run({.command = Command::kSchedule, .name = "nightly"}),
              IsOkAndHolds(PageBlock("schedule nightly")));
}

TEST_F(SchedulesTest, AllAreShownInShort) {
  const auto text = Run({.command = Command::kSchedule});
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(*text, HasSubstr("nightly  Scheduled"));
  EXPECT_THAT(*text, HasSubstr("next       2026-01-03 00:10:00"));
  EXPECT_THAT(*text, testing::Not(HasSubstr("2026-01-04")));
  api_.Put(kPath, nullptr);
  EXPECT_THAT(Run({.command = Command::kSchedule}),
              IsOkAndHolds("there are no SyncSchedules in namespace 'sales'\n"));
  EXPECT_THAT(Run({.command = Command::kSchedule, .name = "nightly"}),
              FailsWith(ErrorCode::kNotFound));
}

TEST_F(SchedulesTest, SaysWhyNothingIsMade) {
  object_["status"]["conditions"][0]["status"] = "False";
  object_["status"]["conditions"][0]["reason"] = "UnresolvedPlaceholder";
  object_["status"]["conditions"][0]["message"] = "'${day}' has no value";
  Put();
  const auto text = Run({.command = Command::kSchedule, .name = "nightly"});
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(*text, HasSubstr("nightly  UnresolvedPlaceholder"));
  EXPECT_THAT(*text, HasSubstr("why        '${day}' has no value"));
}

TEST_F(SchedulesTest, WithoutZonesTheOperatorsWordIsShown) {
  const auto text =
      ScheduleText(context_.ctx(), *client_, {.name_space = "sales", .name = "nightly"}, 3, false,
                   schedule::ZoneDatabase("/nowhere"));
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(*text, HasSubstr("next       2026-01-02T23:10:00Z\n"));
}

TEST_F(SchedulesTest, SuspendsAndResumes) {
  EXPECT_THAT(Run({.command = Command::kSuspend, .name = "schedule/nightly"}),
              IsOkAndHolds("syncschedule/nightly suspended\n1 of its SyncJobs go on; each has a "
                           "suspend of its own\n"));
  EXPECT_EQ(Spec()["suspend"], true);
  EXPECT_THAT(Run({.command = Command::kSuspend, .name = "ssched/nightly"}),
              IsOkAndHolds("syncschedule/nightly is suspended already\n"));
  EXPECT_THAT(Run({.command = Command::kResume, .name = "syncschedule/nightly"}),
              IsOkAndHolds("syncschedule/nightly resumed\n"));
  EXPECT_EQ(Spec()["suspend"], false);
  EXPECT_THAT(Run({.command = Command::kSuspend, .name = "schedule/nobody"}),
              FailsWith(ErrorCode::kNotFound));
}

TEST_F(SchedulesTest, BackfillsDatesUnderAFreeName) {
  object_["status"]["finishedBackfills"] = json::array();
  Put();
  const CommandLine line{.command = Command::kBackfill,
                         .name = "nightly",
                         .from = "2025-03-01",
                         .to = "2025-03-31",
                         .parallelism = 4};
  EXPECT_THAT(Run(line), IsOkAndHolds(PageBlock("backfill nightly")));
  EXPECT_EQ(Spec()["backfill"], json({{"name", "20250301to20250331"},
                                      {"from", "2025-03-01"},
                                      {"to", "2025-03-31"},
                                      {"parallelism", 4}}));
  // It is not over yet.
  EXPECT_THAT(Run(line), FailsWith(ErrorCode::kFailedPrecondition));
  object_ = api_.Object(kPath);
  object_["status"]["finishedBackfills"] = {"20250301to20250331"};
  Put();
  ASSERT_THAT(Run(line), IsOk());
  EXPECT_EQ(Spec()["backfill"]["name"], "20250301to20250331-2");
}

TEST_F(SchedulesTest, RefusesWhatCannotBeDone) {
  EXPECT_THAT(Run({.command = Command::kBackfill,
                   .name = "nightly",
                   .from = "2025-03-01",
                   .backfill = "20250301to20250331"}),
              FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(Run({.command = Command::kBackfill,
                   .name = "nightly",
                   .from = "2025-03-02",
                   .to = "2025-03-01"}),
              FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace culvert::plugin
