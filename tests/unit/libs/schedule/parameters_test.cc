// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/parameters.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

namespace culvert::schedule {
namespace {

using test::FailsBecause;
using test::IsOk;
using test::IsOkAndHolds;

TEST(ParametersTest, JoinsTwoToADateAndATime) {
  const TimeZone zone = Zone(kDefaultTimeZone);
  const auto cycle = At("2025-03-31T00:10:05", zone);
  Parameters parameters(Basis::Of(zone, cycle, cycle));
  ASSERT_THAT(parameters.Assign("date=$[yyyy-mm-dd]"), IsOk());
  ASSERT_THAT(parameters.Assign("time=$[hh24:mi:ss]"), IsOk());
  ASSERT_THAT(parameters.Assign("bizdate=$bizdate"), IsOk());
  ASSERT_THAT(parameters.Assign("rule=a=b"), IsOk());
  EXPECT_THAT(parameters.Substitute("${date} ${time} ${bizdate} ${rule} ${yyyymm}"),
              IsOkAndHolds("2025-03-31 00:10:05 20250330 a=b 202503"));
}

TEST(ParametersTest, NeedsNoTimeForConstants) {
  Parameters parameters;
  ASSERT_THAT(parameters.Assign("region=north"), IsOk());
  EXPECT_THAT(parameters.Substitute("r=${region}"), IsOkAndHolds("r=north"));
  EXPECT_THAT(parameters.Assign("day=${yyyymmdd}"), FailsBecause("UnresolvedPlaceholder"));
}

TEST(ParametersTest, RefusesNamesThatAreTaken) {
  Parameters parameters;
  ASSERT_THAT(parameters.Assign("a=1"), IsOk());
  const std::vector<std::pair<std::string, std::string>> table = {
      {"a=2", "parameter 'a': is assigned twice"},
      {"yyyymm=1", "parameter 'yyyymm': ${yyyymm} is a date already, take another name"},
      {"yyyy_mm=1", "is a date already"},
      {"dd=1", "is a date already"},
      {"bdp.system.bizdate=1", "is given by the system"},
      {"=1", "a name is of letters"},
      {"a b=1", "a name is of letters"},
      {"day", "'day' is not an assignment such as 'day=${yyyymmdd}'"},
      {"b=a\nb", "no control characters"},
      {"b=" + std::string(1025, 'x'), "at most 1024 bytes"},
  };
  for (const auto& [assignment, why] : table) {
    const Status status = parameters.Assign(assignment);
    ASSERT_FALSE(status.has_value()) << assignment;
    EXPECT_THAT(status.error().message, ::testing::HasSubstr(why)) << assignment;
  }
}

TEST(ParametersTest, LeavesNoPlaceholderBehind) {
  Parameters parameters;
  ASSERT_THAT(parameters.Assign("x={day}"), IsOk());
  ASSERT_THAT(parameters.Assign("y=[yyyy]"), IsOk());
  EXPECT_THAT(parameters.Substitute("${x}"), IsOkAndHolds("{day}"));
  EXPECT_THAT(parameters.Substitute("$${x}"), FailsBecause("UnresolvedPlaceholder"));
  EXPECT_THAT(parameters.Substitute("$${y}"), FailsBecause("UnresolvedPlaceholder"));
}

TEST(ParametersTest, TakesNoMoreThanItHasRoomFor) {
  Parameters parameters;
  for (int i = 0; i < 128; ++i) {
    ASSERT_THAT(parameters.Assign("p" + std::to_string(i), "v"), IsOk());
  }
  EXPECT_THAT(parameters.Assign("p", "v").error().message,
              ::testing::HasSubstr("more than 128 parameters"));
}

}  // namespace
}  // namespace culvert::schedule
