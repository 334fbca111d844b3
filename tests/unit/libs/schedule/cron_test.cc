// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/cron.h"

#include "libs/base/time_format.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace culvert::schedule {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

Cron Line(std::string_view text) {
  auto cron = Cron::Parse(text);
  CULVERT_CHECK(cron.has_value());
  return *std::move(cron);
}

/// The next `count` firings after `after`, in local time.
std::vector<std::string> Firings(std::string_view line, const char* zone_name, const char* after,
                                 int count) {
  const TimeZone zone = Zone(zone_name);
  const Cron cron = Line(line);
  std::vector<std::string> firings;
  sys_seconds time = At(after, zone);
  for (int i = 0; i < count; ++i) {
    time = cron.Next(time, zone).value();
    firings.push_back(
        FormatRfc3339(sys_seconds(zone.ToLocal(time).time_since_epoch())).substr(0, 16));
  }
  return firings;
}

using Expected = std::vector<std::string>;

TEST(CronTest, ReadsWhatCronJobsRead) {
  // The first two firings after the first second of 2025, a Wednesday.
  const std::vector<std::pair<std::string, Expected>> table = {
      {"* * * * *", {"2025-01-01T00:01", "2025-01-01T00:02"}},
      {"*/20 * * * *", {"2025-01-01T00:20", "2025-01-01T00:40"}},
      {"5/20 * * * *", {"2025-01-01T00:05", "2025-01-01T00:25"}},
      {"1,2-3,50-59/5 0 1 1 *", {"2025-01-01T00:01", "2025-01-01T00:02"}},
      {"0 12 * * ?", {"2025-01-01T12:00", "2025-01-02T12:00"}},
      {"0 0 * * MON", {"2025-01-06T00:00", "2025-01-13T00:00"}},
      {"0 0 * * 7", {"2025-01-05T00:00", "2025-01-12T00:00"}},
      {"0 0 * * fri-7", {"2025-01-03T00:00", "2025-01-04T00:00"}},
      {"0 0 * * 7/2", {"2025-01-02T00:00", "2025-01-04T00:00"}},
      {"0 0 1 Feb,dec *", {"2025-02-01T00:00", "2025-12-01T00:00"}},
      {"0 0 13 * 5", {"2025-01-03T00:00", "2025-01-10T00:00"}},  // either day is enough
      {"0 0 13 * *", {"2025-01-13T00:00", "2025-02-13T00:00"}},
      {"0 0 31 * *", {"2025-01-31T00:00", "2025-03-31T00:00"}},
      {"0 0 29 2 *", {"2028-02-29T00:00", "2032-02-29T00:00"}},
      {"0 0 30 2 1", {"2025-02-03T00:00", "2025-02-10T00:00"}},
      {"\t0  0 1 1 * ", {"2026-01-01T00:00", "2027-01-01T00:00"}},
      {"@yearly", {"2026-01-01T00:00", "2027-01-01T00:00"}},
      {"@annually", {"2026-01-01T00:00", "2027-01-01T00:00"}},
      {"@monthly", {"2025-02-01T00:00", "2025-03-01T00:00"}},
      {"@weekly", {"2025-01-05T00:00", "2025-01-12T00:00"}},
      {"@daily", {"2025-01-02T00:00", "2025-01-03T00:00"}},
      {"@midnight", {"2025-01-02T00:00", "2025-01-03T00:00"}},
      {"@hourly", {"2025-01-01T01:00", "2025-01-01T02:00"}},
  };
  for (const auto& [line, expected] : table) {
    EXPECT_EQ(Firings(line, "UTC", "2025-01-01T00:00:01", 2), expected) << line;
    EXPECT_EQ(Line(line).text(), line);
  }
  // Eight years, across 2100.
  EXPECT_EQ(Firings("0 0 29 2 *", "UTC", "2096-03-01T00:00:00", 1), Expected{"2104-02-29T00:00"});
}

