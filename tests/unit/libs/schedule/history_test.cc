// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/history.h"

#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

namespace culvert::schedule {
namespace {

using Names = std::vector<std::string>;
using std::chrono::hours;

const std::chrono::sys_seconds kNow = At("2025-03-31T12:00:00Z");

FinishedRun Ended(std::string name, int hours_ago, bool succeeded = true) {
  return {.name = std::move(name),
          .planned = kNow - hours(hours_ago),
          .finished = kNow - hours(hours_ago) + std::chrono::minutes(5),
          .succeeded = succeeded};
}

TEST(HistoryTest, KeepsTheNewestOfEachKind) {
  const std::vector<FinishedRun> runs = {Ended("d", 4),       Ended("a", 7),        Ended("f", 2),
                                         Ended("b", 6),       Ended("c", 5, false), Ended("e", 3),
                                         Ended("g", 1, false)};
  EXPECT_EQ(RunsToDelete(runs, {}, kNow, kNow), (Names{"a", "b", "c"}));
  EXPECT_EQ(RunsToDelete(runs, {.successful = 0, .failed = 2}, kNow, kNow),
            (Names{"a", "b", "d", "e", "f"}));
  EXPECT_EQ(RunsToDelete(runs, {.successful = 9, .failed = 9}, kNow, kNow), Names{});
  EXPECT_EQ(RunsToDelete({}, {}, kNow, kNow), Names{});
}

TEST(HistoryTest, KeepsNamesThatStillGuardTheirTime) {
  const std::vector<FinishedRun> runs = {Ended("a", 2), Ended("b", 1)};
  const HistoryLimits none{.successful = 0, .failed = 0};
  EXPECT_EQ(RunsToDelete(runs, none, kNow - hours(2), kNow), Names{"a"});  // b is not decided
  std::vector<FinishedRun> fresh = runs;
  fresh[0].finished = kNow - std::chrono::minutes(9);
  EXPECT_EQ(RunsToDelete(fresh, none, kNow, kNow), Names{"b"});
  EXPECT_EQ(RunsToDelete(fresh, none, kNow, kNow + std::chrono::minutes(1)), (Names{"a", "b"}));
}

}  // namespace
}  // namespace culvert::schedule
