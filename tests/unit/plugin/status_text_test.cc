// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/status_text.h"

#include "tests/unit/plugin/page.h"
#include "tests/unit/plugin/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::plugin {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(StatusTextTest, ARunUnderWay) {
  EXPECT_EQ(StatusText(RunningWorld().View(), {}), PageBlock("status flights-copy"));
}

TEST(StatusTextTest, AFailedRun) {
  EXPECT_EQ(StatusText(FailedWorld().View(), {}), PageBlock("status of a failed job"));
}

TEST(StatusTextTest, AFinishedRunTellsItsReport) {
  EXPECT_EQ(StatusText(FinishedWorld().View(), {}),
            "flights-copy  Succeeded  attempt 1  flights → flights_copy  age 2m14s\n"
            "  336,776 rows in 41s, 12 committed, verified by count, bottleneck source\n"
            "├─ plan       Succeeded\n"
            "├─ transfer   Succeeded          4/4 shards\n"
            "└─ commit     Succeeded\n");
}

TEST(StatusTextTest, AJobThatNobodyHasLookedAtYet) {
  World world;
  world.status() = nullptr;
  EXPECT_EQ(StatusText(world.View(), {}), "flights-copy  New  flights → flights_copy  age 2m14s\n");
}

TEST(StatusTextTest, ManyShardsAreCutToThoseThatNeedALook) {
  World world;
  world.Planned(100, 1'000'000);
  world.Step("transfer")["status"]["completedIndexes"] = "0-97";
  world.Progress(world.Pod("transfer", 98, "Running"), 1, 10, 0);
  world.Waits(world.Pod("transfer", 99, "Pending"), "ImagePullBackOff", "no such image");
  const std::string text = StatusText(world.View(), {.shards_max = 3});
  EXPECT_THAT(text, HasSubstr("98/100 shards\n"
                              "│  ├─ shard  0  Succeeded\n"
                              "│  ├─ shard 98  Running    [█░░░░░░░░░]  10 %  1/10 rows\n"
                              "│  ├─ shard 99  Pending    ImagePullBackOff: no such image\n"
                              "│  └─ and 97 more shards; --all-shards shows them\n"));
  const std::string all = StatusText(world.View(), {.shards_max = 0});
  EXPECT_THAT(all, HasSubstr("shard 50"));
  EXPECT_THAT(all, Not(HasSubstr("more shards")));
  EXPECT_THAT(StatusText(world.View(), {.shards = false}), Not(HasSubstr("shard 9")));
}

TEST(StatusTextTest, ColoursAreForTerminals) {
  EXPECT_THAT(StatusText(FailedWorld().View(), {.colours = true}), HasSubstr("\x1b[31mFailed"));
  EXPECT_THAT(StatusText(FailedWorld().View(), {}), Not(HasSubstr("\x1b")));
}

TEST(StatusTextTest, NothingFromAPodReachesTheTerminalRaw) {
  World world;
  world.Planned(1, 10);
  world.Step("transfer");
  World::Ended(world.Pod("transfer", 0, "Failed"), 1, "boom\n\x1b[2Jgone\x07");
  EXPECT_THAT(StatusText(world.View(), {}), HasSubstr("Error: boom  [2Jgone  (exit code 1)"));
}

TEST(StatusTextTest, SmallWorkIsOneStepBehindThePlan) {
  World world;
  world.Planned(1, 10);
  world.status()["plan"]["small"] = true;
  world.Condition("Succeeded", "Unknown", "Working");
  world.Step("plan", "Complete");
  world.Step("work");
  world.Progress(world.Pod("work", -1, "Running"), 5, 10, 2);
  EXPECT_EQ(StatusText(world.View(), {}),
            "flights-copy  Working  attempt 1  flights → flights_copy  age 2m14s\n"
            "├─ plan       Succeeded  4s\n"
            "└─ work       Running    1m40s   [█████░░░░░]  50 %  5/10 rows  2 rows/s\n");
}

}  // namespace
}  // namespace culvert::plugin