TEST(CronTest, SaysWhatIsWrongAndWhere) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "column 1: the minute is missing; five fields are needed"},
      {"0 0 * *", "column 8: the day of the week is missing"},
      {"0 0 0 * * *", "column 5: a day of the month is 1 to 31, not 0"},
      {"0 0 1 * * *", "column 11: more than five fields; seconds and years are no fields"},
      {"60 * * * *", "column 1: a minute is 0 to 59, not 60"},
      {"* 24 * * *", "column 3: a hour is 0 to 23, not 24"},
      {"* * * 13 *", "column 7: a month is 1 to 12, not 13"},
      {"* * * * 8", "column 9: a day of the week is 0 to 7, not 8"},
      {"*/0 * * * *", "column 2: a step of 0 never moves on, give 1 or more"},
      {"*/90 * * * *", "column 2: a step of 90 leaves the minute's 0-59, give a smaller one"},
      {"30-10 * * * *", "column 1: the range is upside down"},
      {"0 0 30 2 *", "column 1: never fires, no such day is in these months"},
      {"0 0 31 4,6,9,11 *", "never fires"},
      {"0 0 L * *",
       "column 5: 'L' is not expected in the day of the month; for the last day of a "
       "month, fire on day 1"},
      {"0 0 * * 1#2", "column 10: '#' is not expected in the day of the week"},
      {"0 0 * foo *", "column 7: 'f' is not expected in the month"},
      {"0 0 * * monday", "column 9: 'm' is not expected"},
      {"a * * * *", "column 1: 'a' is not expected in the minute, there are *, lists"},
      {"1, * * * *", "column 3: a minute is missing"},
      {"1- * * * *", "column 3: a minute is missing"},
      {"*/ * * * *", "column 3: a number is missing"},
      {"-5 * * * *", "column 1: '-' is not expected"},
      {"99999999999999999999 * * * *", "a minute is 0 to 59"},
      {"@reboot", "column 1: unknown, there are @yearly"},
      {"@every 5m", "column 1: @every does not follow the calendar; give five fields"},
      {"CRON_TZ=UTC 0 0 * * *",
       "column 1: no time zone may stand in a schedule, give it as timeZone"},
      {"TZ=UTC 0 0 * * *", "give it as timeZone"},
      {std::string(300, '*'), "at most 256 bytes"},
  };
  for (const auto& [line, why] : table) {
    const auto cron = Cron::Parse(line);
    ASSERT_THAT(cron, test::FailsWith(ErrorCode::kInvalidArgument)) << line;
    EXPECT_THAT(cron.error().message, ::testing::HasSubstr(why)) << line;
  }
}

// A time that clocks pass over fires once, moved on by the gap.
TEST(CronTest, FiresOnceWhenClocksGoForward) {
  EXPECT_EQ(Firings("30 2 * * *", "Europe/Berlin", "2025-03-29T12:00:00", 2),
            (Expected{"2025-03-30T03:30", "2025-03-31T02:30"}));
  EXPECT_EQ(Firings("0 * * * *", "Europe/Berlin", "2025-03-30T00:30:00", 3),
            (Expected{"2025-03-30T01:00", "2025-03-30T03:00", "2025-03-30T04:00"}));
  EXPECT_EQ(Firings("*/30 2,3 * * *", "America/New_York", "2025-03-09T01:00:00", 3),
            (Expected{"2025-03-09T03:00", "2025-03-09T03:30", "2025-03-10T02:00"}));
  EXPECT_EQ(Firings("15 2 * * *", "Australia/Lord_Howe", "2025-10-04T12:00:00", 2),
            (Expected{"2025-10-05T02:45", "2025-10-06T02:15"}));
  EXPECT_EQ(Firings("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00", 2),
            (Expected{"2018-11-04T01:00", "2018-11-05T00:00"}));
  EXPECT_EQ(Firings("30 2 30 3 *", "Europe/Berlin", "2024-12-01T00:00:00", 2),
            (Expected{"2025-03-30T03:30", "2026-03-30T02:30"}));
}

