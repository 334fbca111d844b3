// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/job_parameters.h"

#include "libs/base/time_format.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using ::testing::StartsWith;

TEST(JobParametersTest, CountsDatesFromTheCycleTime) {
  auto shanghai = JobParameters::Make({.cycle_time = "2025-03-31T00:10:05",
                                       .time_zone = "",
                                       .assignments = {"day=${yyyymmdd}", "r=north"}});
  ASSERT_TRUE(shanghai.has_value());
  EXPECT_EQ(shanghai->Resolve("dt=${day},r=${r},h=$[hh24]").value(), "dt=20250330,r=north,h=00");
  ASSERT_TRUE(shanghai->cycle().has_value());
  EXPECT_EQ(FormatRfc3339(*shanghai->cycle()), "2025-03-30T16:10:05Z");
  auto berlin = JobParameters::Make(
      {.cycle_time = "2025-03-30T16:10:05Z", .time_zone = "Europe/Berlin", .assignments = {}});
  ASSERT_TRUE(berlin.has_value());
  EXPECT_EQ(berlin->Resolve("$[yyyymmddhh24mi] $gmtdate").value(), "202503301810 20250330");
}

TEST(JobParametersTest, TellsWhatItReplacedOnce) {
  auto parameters =
      JobParameters::Make({.cycle_time = "", .time_zone = "", .assignments = {"a=1"}});
  ASSERT_TRUE(parameters.has_value());
  for (const char* text : {"x=${a}", "plain$", "${a}", "x=${a}"}) {
    EXPECT_TRUE(parameters->Resolve(text).has_value());
  }
  ASSERT_EQ(parameters->replaced().size(), 2u);
  EXPECT_EQ(parameters->replaced()[0].text, "x=${a}");
  EXPECT_EQ(parameters->replaced()[0].value, "x=1");
  EXPECT_EQ(parameters->replaced()[1].text, "${a}");
  EXPECT_FALSE(parameters->cycle().has_value());
}

TEST(JobParametersTest, SaysWhichFlagIsWrong) {
  const auto error = [](ParameterFlags flags) {
    return JobParameters::Make(flags).error().message;
  };
  EXPECT_THAT(error({.cycle_time = "yesterday", .time_zone = "", .assignments = {}}),
              StartsWith("--cycle-time: 'yesterday' is not a time such as"));
  EXPECT_THAT(error({.cycle_time = "2025-03-31T00:00:00", .time_zone = "Mars", .assignments = {}}),
              StartsWith("--time-zone: unknown time zone 'Mars'"));
  EXPECT_THAT(error({.cycle_time = "", .time_zone = "", .assignments = {"day=${yyyymmdd}"}}),
              StartsWith("-p: parameter 'day': column 1: '${yyyymmdd}' needs the planned time"));
  EXPECT_THAT(error({.cycle_time = "", .time_zone = "", .assignments = {"day"}}),
              StartsWith("-p: 'day' is not an assignment"));
}

}  // namespace
}  // namespace culvert::runner
