// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_act.h"

#include "tests/unit/operator/schedule_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

// Schedules from their spec to SyncJobs, by the reconciler against a fake API server.

namespace culvert::control {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ScheduleActTest : public testing::Test {
 protected:
  ScheduleActTest() { cluster_.Apply(NightlySpec()); }

  static bool IsDryRun(const http::Request& request) {
    return request.url.find("dryRun=All") != std::string::npos;
  }

  ScheduleCluster cluster_{"2025-03-30T12:00:00Z"};
  ScheduleOperator operator_{cluster_.api, cluster_.clock, "a"};
};

TEST_F(ScheduleActTest, MakesTheRunWhenItIsDue) {
  operator_.Settle();
  EXPECT_EQ(cluster_.Condition("Valid"), "True Valid");
  EXPECT_EQ(cluster_.Condition("Ready"), "True Scheduled");
  EXPECT_EQ(cluster_.Status()["nextScheduleTime"], "2025-03-30T16:10:00Z");
  EXPECT_EQ(cluster_.Status()["printedSchedule"], "10 0 * * *");
  EXPECT_THAT(cluster_.Runs(), IsEmpty());
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  operator_.Settle();
  ASSERT_THAT(cluster_.Runs(), ElementsAre("nightly-20250330t161000z"));
  const json run = cluster_.Run("nightly-20250330t161000z");
  EXPECT_EQ(run["spec"]["target"]["maxCompute"]["partition"], "dt=20250330");
  EXPECT_EQ(cluster_.Status()["lastScheduleTime"], "2025-03-30T16:10:00Z");
  EXPECT_EQ(cluster_.Status()["active"][0]["name"], "nightly-20250330t161000z");
  EXPECT_THAT(cluster_.Events(), Contains("RunCreated"));
  cluster_.End("nightly-20250330t161000z");
  operator_.Settle();
  EXPECT_EQ(cluster_.Status()["activeCount"], 0);
  EXPECT_EQ(cluster_.Status()["lastSuccessfulScheduleTime"], "2025-03-30T16:10:00Z");
  EXPECT_EQ(cluster_.Status()["runsSinceSuccess"], 0);
}

TEST_F(ScheduleActTest, NothingIsWrittenWhereNothingChanged) {
  operator_.Settle();
  const json before = cluster_.Schedule();
  operator_.Settle();
  cluster_.clock.Advance(std::chrono::hours(1));
  operator_.Settle();
  EXPECT_EQ(cluster_.Schedule(), before);
}

TEST_F(ScheduleActTest, AsksTheApiServerBeforeAnyRunIsDue) {
  int asked = 0;
  cluster_.api.SetBefore([&](const http::Request& request) -> Status {
    if (!IsDryRun(request)) return {};
    ++asked;
    return Fail(InvalidArgument("spec.runner.threads: must be less than 65").Because("Invalid"));
  });
  operator_.Settle();
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(cluster_.Condition("Valid"), "False InvalidSpec");
  EXPECT_THAT(cluster_.Message("Valid"), HasSubstr("must be less than 65"));
  EXPECT_EQ(cluster_.Condition("Stalled"), "True InvalidSpec");
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  operator_.Settle();
  EXPECT_THAT(cluster_.Runs(), IsEmpty());
  cluster_.api.SetBefore({});
  cluster_.Apply(NightlySpec());  // corrected: the run is made up for
  operator_.Settle();
  EXPECT_THAT(cluster_.Runs(), ElementsAre("nightly-20250330t161000z"));
  EXPECT_EQ(cluster_.Condition("Stalled"), "");
}

// Feature: An unresolved placeholder refuses the run
TEST_F(ScheduleActTest, AnUnresolvedPlaceholderRefusesTheRun) {
  json spec = NightlySpec();
  spec["parameters"] = json::array();
  cluster_.Apply(spec);
  operator_.Settle();
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  operator_.Settle();
  EXPECT_EQ(cluster_.Condition("Ready"), "False UnresolvedPlaceholder");
  EXPECT_THAT(cluster_.Message("Ready"), HasSubstr("${day}"));
  EXPECT_THAT(cluster_.Events(), Contains("UnresolvedPlaceholder"));
  EXPECT_THAT(cluster_.Runs(), IsEmpty());
}

TEST_F(ScheduleActTest, SaysWhyALineOrAZoneIsRefused) {
  for (const auto& [field, value, word] :
       {std::tuple{"schedule", "10 25 * * *", "spec.schedule"},
        std::tuple{"timeZone", "Europe/Atlantis", "spec.timeZone"}}) {
    json spec = NightlySpec();
    spec[field] = value;
    cluster_.Apply(spec);
    operator_.Settle();
    EXPECT_EQ(cluster_.Condition("Valid"), "False InvalidSpec");
    EXPECT_THAT(cluster_.Message("Valid"), HasSubstr(word));
  }
}

TEST_F(ScheduleActTest, AServerThatIsAwayIsNoVerdict) {
  cluster_.api.SetBefore([&](const http::Request& request) -> Status {
    if (IsDryRun(request)) return Fail(Unavailable("away"));
    return {};
  });
  EXPECT_TRUE(std::holds_alternative<kube::TryAgain>(operator_.Reconcile()));
  EXPECT_EQ(cluster_.Status(), json::object());
}

TEST_F(ScheduleActTest, AnObstacleAtTheTimeIsToldAndTheRunIsMadeOnceItIsGone) {
  operator_.Settle();
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  cluster_.api.SetBefore([&](const http::Request& request) -> Status {
    if (request.method != "POST" || request.url.find("/syncjobs") == std::string::npos) return {};
    return Fail(PermissionDenied("exceeded quota: count/syncjobs.culvert.dev=5"));
  });
  const kube::Outcome outcome = operator_.Reconcile();
  ASSERT_TRUE(std::holds_alternative<kube::RequeueAfter>(outcome));
  EXPECT_EQ(std::get<kube::RequeueAfter>(outcome).delay, std::chrono::seconds(60));
  EXPECT_EQ(cluster_.Condition("Ready"), "False QuotaExceeded");
  EXPECT_EQ(cluster_.Condition("Reconciling"), "True QuotaExceeded");
  EXPECT_FALSE(cluster_.Status().contains("lastScheduleTime"));
  EXPECT_THAT(
      operator_.MetricsText(),
      HasSubstr("culvert_operator_schedule_ready{name=\"nightly\",namespace=\"default\"} 0"));
  cluster_.api.SetBefore({});
  operator_.Settle();
  EXPECT_THAT(cluster_.Runs(), ElementsAre("nightly-20250330t161000z"));
  EXPECT_EQ(cluster_.Condition("Ready"), "True Scheduled");
  EXPECT_EQ(cluster_.Condition("Reconciling"), "");
}

TEST_F(ScheduleActTest, ANamespaceThatGoesIsNoObstacle) {
  const auto going = [](const http::Request& request) -> Status {
    if (request.method != "POST") return {};
    return Fail(PermissionDenied("it is being terminated").Because("NamespaceTerminating"));
  };
  const auto waits = [&] {
    const kube::Outcome outcome = operator_.Reconcile();
    const auto* const again = std::get_if<kube::RequeueAfter>(&outcome);
    return again != nullptr && again->delay == std::chrono::seconds(15);
  };
  cluster_.api.SetBefore(going);
  EXPECT_TRUE(waits());  // it is not checked yet
  EXPECT_EQ(cluster_.Status(), json::object());
  cluster_.api.SetBefore({});
  operator_.Settle();
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  cluster_.api.SetBefore(going);
  EXPECT_TRUE(waits());  // a run is due
  EXPECT_EQ(cluster_.Condition("Ready"), "True Scheduled");
}

TEST_F(ScheduleActTest, ANameOfSomebodyElseIsNoRun) {
  operator_.Settle();
  cluster_.api.Put(
      std::string(kRunPrefix) + "nightly-20250330t161000z",
      {{"metadata", {{"name", "nightly-20250330t161000z"}, {"namespace", "default"}}}});
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  operator_.Settle();
  EXPECT_EQ(cluster_.Condition("Ready"), "False NameConflict");
}

TEST_F(ScheduleActTest, AnOldViewMakesNoRun) {
  operator_.Settle();
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  operator_.view.Freeze({.name_space = "default", .name = "nightly"});
  ScheduleOperator other(cluster_.api, cluster_.clock, "b");
  other.Settle();
  ASSERT_THAT(cluster_.Runs(), ElementsAre("nightly-20250330t161000z"));
  // Its SyncJob is removed by hand; who still sees the world before must not make it again.
  cluster_.api.Put(std::string(kRunPrefix) + "nightly-20250330t161000z", nullptr);
  EXPECT_TRUE(std::holds_alternative<kube::TryAgain>(operator_.Reconcile()));
  EXPECT_THAT(cluster_.Runs(), IsEmpty());
  operator_.view.Thaw();
  operator_.Settle();
  EXPECT_THAT(cluster_.Runs(), IsEmpty());
}

TEST_F(ScheduleActTest, ARetryIsNotMadeOfARunThatAPersonRunsAgain) {
  json spec = NightlySpec();
  spec["retries"] = 1;
  cluster_.Apply(spec);
  operator_.Settle();
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  operator_.Settle();
  cluster_.End("nightly-20250330t161000z", false);
  operator_.Settle();
  cluster_.clock.Advance(std::chrono::seconds(120));
  json run = cluster_.Run("nightly-20250330t161000z");
  run["spec"]["runNonce"] = "again";
  operator_.view.Freeze({.name_space = "default", .name = "nightly"});
  cluster_.api.Put(std::string(kRunPrefix) + "nightly-20250330t161000z", run);
  EXPECT_TRUE(std::holds_alternative<kube::TryAgain>(operator_.Reconcile()));
  EXPECT_THAT(cluster_.Runs(), ElementsAre("nightly-20250330t161000z"));
}

TEST_F(ScheduleActTest, AFailedRunIsMadeAgainUnderItsOwnName) {
  json spec = NightlySpec();
  spec["retries"] = 2;
  spec["retryDelaySeconds"] = 60;
  cluster_.Apply(spec);
  operator_.Settle();
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  operator_.Settle();
  for (int i = 0; i < 4; ++i) {
    cluster_.EndAll(false);
    operator_.Settle();
    cluster_.clock.Advance(std::chrono::seconds(60));
    operator_.Settle();
  }
  EXPECT_THAT(cluster_.Runs(),
              ElementsAre("nightly-20250330t161000z", "nightly-20250330t161000z.r1",
                          "nightly-20250330t161000z.r2"));
  // The same day, whenever it is made.
  EXPECT_EQ(
      cluster_.Run("nightly-20250330t161000z.r2")["spec"]["target"]["maxCompute"]["partition"],
      "dt=20250330");
  EXPECT_THAT(cluster_.Events(), Contains("RunRetried"));
}

TEST_F(ScheduleActTest, ReplaceDeletesTheOtherRunAndThenStarts) {
  json spec = NightlySpec();
  spec["concurrencyPolicy"] = "Replace";
  cluster_.Apply(spec);
  operator_.Settle();
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  operator_.Settle();
  cluster_.MoveTo("2025-03-31T16:10:00Z");
  operator_.Settle();
  EXPECT_THAT(cluster_.Runs(), IsEmpty());  // deleted; its end wakes the schedule
  EXPECT_THAT(cluster_.Events(), Contains("RunReplaced"));
  operator_.Settle();
  EXPECT_THAT(cluster_.Runs(), ElementsAre("nightly-20250331t161000z"));
}

TEST_F(ScheduleActTest, ARunThatAPersonChangedIsNotRemovedWithTheHistory) {
  json spec = NightlySpec();
  spec["successfulJobsHistoryLimit"] = 0;
  cluster_.Apply(spec);
  operator_.Settle();
  cluster_.MoveTo("2025-03-30T16:10:00Z");
  operator_.Settle();
  cluster_.EndAll();
  operator_.Settle();
  cluster_.clock.Advance(std::chrono::minutes(11));
  operator_.view.Freeze({.name_space = "default", .name = "nightly"});
  json run = cluster_.Run("nightly-20250330t161000z");
  run["spec"]["runNonce"] = "again";
  cluster_.api.Put(std::string(kRunPrefix) + "nightly-20250330t161000z", run);
  operator_.Reconcile();
  EXPECT_THAT(cluster_.Runs(), Not(IsEmpty()));
  operator_.view.Thaw();
  operator_.Settle();
  EXPECT_THAT(cluster_.Runs(), IsEmpty());
}

TEST_F(ScheduleActTest, ADeletedScheduleDoesNothing) {
  json object = cluster_.Schedule();
  object["metadata"]["deletionTimestamp"] = "2025-03-30T12:00:00Z";
  cluster_.api.Put(kSchedulePath, object);
  EXPECT_TRUE(std::holds_alternative<kube::AwaitChange>(operator_.Reconcile()));
  cluster_.api.Put(kSchedulePath, nullptr);
  EXPECT_TRUE(std::holds_alternative<kube::AwaitChange>(operator_.Reconcile()));
}

TEST_F(ScheduleActTest, AScheduleThatGoesMeanwhileIsARace) {
  operator_.view.Freeze({.name_space = "default", .name = "nightly"});
  cluster_.api.Put(kSchedulePath, nullptr);
  const kube::Outcome outcome = operator_.Reconcile();
  ASSERT_TRUE(std::holds_alternative<kube::TryAgain>(outcome));
  EXPECT_EQ(std::get<kube::TryAgain>(outcome).error.code, ErrorCode::kAborted);
  operator_.view.Thaw();
  EXPECT_TRUE(std::holds_alternative<kube::AwaitChange>(operator_.Reconcile()));
}

// Clocks go forward and back, and a leap day, through all of the controller.
struct ZoneCase {
  const char* zone;
  const char* line;
  const char* begin;
  const char* end;
  std::vector<std::string> partitions;
};

class ScheduleZoneTest : public testing::TestWithParam<ZoneCase> {};

// Feature: Cron with time zone and daylight saving
TEST_P(ScheduleZoneTest, EachLocalDayHasOneRun) {
  const ZoneCase& one = GetParam();
  ScheduleCluster cluster(one.begin);
  ScheduleOperator work(cluster.api, cluster.clock, "a");
  json spec = NightlySpec();
  spec["timeZone"] = one.zone;
  spec["schedule"] = one.line;
  spec["successfulJobsHistoryLimit"] = 100;
  cluster.Apply(spec);
  const WallTime end = ParseRfc3339(one.end).value();
  while (cluster.clock.Now() < end) {
    work.Settle();
    cluster.EndAll();
    cluster.clock.Advance(std::chrono::minutes(10));
  }
  std::vector<std::string> partitions;
  for (const std::string& name : cluster.Runs()) {
    partitions.push_back(cluster.Run(name)["spec"]["target"]["maxCompute"]["partition"]);
  }
  EXPECT_EQ(partitions, one.partitions);
  EXPECT_EQ(cluster.Status()["missedRuns"], 0);
}

INSTANTIATE_TEST_SUITE_P(
    Zones, ScheduleZoneTest,
    testing::Values(ZoneCase{.zone = "Europe/Berlin",  // 02:30 does not occur on 30 March
                             .line = "30 2 * * *",
                             .begin = "2025-03-28T12:00:00Z",
                             .end = "2025-04-01T12:00:00Z",
                             .partitions = {"dt=20250328", "dt=20250329", "dt=20250330",
                                            "dt=20250331"}},
                    ZoneCase{.zone = "America/New_York",  // 01:30 occurs twice on 2 November
                             .line = "30 1 * * *",
                             .begin = "2025-11-01T12:00:00Z",
                             .end = "2025-11-04T12:00:00Z",
                             .partitions = {"dt=20251101", "dt=20251102", "dt=20251103"}},
                    ZoneCase{.zone = "Australia/Lord_Howe",  // clocks move by half an hour
                             .line = "15 2 * * *",
                             .begin = "2025-10-03T20:00:00Z",
                             .end = "2025-10-06T20:00:00Z",
                             .partitions = {"dt=20251004", "dt=20251005", "dt=20251006"}},
                    ZoneCase{.zone = "Asia/Shanghai",  // a leap day
                             .line = "10 0 * * *",
                             .begin = "2024-02-28T00:00:00Z",
                             .end = "2024-03-02T00:00:00Z",
                             .partitions = {"dt=20240228", "dt=20240229", "dt=20240301"}}),
    [](const testing::TestParamInfo<ZoneCase>& one) {
      std::string name = one.param.zone;
      std::erase_if(name, [](char c) { return c == '/' || c == '_'; });
      return name;
    });

}  // namespace
}  // namespace culvert::control
