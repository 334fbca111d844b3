// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/timetable.h"

#include "libs/base/time_format.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

namespace culvert::schedule {
namespace {

TEST(TimetableTest, FiresOnceWhereLinesMeet) {
  const std::vector<std::string> lines = {"0 6 * * *", "0 */3 * * MON", "0 18 * * MON-FRI"};
  const auto table = Timetable::Make(lines, Zone("Asia/Shanghai"));
  ASSERT_TRUE(table.has_value());
  std::string fired;  // of Monday 2025-03-31
  auto time = table->Next(At("2025-03-30T23:59:59", table->zone()));
  for (; time && *time < At("2025-04-01T00:00:00", table->zone()); time = table->Next(*time)) {
    const auto local = table->zone().ToLocal(*time).time_since_epoch();
    fired += std::to_string(std::chrono::floor<std::chrono::hours>(local).count() % 24) + " ";
  }
  EXPECT_EQ(fired, "0 3 6 9 12 15 18 21 ");
  EXPECT_EQ(FormatRfc3339(*table->Previous(At("2025-04-01T00:00:00", table->zone()))),
            "2025-03-31T13:00:00Z");
}

TEST(TimetableTest, NeedsLinesThatAreRight) {
  EXPECT_THAT(Timetable::Make({}, TimeZone()).error().message,
              ::testing::HasSubstr("from 1 to 32 schedules are needed, not 0"));
  EXPECT_FALSE(Timetable::Make(std::vector<std::string>(33, "@daily"), TimeZone()).has_value());
  const std::vector<std::string> lines = {"@daily", "0 0 * *"};
  EXPECT_THAT(Timetable::Make(lines, TimeZone()).error().message,
              ::testing::HasSubstr("schedule '0 0 * *', column 8"));
}

}  // namespace
}  // namespace culvert::schedule