// A time that occurs twice fires the first time.
TEST(CronTest, FiresOnceWhenClocksGoBack) {
  EXPECT_EQ(Firings("30 2 * * *", "Europe/Berlin", "2025-10-25T12:00:00", 2),
            (Expected{"2025-10-26T02:30", "2025-10-27T02:30"}));
  EXPECT_EQ(
      FormatRfc3339(*Line("30 2 * * *").Next(At("2025-10-26T00:00:00Z"), Zone("Europe/Berlin"))),
      "2025-10-26T00:30:00Z");
  EXPECT_EQ(Firings("0 * * * *", "America/New_York", "2025-11-02T00:30:00", 3),
            (Expected{"2025-11-02T01:00", "2025-11-02T02:00", "2025-11-02T03:00"}));
  EXPECT_EQ(Firings("*/15 1 * * *", "Australia/Lord_Howe", "2025-04-06T01:20:00", 3),
            (Expected{"2025-04-06T01:30", "2025-04-06T01:45", "2025-04-07T01:00"}));
  // Asked while the hour repeats.
  EXPECT_EQ(
      FormatRfc3339(*Line("*/15 * * * *").Next(At("2025-10-26T01:20:00Z"), Zone("Europe/Berlin"))),
      "2025-10-26T02:00:00Z");
  EXPECT_EQ(FormatRfc3339(
                *Line("*/15 * * * *").Previous(At("2025-10-26T01:20:00Z"), Zone("Europe/Berlin"))),
            "2025-10-26T00:45:00Z");
}

// The same rule, minute by minute: what a clock on the wall shows for the first time fires, and
// what it passes over fires as long behind the change as it lies in the gap.
class Wall {
 public:
  Wall(const TimeZone& zone, sys_seconds from, sys_seconds to) {
    local_seconds shown = zone.ToLocal(from);
    for (sys_seconds time = from; time < to; time += minutes(1)) {
      const local_seconds local = zone.ToLocal(time);
      for (local_seconds passed = shown + minutes(1); passed < local; passed += minutes(1)) {
        minutes_.emplace_back(time + (passed - shown - minutes(1)), passed);
      }
      if (local > shown || time == from) minutes_.emplace_back(time, local);
      shown = std::max(shown, local);
    }
  }
  std::set<sys_seconds> FiringsOf(const std::function<bool(local_seconds)>& named) const {
    std::set<sys_seconds> firings;
    for (const auto& [time, local] : minutes_) {
      if (named(local)) firings.insert(time);
    }
    return firings;
  }

 private:
  std::vector<std::pair<sys_seconds, local_seconds>> minutes_;
};

struct Parts {
  explicit Parts(local_seconds local) {
    const auto day = floor<days>(local);
    const std::chrono::year_month_day date(day);
    month = static_cast<unsigned>(date.month());
    day_of_month = static_cast<unsigned>(date.day());
    weekday = std::chrono::weekday(day).c_encoding();
    hour = floor<std::chrono::hours>(local - day).count();
    minute = floor<minutes>(local - day).count() % 60;
  }
  unsigned month;
  unsigned day_of_month;
  unsigned weekday;
  std::int64_t hour;
  std::int64_t minute;
};

TEST(CronTest, AgreesWithTheClockOnTheWallForAYear) {
  const std::vector<std::pair<const char*, const char*>> zones = {
      {"Europe/Berlin", "2025-01-01T00:00:00Z"},       {"America/New_York", "2024-01-01T00:00:00Z"},
      {"Australia/Lord_Howe", "2025-01-01T00:00:00Z"}, {"Asia/Shanghai", "1988-01-01T00:00:00Z"},
      {"America/Sao_Paulo", "2018-01-01T00:00:00Z"},   {"Pacific/Apia", "2011-01-01T00:00:00Z"}};
  const std::vector<std::pair<const char*, std::function<bool(const Parts&)>>> lines = {
      {"*/15 * * * *", [](const Parts& p) { return p.minute % 15 == 0; }},
      {"0 * * * *", [](const Parts& p) { return p.minute == 0; }},
      {"30 2 * * *", [](const Parts& p) { return p.hour == 2 && p.minute == 30; }},
      {"0 0 * * *", [](const Parts& p) { return p.hour == 0 && p.minute == 0; }},
      {"15,45 1-3 * 3,4,10,11 *",
       [](const Parts& p) {
         return (p.minute == 15 || p.minute == 45) && p.hour >= 1 && p.hour <= 3 &&
                (p.month == 3 || p.month == 4 || p.month == 10 || p.month == 11);
       }},
      {"30 1 1,15 * SUN",
       [](const Parts& p) {
         return p.minute == 30 && p.hour == 1 &&
                (p.day_of_month == 1 || p.day_of_month == 15 || p.weekday == 0);
       }},
      {"10 */5 29 2 *",
       [](const Parts& p) {
         return p.minute == 10 && p.hour % 5 == 0 && p.day_of_month == 29 && p.month == 2;
       }},
  };
  for (const auto& [zone_name, begin] : zones) {
    const TimeZone zone = Zone(zone_name);
    const sys_seconds from = At(begin);
    const sys_seconds to = from + days(366);
    const Wall wall(zone, from - days(3), to + days(3));
    for (const auto& [text, named] : lines) {
      SCOPED_TRACE(std::string(zone_name) + " " + text);
      const Cron cron = Line(text);
      const auto& rule = named;
      const auto all = wall.FiringsOf([&rule](local_seconds local) { return rule(Parts(local)); });
      std::vector<sys_seconds> expected;
      for (const sys_seconds time : all) {
        if (time > from && time < to) expected.push_back(time);
      }
      std::vector<sys_seconds> forward;
      auto time = cron.Next(from, zone);
      for (; time && *time < to; time = cron.Next(*time, zone)) {
        ASSERT_TRUE(forward.empty() || *time > forward.back());
        forward.push_back(*time);
      }
      ASSERT_EQ(forward, expected);
      std::vector<sys_seconds> backward;
      time = cron.Previous(to, zone);
      for (; time && *time > from; time = cron.Previous(*time, zone)) backward.push_back(*time);
      std::ranges::reverse(backward);
      ASSERT_EQ(backward, expected);
    }
  }
}

