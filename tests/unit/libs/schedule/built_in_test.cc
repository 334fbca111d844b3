// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/built_in.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

namespace culvert::schedule {
namespace {

using test::IsOkAndHolds;

TEST(BuiltInTest, GivesTheIdsOfTheRun) {
  Basis basis = Basis::Of(TimeZone(), At("2025-03-31T00:10:05"), At("2025-03-31T00:10:05"));
  EXPECT_THAT(ValueOf(BuiltIn::kTaskId, basis), test::FailsWith(ErrorCode::kInvalidArgument));
  basis.job_id = "nightly";
  basis.node_id = "copy";
  basis.task_id = "nightly-1";
  EXPECT_THAT(ValueOf(BuiltIn::kJobId, basis), IsOkAndHolds("nightly"));
  EXPECT_THAT(ValueOf(BuiltIn::kNodeId, basis), IsOkAndHolds("copy"));
  EXPECT_THAT(ValueOf(BuiltIn::kTaskId, basis), IsOkAndHolds("nightly-1"));
}

TEST(BuiltInTest, TakesTheMonthBeforeInJanuaryToo) {
  const auto cycle = At("2025-01-31T01:00:00");
  EXPECT_THAT(ValueOf(BuiltIn::kBizMonth, Basis::Of(TimeZone(), cycle, cycle)),
              IsOkAndHolds("202412"));
  EXPECT_THAT(ValueOf(BuiltIn::kBizMonth, Basis::Of(TimeZone(), cycle, At("2025-02-01T00:00:00"))),
              IsOkAndHolds("202501"));
}

TEST(BuiltInTest, IsFoundByItsWholeWord) {
  EXPECT_EQ(FindBuiltIn("bizdate"), BuiltIn::kBizDate);
  EXPECT_EQ(FindBuiltIn("bizdat"), std::nullopt);
  EXPECT_EQ(FindSystemName("bdp.system.cyctime"), BuiltIn::kCycTime);
  EXPECT_EQ(FindSystemName("bdp.system.x"), std::nullopt);
}

}  // namespace
}  // namespace culvert::schedule
