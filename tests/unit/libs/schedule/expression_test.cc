// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/expression.h"

#include "libs/schedule/parameters.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::schedule {
namespace {

using test::FailsWith;
using test::IsOkAndHolds;
using ::testing::HasSubstr;

/// What a value gives for a run planned for `cycle` in Shanghai, made in time.
Result<std::string> Value(std::string_view text, std::string_view cycle) {
  const TimeZone zone = Zone(kDefaultTimeZone);
  Parameters parameters(Basis::Of(zone, At(cycle, zone), At(cycle, zone)));
  CULVERT_TRY(parameters.Assign("x", text));
  return parameters.Substitute("${x}");
}

struct Case {
  std::string cycle;
  std::string text;
  std::string expected;
};

// The language's own examples: a planned time, an expression, its value.
const std::vector<Case> kCases = {
    {"2025-03-31T00:10:05", "${yyyymmdd}", "20250330"},
    {"2025-03-31T00:10:05", "$bizdate", "20250330"},
    {"2025-03-31T00:10:05", "${yyyy-mm-dd}", "2025-03-30"},
    {"2025-03-31T00:10:05", "${yyyymmdd-1}", "20250329"},
    {"2025-03-31T00:10:05", "${yyyymmdd+1}", "20250331"},
    {"2025-03-31T00:10:05", "${yyyymmdd-7*1}", "20250323"},
    {"2025-03-31T00:10:05", "${yyyymm}", "202503"},
    {"2025-03-31T00:10:05", "${yyyymm-1}", "202502"},
    {"2025-03-31T00:10:05", "${yyyy-1}", "2024"},
    {"2025-03-31T00:10:05", "${yy}", "25"},
    {"2025-03-31T00:10:05", "${mm}", "03"},
    {"2025-03-31T00:10:05", "${dd}", "30"},
    {"2025-03-31T00:10:05", "${yyyymm}01", "20250301"},
    {"2025-03-31T00:10:05", "$[yyyymmdd]", "20250331"},
    {"2025-03-31T00:10:05", "$[yyyy-mm-dd]", "2025-03-31"},
    {"2025-03-31T00:10:05", "$[yyyymmddhh24miss]", "20250331001005"},
    {"2025-03-31T00:10:05", "$cyctime", "20250331001005"},
    {"2025-03-31T00:10:05", "$[yyyymmdd-1]", "20250330"},
    {"2025-03-31T00:10:05", "$[yyyymmdd+7*2]", "20250414"},
    {"2025-03-31T00:10:05", "$[yyyymmdd-1/24]", "20250330"},
    {"2025-03-31T00:10:05", "$[hh24-1/24]", "23"},
    {"2025-03-31T00:10:05", "$[hh24miss-1/24]", "231005"},
    {"2025-03-31T00:10:05", "$[hh24miss-15/24/60]", "235505"},
    {"2025-03-31T00:10:05", "$[yyyymmddhh24miss-15/24/60]", "20250330235505"},
    {"2025-03-31T00:10:05", "$[yyyymmdd-1-1/24]", "20250329"},
    {"2025-03-31T00:10:05", "$[mi-15/24/60]", "55"},
    {"2025-03-31T00:10:05", "$[hh24:mi:ss]", "00:10:05"},
    {"2025-03-31T00:10:05", "$[hh12]", "12"},
    {"2025-03-31T00:10:05", "$[add_months(yyyymmdd,-1)]", "20250228"},
    {"2025-03-31T00:10:05", "$[add_months(yyyymmdd,1)]", "20250430"},
    {"2025-03-31T00:10:05", "$[add_months(yyyymmdd,-12)]", "20240331"},
    {"2025-03-31T00:10:05", "$[add_months(yyyymmdd,12*1)]", "20260331"},
    {"2025-03-31T00:10:05", "$[add_months(yyyymm,-1)]", "202502"},
    {"2025-03-31T00:10:05", "$[add_months(yyyymmdd,-1)-1]", "20250227"},
    {"2025-03-31T00:10:05", "${bdp.system.bizdate}", "20250330"},
    {"2025-03-31T00:10:05", "${bdp.system.cyctime}", "20250331001005"},
    {"2024-03-01T00:05:00", "${yyyymmdd}", "20240229"},
    {"2024-03-01T00:05:00", "${yyyymm-1}", "202401"},
    {"2024-03-01T00:05:00", "$[add_months(yyyymmdd,-12)]", "20230301"},
    {"2024-03-01T00:05:00", "$[yyyymmdd-10/24/60]", "20240229"},
    {"2024-02-29T01:00:00", "$[add_months(yyyymmdd,12)]", "20250228"},
    {"2025-01-01T02:30:45", "${yyyy}", "2024"},
    {"2025-01-01T02:30:45", "$[yyyy]", "2025"},
    {"2025-01-01T02:30:45", "${yyyymm}", "202412"},
    {"2025-01-01T02:30:45", "${yyyy-1}", "2023"},
    {"2025-01-01T02:30:45", "$[mm-3/24]", "12"},
    {"2025-01-01T02:30:45", "$[yyyymmdd-3/24]", "20241231"},
    {"2025-01-01T02:30:45", "$[yyyy-1/24]", "2025"},
    {"2025-01-01T02:30:45", "$[mm-1/24]", "01"},
    {"2025-11-01T14:30:45", "$[hh]", "02"},
    {"2025-11-01T14:30:45", "$[hh24]", "14"},
    {"2020-12-01T12:30:00", "$[add_months(yyyymmdd,12*2)]", "20221201"},
    {"2020-12-01T12:30:00", "$[add_months(yyyymmdd,-12*2)]", "20181201"},
    {"2020-12-01T12:30:00", "$[add_months(yyyymmdd,3)]", "20210301"},
    {"2020-12-01T12:30:00", "$[add_months(yyyymmdd,-4)]", "20200801"},
    {"2020-12-01T12:30:00", "$[yyyymmdd+7*2]", "20201215"},
    {"2020-12-01T12:30:00", "$[yyyymmdd-7*2]", "20201117"},
    {"2020-12-01T12:30:00", "$[yyyymmdd+3]", "20201204"},
    {"2020-12-01T12:30:00", "$[yyyymmdd-3]", "20201128"},
    {"2020-12-01T12:30:00", "$[hh24miss+2/24]", "143000"},
    {"2020-12-01T12:30:00", "$[hh24miss-1/24]", "113000"},
    {"2020-12-01T12:30:00", "$[hh24miss+3/24/60]", "123300"},
    {"2020-12-01T12:30:00", "$[hh24miss-2/24/60]", "122800"},
    // Business date 20251031 seen in November, and 20251102 while November is not over.
    {"2025-11-01T00:00:00", "$bizmonth", "202510"},
    {"2025-11-03T00:00:00", "$bizmonth", "202510"},
    // Of our own: every separator, chains, seconds, text around, months of every length.
    {"2025-03-31T00:10:05", "$gmtdate", "20250331"},
    {"2025-03-31T00:10:05", "$[yyyy/mm/dd_hh24.mi]", "2025/03/31_00.10"},
    {"2025-03-31T00:10:05", "${yyyymmdd-1-1+7*2}", "20250411"},
    {"2025-03-31T00:10:05", "$[ss-6/24/60/60]", "59"},
    {"2025-03-31T00:10:05", "$[hh24miss-2*3/24+1/24/60]", "181105"},
    {"2025-03-31T00:10:05", "$[add_months(yyyymmddhh24,-1)-1-1/24]", "2025022623"},
    {"2025-03-31T00:10:05", "dt=${yyyymmdd},h=$[hh24] 5$ $bizdate", "dt=20250330,h=00 5$ 20250330"},
    {"2024-12-31T12:00:00", "$[add_months(yyyymmdd,2)]", "20250228"},
    {"2023-12-31T12:00:00", "$[add_months(yyyymmdd,2)]", "20240229"},
    {"2025-03-31T00:10:05", "${yyyymm-12*2}", "202303"},
    {"2025-03-31T12:10:05", "$[hh12:mi]", "12:10"},
    {"2025-03-31T23:10:05", "$[hh]", "11"},
    {"2025-03-31T00:10:05", "north", "north"},
    {"2025-03-31T00:10:05", "", ""},
};

TEST(ExpressionTest, GivesTheValueOfEachCase) {
  for (const Case& test : kCases) {
    EXPECT_THAT(Value(test.text, test.cycle), IsOkAndHolds(test.expected))
        << test.text << " for " << test.cycle;
  }
  EXPECT_GE(kCases.size(), 60u);
}

TEST(ExpressionTest, RefusesWhatMeansAnotherThing) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"${yyyymmdd-1/24}", "column 11: a business date moves by whole steps"},
      {"${yyyymmddhh24}", "column 11: a business date has no time of day"},
      {"$[yyyy-1]", "column 7: a step counts days here"},
      {"$[mm-1]", "column 5: a step counts days here"},
      {"$[yyyymm+1]", "column 9: a step counts days here"},
      {"$[yyyymm-1/24-1]", "use add_months(yyyymm,-1)"},
      {"$[yyyy-mm-dd hh24:mi:ss]", "column 13: no space may stand in an expression"},
      {"${a=b}", "column 4: no '=' may stand in an expression"},
      {"$[yyyymmdd=1]", "column 11: no '=' may stand in an expression"},
      {"$[add_months(yyyymmdd)]", "column 22: the count of months is missing"},
      {"$[add_months(yyyymmdd,)]", "column 23: a number is missing"},
      {"$[add_months(yyyymmdd,1]", "column 24: ')' is missing"},
      {"$[add_months yyyymmdd]", "no space"},
      {"$[add_months(,1)]", "column 14: a date format is missing"},
      {"${add_months(yyyymmdd,1)}", "column 3: 'a' is no part of a format"},
      {"${}", "column 3: a date format is missing"},
      {"$[]", "column 3: a date format is missing"},
      {"$[-]", "a date format is missing"},
      {"${-1}", "a date format is missing"},
      {"${yyyyMMdd}", "column 7: formats are in lower case: mm is the month, mi the minute"},
      {"${yyyymmd}", "column 9: 'd' is no part of a format"},
      {"${yyyy1}", "column 7: '1' is no part of a format"},
      {"${yyyymmdd+}", "column 12: a number is missing"},
      {"${yyyymmdd-7*}", "column 14: a number is missing"},
      {"${yyyymmdd-1x}", "column 13: 'x' is not expected here"},
      {"$[yyyymmdd-1/7]", "column 13: parts of a day are N/24 hours"},
      {"$[yyyymmdd-1/240]", "parts of a day are N/24 hours"},
      {"$[yyyymmdd-1/24/24]", "parts of a day are N/24 hours"},
      {"$[yyyymmdd-1/24/60/60/60]", "column 22: '/' is not expected here"},
      {"${yyyymmdd-9999999}", "more than 1000000"},
      {"$[yyyymmdd-1000*1001]", "more than 1000000"},
      {"$[yyyymmdd-999999-999999]", "more than 1000000 in all"},
      {"${yyyymmdd", "column 1: '${' has no '}' behind it"},
      {"ab$[yyyymmdd", "column 3: '$[' has no ']' behind it"},
      {"${other}", "column 1: '${other}' is no date; a value cannot name another parameter"},
      {"$bizdat", "column 1: '$bizdat' is not known; there are $bizdate, $cyctime"},
      {"$bizdate01", "column 1: '$bizdate01' is not known"},
      {"$jobid", "$jobid has no value in this run"},
      {"${yyyymmdd-999999}", "a date beyond the years 1 to 9999"},
      {"$[add_months(yyyymm,999999)]", "a date beyond the years 1 to 9999"},
      {"$[yyyy+999999*2/24]", "more than"},
  };
  for (const auto& [text, why] : table) {
    const auto value = Value(text, "2025-03-31T00:10:05");
    ASSERT_FALSE(value.has_value()) << text << " gave " << *value;
    EXPECT_THAT(value.error().message, HasSubstr(why)) << text;
    EXPECT_THAT(value.error().message, HasSubstr("parameter 'x': ")) << text;
  }
}

