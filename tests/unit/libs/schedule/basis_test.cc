// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/basis.h"

#include "libs/base/time_format.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

namespace culvert::schedule {
namespace {

using std::chrono::local_days;
using namespace std::chrono_literals;

TEST(BasisTest, TakesTheDayBeforeInTheZone) {
  const TimeZone shanghai = Zone("Asia/Shanghai");
  const Basis basis = Basis::Of(shanghai, At("2025-03-30T16:10:05Z"), At("2025-04-01T16:00:00Z"));
  EXPECT_EQ(basis.business_date, local_days(2025y / 3 / 30));
  EXPECT_EQ(basis.current, local_days(2025y / 4 / 2));
  EXPECT_EQ(
      Basis::Of(TimeZone(), At("2025-03-30T16:10:05Z"), At("2025-03-30T16:10:05Z")).business_date,
      local_days(2025y / 3 / 29));
}

TEST(BasisTest, ReadsLocalTimesAndInstants) {
  const TimeZone berlin = Zone("Europe/Berlin");
  EXPECT_EQ(FormatRfc3339(At("2025-07-01T02:30:00", berlin)), "2025-07-01T00:30:00Z");
  EXPECT_EQ(FormatRfc3339(At("2025-10-26T02:30:00", berlin)), "2025-10-26T00:30:00Z");
  EXPECT_EQ(FormatRfc3339(At("2025-07-01T02:30:00+08:00", berlin)), "2025-06-30T18:30:00Z");
  EXPECT_THAT(ParseCycleTime("2025-03-30T02:30:00", berlin).error().message,
              ::testing::HasSubstr("there is no 2025-03-30T02:30:00 in Europe/Berlin"));
  for (const char* text : {"", "2025-03-31", "2025-02-29T00:00:00", "2025-03-31 00:10:05",
                           "2025-03-31T24:00:00", "2025-03-31T00:10:05.5Z", "20250331001005"}) {
    EXPECT_THAT(ParseCycleTime(text, berlin), test::FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace culvert::schedule
