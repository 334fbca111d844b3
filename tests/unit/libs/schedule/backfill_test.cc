// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/backfill.h"

#include "libs/base/time_format.h"
#include "libs/schedule/parameters.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

namespace culvert::schedule {
namespace {

using namespace std::chrono_literals;
using State = BackfillRun::State;
using std::chrono::local_days;
using std::chrono::sys_seconds;

Timetable Table(const std::string& line, const char* zone = "Asia/Shanghai") {
  return *Timetable::Make(std::vector<std::string>{line}, Zone(zone));
}

std::vector<std::string> Dates(const Timetable& table, const BusinessDates& dates) {
  std::vector<std::string> texts;
  const auto times = BackfillTimes(table, dates).value();
  for (const sys_seconds time : times) {
    const Parameters parameters(BackfillBasis(table.zone(), time, At("2026-01-01T00:00:00Z")));
    texts.push_back(parameters.Substitute("${yyyymmdd}/$[yyyymmddhh24mi]/$gmtdate").value());
  }
  return texts;
}

TEST(BackfillTest, PlansEachBusinessDateOnTheDayAfter) {
  EXPECT_EQ(Dates(Table("0 0 * * *"),
                  {.first = local_days(2025y / 3 / 15), .last = local_days(2025y / 3 / 16)}),
            (std::vector<std::string>{"20250315/202503160000/20250316",
                                      "20250316/202503170000/20250317"}));
  EXPECT_EQ(Dates(Table("0 1,13 * * *"),
                  {.first = local_days(2024y / 2 / 28), .last = local_days(2024y / 2 / 28)}),
            (std::vector<std::string>{"20240228/202402290100/20240229",
                                      "20240228/202402291300/20240229"}));
  // The hour that clocks pass over is moved on, and stays on its day.
  EXPECT_EQ(Dates(Table("30 2 * * *", "Europe/Berlin"),
                  {.first = local_days(2025y / 3 / 29), .last = local_days(2025y / 3 / 29)}),
            (std::vector<std::string>{"20250329/202503300330/20250330"}));
}

TEST(BackfillTest, RefusesRangesWithoutRunsOrWithTooMany) {
  const Timetable weekly = Table("0 0 * * MON");
  EXPECT_THAT(BackfillTimes(
                  weekly, {.first = local_days(2025y / 3 / 31), .last = local_days(2025y / 4 / 1)})
                  .error()
                  .message,
              ::testing::HasSubstr("plans no run for these business dates"));
  EXPECT_THAT(BackfillTimes(
                  weekly, {.first = local_days(2025y / 3 / 31), .last = local_days(2025y / 3 / 30)})
                  .error()
                  .message,
              ::testing::HasSubstr("swap them"));
  EXPECT_THAT(BackfillTimes(Table("* * * * *"), {.first = local_days(2025y / 1 / 1),
                                                 .last = local_days(2025y / 1 / 31)}),
              test::FailsWith(ErrorCode::kOutOfRange));
}

TEST(BackfillTest, KeepsToItsParallelism) {
  const auto times = BackfillTimes(Table("0 0 * * *"), {.first = local_days(2025y / 3 / 1),
                                                        .last = local_days(2025y / 3 / 10)})
                         .value();
  ASSERT_EQ(times.size(), 10u);
  std::vector<BackfillRun> runs;
  std::size_t rounds = 0;
  for (;; ++rounds) {
    const BackfillDecision decision = DecideBackfill(times, runs, {.parallelism = 3});
    ASSERT_LE(decision.running + decision.start.size(), 3u);
    ASSERT_EQ(decision.running + decision.succeeded + decision.left + decision.start.size(), 10u);
    if (decision.finished) break;
    for (const sys_seconds time : decision.start) runs.push_back({.planned = time});
    // The oldest that runs ends.
    const auto oldest = std::ranges::find(runs, State::kRunning, &BackfillRun::state);
    ASSERT_NE(oldest, runs.end());
    oldest->state = State::kSucceeded;
  }
  ASSERT_EQ(runs.size(), times.size());
  for (std::size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(runs[i].planned, times[i]);
  EXPECT_EQ(rounds, 10u);
}

TEST(BackfillTest, StopsAfterTooManyFailures) {
  const auto times = BackfillTimes(Table("0 0 * * *"), {.first = local_days(2025y / 3 / 1),
                                                        .last = local_days(2025y / 3 / 5)})
                         .value();
  const std::vector<BackfillRun> runs = {{.planned = times[0], .state = State::kFailed},
                                         {.planned = times[1], .state = State::kRunning}};
  BackfillDecision decision = DecideBackfill(times, runs, {.parallelism = 2});
  EXPECT_TRUE(decision.start.empty());
  EXPECT_FALSE(decision.finished);  // one runs
  EXPECT_EQ(decision.left, 3u);
  decision = DecideBackfill(times, runs, {.parallelism = 3, .failures_max = 1});
  EXPECT_EQ(decision.start, (std::vector<sys_seconds>{times[2], times[3]}));
  decision = DecideBackfill(times, {runs[0]}, {.parallelism = 2});
  EXPECT_TRUE(decision.finished);
  EXPECT_EQ(decision.failed, 1u);
}

}  // namespace
}  // namespace culvert::schedule