/// A line of random fields that fires.
std::string RandomLine(std::mt19937_64& random) {
  const auto below = [&random](int bound) {
    return std::uniform_int_distribution<int>(0, bound - 1)(random);
  };
  const auto field = [&](int min, int max) -> std::string {
    const int value = min + below(max - min + 1);
    switch (below(5)) {
      case 0:
        return std::to_string(value);
      case 1:
        return "*/" + std::to_string(1 + below(max - min));
      case 2:
        return std::to_string(value) + "-" + std::to_string(value + below(max - value + 1));
      case 3:
        return std::to_string(value) + "," + std::to_string(min + below(max - min + 1));
      default:
        return "*";
    }
  };
  for (;;) {
    const std::string line = field(0, 59) + " " + field(0, 23) + " " + field(1, 31) + " " +
                             field(1, 12) + " " + field(0, 7);
    if (Cron::Parse(line)) return line;
  }
}

TEST(CronTest, GoesForthAndBackOverTheSameTimes) {
  constexpr std::uint64_t kSeed = 20240229;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  std::uniform_int_distribution<std::int64_t> any(0, 4'000'000'000);
  const std::vector<TimeZone> zones = {Zone("Europe/Berlin"), Zone("America/New_York"),
                                       Zone("Australia/Lord_Howe"), Zone("Asia/Shanghai")};
  for (int i = 0; i < 4'000; ++i) {
    const std::string text = RandomLine(random);
    SCOPED_TRACE(text);
    const Cron cron = Line(text);
    const TimeZone& zone = zones[static_cast<std::size_t>(i) % zones.size()];
    const sys_seconds time{seconds(any(random))};
    const auto next = cron.Next(time, zone);
    ASSERT_TRUE(next.has_value());
    ASSERT_GT(*next, time);
    const auto previous = cron.Previous(*next, zone);
    ASSERT_TRUE(previous.has_value());
    ASSERT_LE(*previous, time);
    ASSERT_EQ(cron.Next(*previous, zone), next);
    ASSERT_EQ(cron.Previous(*next + seconds(1), zone), next);
    // Nothing in between: what the line names there is not missed.
    ASSERT_EQ(cron.Next(*next - seconds(1), zone), next);
  }
}

TEST(CronTest, EndsWithTheCalendar) {
  const Cron cron = Line("0 0 1 1 *");
  const sys_seconds last =
      sys_seconds(std::chrono::sys_days(std::chrono::year(9999) / 6 / 1).time_since_epoch());
  EXPECT_EQ(cron.Next(last, TimeZone()), std::nullopt);
  const sys_seconds first =
      sys_seconds(std::chrono::sys_days(std::chrono::year(1) / 1 / 1).time_since_epoch());
  EXPECT_EQ(cron.Previous(first, TimeZone()), std::nullopt);
}

}  // namespace
}  // namespace culvert::schedule