// Days are those of the calendar, hours are elapsed ones.
TEST(ExpressionTest, KeepsToTheClocksOfItsZone) {
  const TimeZone berlin = Zone("Europe/Berlin");
  const auto value = [&berlin](std::string_view cycle, std::string_view text) {
    Parameters parameters(Basis::Of(berlin, At(cycle, berlin), At(cycle, berlin)));
    return parameters.Substitute(text).value_or("none");
  };
  // Clocks went from 02:00 to 03:00: the hour before 03:00 is the one from 01:00.
  EXPECT_EQ(value("2025-03-30T03:00:00", "$[yyyymmddhh24-1/24]"), "2025033001");
  EXPECT_EQ(value("2025-03-31T02:30:00", "$[yyyymmddhh24mi-1]"), "202503300330");
  EXPECT_EQ(value("2025-03-29T02:30:00", "$[yyyymmddhh24mi+1]"), "202503300330");
  // Clocks went from 03:00 back to 02:00.
  EXPECT_EQ(value("2025-10-26T03:00:00", "$[yyyymmddhh24-1/24]"), "2025102602");
  EXPECT_EQ(value("2025-10-26T03:00:00", "$[yyyymmddhh24-2/24]"), "2025102602");
  EXPECT_EQ(value("2025-10-26T03:00:00", "$[yyyymmddhh24-3/24]"), "2025102601");
  EXPECT_EQ(value("2025-10-27T02:30:00", "$[yyyymmddhh24-1+1/24]"), "2025102602");
  // The second 02:30 is not taken for the first.
  EXPECT_EQ(value("2025-10-26T01:30:00Z", "$[hh24mi-1/24]"), "0230");
  EXPECT_EQ(value("2025-10-26T00:30:00Z", "$[hh24mi-1/24]"), "0130");
}

TEST(ExpressionTest, GivesABackfillTheDayAfterItsBusinessDate) {
  const TimeZone zone = Zone(kDefaultTimeZone);
  Basis basis = Basis::Of(zone, At("2025-03-16T00:00:00", zone), At("2025-11-20T10:00:00", zone));
  basis.backfill = true;
  const Parameters parameters(basis);
  EXPECT_THAT(parameters.Substitute("${yyyymmdd} $[yyyymmddhh24miss] $gmtdate $bizmonth"),
              IsOkAndHolds("20250315 20250316000000 20250316 202503"));
  basis.backfill = false;  // a late run
  EXPECT_THAT(Parameters(basis).Substitute("$gmtdate $bizmonth"), IsOkAndHolds("20251120 202503"));
}

TEST(ExpressionTest, BeginsAtItsPlaceInTheText) {
  const auto error = Expression::Parse(Expression::From::kCycleTime, "yyyy!", 41);
  ASSERT_THAT(error, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(error.error().message, HasSubstr("column 45: '!'"));
}

}  // namespace
}  // namespace culvert::schedule
