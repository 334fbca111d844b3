// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/controller.h"

#include "libs/base/log.h"
#include "libs/kube/api_time.h"
#include "tests/support/fake_clock.h"

#include <gtest/gtest.h>

#include <functional>
#include <stop_token>
#include <string>
#include <utility>

namespace culvert::kube {
namespace {

using std::chrono::milliseconds;

class ControllerTest : public testing::Test {
 protected:
  /// Adds key `a` and runs until `reconcile` has been called `calls` times.
  void Run(int calls, const std::function<Outcome()>& reconcile) {
    queue_.Add({.name_space = "ns", .name = "a"});
    Controller controller({.name = "syncjob", .workers = 1}, queue_, metrics_,
                          [&](const OpContext& ctx, const ObjectKey& key) {
                            EXPECT_EQ(key.ToString(), "ns/a");
                            EXPECT_EQ(ctx.deadline, clock_.SteadyNow() + milliseconds(60'000));
                            if (--calls == 0) stop_.request_stop();
                            return reconcile();
                          });
    controller.Run(
        {.stop = stop_.get_token(), .deadline = SteadyTime::max(), .clock = clock_, .log = log_});
  }
  bool Exposes(const std::string& line) {
    return metrics_.Expose().find(line + "\n") != std::string::npos;
  }

  test::FakeClock clock_;
  std::stop_source stop_;
  std::string logged_;
  Logger log_{LogLevel::kInfo, clock_, [this](std::string_view line) { logged_ += line; }};
  MetricsRegistry metrics_;
  WorkQueue queue_{clock_, {}};
};

TEST_F(ControllerTest, SuccessWaitsForAChange) {
  Run(1, [] { return AwaitChange{}; });
  EXPECT_EQ(queue_.depth(), 0u);
  EXPECT_TRUE(
      Exposes(R"(controller_runtime_reconcile_total{controller="syncjob",result="success"} 1)"))
      << metrics_.Expose();
}

TEST_F(ControllerTest, EachLookIsToldToWhoDebugs) {
  Run(1, [] { return AwaitChange{}; });
  EXPECT_EQ(logged_, "");
  Logger debug(LogLevel::kDebug, clock_, [this](std::string_view line) { logged_ += line; });
  std::stop_source stop;
  queue_.Add({.name_space = "ns", .name = "a"});
  Controller controller({.name = "another", .workers = 1}, queue_, metrics_,
                        [&](const OpContext&, const ObjectKey&) -> Outcome {
                          stop.request_stop();
                          return AwaitChange{};
                        });
  controller.Run(
      {.stop = stop.get_token(), .deadline = SteadyTime::max(), .clock = clock_, .log = debug});
  EXPECT_NE(logged_.find(R"("msg":"reconciled","controller":"another","key":"ns/a")"),
            std::string::npos)
      << logged_;
}

TEST_F(ControllerTest, RequeueComesBackAfterItsTime) {
  Run(1, [] { return RequeueAfter{milliseconds(500)}; });
  EXPECT_FALSE(queue_.TryTake());
  clock_.Advance(milliseconds(500));
  EXPECT_TRUE(queue_.TryTake());
}

TEST_F(ControllerTest, AFailureComesBackWithBackoffAndIsLogged) {
  Run(1, [] { return TryAgain{Unavailable("no answer")}; });
  EXPECT_EQ(queue_.depth(), 1u);
  EXPECT_NE(logged_.find("no answer"), std::string::npos);
  clock_.Advance(milliseconds(5));
  EXPECT_TRUE(queue_.TryTake());
}

TEST_F(ControllerTest, ALostRaceIsTriedAgainQuietly) {
  Run(1, [] { return TryAgain{Aborted("conflict")}; });
  EXPECT_EQ(queue_.depth(), 1u);
  EXPECT_EQ(logged_, "");
}

TEST_F(ControllerTest, AStalledKeyDoesNotComeBackByItself) {
  Run(1, [] { return Stalled{InvalidArgument("column 'x' is missing")}; });
  EXPECT_EQ(queue_.depth(), 0u);
  EXPECT_NE(logged_.find("column 'x' is missing"), std::string::npos);
}

TEST_F(ControllerTest, TheQueueIsShownWhenSomebodyLooks) {
  const std::string labels = R"({controller="syncjob",name="syncjob"} )";
  queue_.AddAfter({.name_space = "ns", .name = "later"}, std::chrono::hours(1));
  queue_.Add({.name_space = "ns", .name = "b"});
  clock_.Advance(milliseconds(2'500));
  std::string seen;
  Controller controller({.name = "syncjob", .workers = 1}, queue_, metrics_,
                        [&](const OpContext&, const ObjectKey&) -> Outcome {
                          clock_.Advance(std::chrono::seconds(400));
                          seen = metrics_.Expose();
                          stop_.request_stop();
                          return TryAgain{Aborted("conflict")};
                        });
  EXPECT_TRUE(Exposes("workqueue_depth" + labels + "1"));  // not the one that waits for its time
  EXPECT_TRUE(Exposes("workqueue_adds_total" + labels + "2"));
  controller.Run(
      {.stop = stop_.get_token(), .deadline = SteadyTime::max(), .clock = clock_, .log = log_});
  const auto saw = [&seen](const std::string& line) {
    return seen.find(line + "\n") != std::string::npos;
  };
  EXPECT_TRUE(saw("workqueue_longest_running_processor_seconds" + labels + "400")) << seen;
  EXPECT_TRUE(saw("workqueue_unfinished_work_seconds" + labels + "400"));
  EXPECT_TRUE(saw("workqueue_depth" + labels + "0"));
  EXPECT_TRUE(saw("workqueue_queue_duration_seconds_sum" + labels + "2.5"));
  EXPECT_TRUE(Exposes("workqueue_longest_running_processor_seconds" + labels + "0"));
  EXPECT_TRUE(Exposes("workqueue_work_duration_seconds_sum" + labels + "400"));
  EXPECT_TRUE(Exposes("workqueue_retries_total" + labels + "1"));
}

TEST_F(ControllerTest, TimeAtTheApiServerIsNotItsOwn) {
  Run(1, [this] {
    clock_.Advance(milliseconds(15));
    const ApiWait wait(clock_);
    clock_.Advance(milliseconds(300));
    return AwaitChange{};
  });
  const std::string bucket =
      R"(culvert_operator_reconcile_own_seconds_bucket{controller="syncjob",le=")";
  EXPECT_TRUE(Exposes(bucket + R"(0.01"} 0)")) << metrics_.Expose();
  EXPECT_TRUE(Exposes(bucket + R"(0.02"} 1)"));
}

TEST_F(ControllerTest, SeriesExistAtZeroBeforeAnythingHappened) {
  const Controller controller({.name = "syncjob"}, queue_, metrics_,
                              [](const OpContext&, const ObjectKey&) { return AwaitChange{}; });
  for (const char* result : {"success", "error", "requeue_after"}) {
    EXPECT_TRUE(
        Exposes(std::string(R"(controller_runtime_reconcile_total{controller="syncjob",result=")") +
                result + R"("} 0)"));
  }
}

}  // namespace
}  // namespace culvert::kube
