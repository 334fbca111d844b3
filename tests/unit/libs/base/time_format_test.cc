// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/time_format.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert {
namespace {

using test::FailsWith;
using test::IsOkAndHolds;

constexpr auto kUnreadable = ErrorCode::kInvalidArgument;

WallTime At(std::int64_t millis) { return WallTime(std::chrono::milliseconds(millis)); }

// 2024-02-29T12:00:00Z
constexpr std::int64_t kLeapDay = 1'709'208'000'000;

TEST(TimeFormatTest, HttpDateGoesBothWays) {
  EXPECT_EQ(FormatHttpDate(At(kLeapDay)), "Thu, 29 Feb 2024 12:00:00 GMT");
  EXPECT_THAT(ParseHttpDate("Thu, 29 Feb 2024 12:00:00 GMT"), IsOkAndHolds(At(kLeapDay)));
  EXPECT_EQ(FormatHttpDate(At(-1)), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(TimeFormatTest, HttpDateRefusesAnythingElse) {
  for (const char* text : {"", "Fri, 29 Feb 2024 12:00:00 GMT", "Thu, 29 Feb 2024 12:00:00 UTC",
                           "Thu, 29 Feb 2024 12:00:00 GMT ", "Thu, 30 Feb 2024 12:00:00 GMT",
                           "Thu, 29 Feb 2024 24:00:00 GMT", "Thu,29 Feb 2024 12:00:00 GMT",
                           "thu, 29 feb 2024 12:00:00 gmt", "Sat, 01 Jan 2300 00:00:00 GMT"}) {
    EXPECT_THAT(ParseHttpDate(text), FailsWith(kUnreadable)) << text;
  }
}

TEST(TimeFormatTest, Rfc3339GoesBothWays) {
  EXPECT_EQ(FormatRfc3339(At(kLeapDay)), "2024-02-29T12:00:00Z");
  EXPECT_EQ(FormatRfc3339(At(kLeapDay + 678), Subseconds::kMilliseconds),
            "2024-02-29T12:00:00.678Z");
  EXPECT_THAT(ParseRfc3339("2024-02-29T12:00:00.678Z"), IsOkAndHolds(At(kLeapDay + 678)));
  EXPECT_THAT(ParseRfc3339("2024-02-29T12:00:00Z"), IsOkAndHolds(At(kLeapDay)));
}

TEST(TimeFormatTest, Rfc3339TakesOffsets) {
  EXPECT_THAT(ParseRfc3339("2024-02-29T14:30:00+02:30"), IsOkAndHolds(At(kLeapDay)));
  EXPECT_THAT(ParseRfc3339("2024-02-28T23:00:00-13:00"), IsOkAndHolds(At(kLeapDay)));
}

TEST(TimeFormatTest, Rfc3339RefusesAnythingElse) {
  for (const char* text :
       {"", "2024-02-29", "2024-02-29 12:00:00Z", "2024-02-29T12:00:00", "2024-02-30T12:00:00Z",
        "2024-02-29T12:00:60Z", "2024-02-29T12:00:00.Z", "2024-02-29T12:00:00.1234567890Z",
        "2024-02-29T12:00:00+2", "2024-02-29T12:00:00+24:00", "2024-02-29T12:00:00Zx",
        "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"}) {
    EXPECT_THAT(ParseRfc3339(text), FailsWith(kUnreadable)) << text;
  }
}

TEST(TimeFormatTest, CompactDateIsInUtc) { EXPECT_EQ(FormatCompactDate(At(kLeapDay)), "20240229"); }

TEST(CivilTest, KnowsTheEdgesOfTheCalendar) {
  EXPECT_EQ(FormatDays(0), "1970-01-01");
  EXPECT_EQ(FormatDays(-719'162), "0001-01-01");
  EXPECT_EQ(FormatDays(2'932'896), "9999-12-31");
  EXPECT_THAT(ParseDays("0001-01-01"), IsOkAndHolds(-719'162));
  EXPECT_THAT(ParseDays("9999-12-31"), IsOkAndHolds(2'932'896));
}

TEST(CivilTest, EveryDayFollowsTheOneBefore) {
  CivilDate last = CivilFromDays(-719'163);
  for (std::int64_t days = -719'162; days <= 2'932'896; ++days) {
    const CivilDate date = CivilFromDays(days);
    const bool next_day =
        date.year == last.year && date.month == last.month && date.day == last.day + 1;
    const bool next_month =
        date.year == last.year && date.month == last.month + 1 && date.day == 1 && last.day >= 28;
    const bool next_year = date.year == last.year + 1 && date.month == 1 && date.day == 1 &&
                           last.month == 12 && last.day == 31;
    ASSERT_TRUE(next_day || next_month || next_year) << days;
    ASSERT_EQ(DaysFromCivil(date).value(), days);
    last = date;
  }
}

TEST(CivilTest, RefusesDatesThatDoNotExist) {
  for (const char* text :
       {"2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32",
        "0000-01-01", "2024-1-01", "2024-01-1", "2024/01/01", "+2024-01-01", "2024-01-01 ", ""}) {
    EXPECT_THAT(ParseDays(text), FailsWith(kUnreadable)) << text;
  }
  EXPECT_THAT(ParseDays("2000-02-29"), IsOkAndHolds(11'016));
}

TEST(CivilTest, SurvivesDaysBeyondTheCalendar) {
  EXPECT_FALSE(FormatDays(INT64_MAX).empty());
  EXPECT_FALSE(FormatDays(INT64_MIN).empty());
}

TEST(UtcMillisTest, GoesBothWays) {
  EXPECT_EQ(FormatUtcMillis(kLeapDay + 789), "2024-02-29 12:00:00.789");
  EXPECT_THAT(ParseUtcMillis("2024-02-29 12:00:00.789"), IsOkAndHolds(kLeapDay + 789));
  EXPECT_THAT(ParseUtcMillis("2024-02-29 12:00:00"), IsOkAndHolds(kLeapDay));
  EXPECT_THAT(ParseUtcMillis("2024-02-29 12:00:00.7"), IsOkAndHolds(kLeapDay + 700));
  EXPECT_EQ(FormatUtcMillis(-1), "1969-12-31 23:59:59.999");
  EXPECT_THAT(ParseUtcMillis("0001-01-01 00:00:00"), IsOkAndHolds(-62'135'596'800'000));
}

TEST(UtcMillisTest, RefusesAnythingElse) {
  for (const char* text : {"2024-02-29", "2024-02-29T12:00:00", "2024-02-29 12:00:00.",
                           "2024-02-29 12:00:00.1234", "2024-02-29 25:00:00"}) {
    EXPECT_THAT(ParseUtcMillis(text), FailsWith(kUnreadable)) << text;
  }
}

}  // namespace
}  // namespace culvert
