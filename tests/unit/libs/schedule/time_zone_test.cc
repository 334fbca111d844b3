// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/time_zone.h"

#include "libs/base/file.h"
#include "libs/base/time_format.h"
#include "tests/support/small_tzif.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>

namespace culvert::schedule {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using Kind = LocalResult::Kind;

std::chrono::local_seconds Local(std::string_view text) {
  return std::chrono::local_seconds(At(text).time_since_epoch());
}

// The C library reads the same files with code of its own.
TEST(TimeZoneTest, AgreesWithTheCLibrary) {
  constexpr std::uint64_t kSeed = 20250330;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  for (const char* name : {"Europe/Berlin", "America/New_York", "Asia/Shanghai",
                           "Australia/Lord_Howe", "Europe/Dublin", "America/Sao_Paulo",
                           "Pacific/Apia", "Africa/Casablanca", "America/Nuuk", "Asia/Kathmandu"}) {
    const TimeZone zone = Zone(name);
    EXPECT_EQ(zone.name(), name);
    setenv("TZ", name, 1);
    tzset();
    std::uniform_int_distribution<std::int64_t> any(-2'000'000'000, 7'000'000'000);  // 1906 to 2191
    for (int i = 0; i < 20'000; ++i) {
      const std::time_t time = any(random);
      std::tm broken{};
      localtime_r(&time, &broken);
      ASSERT_EQ(zone.OffsetAt(sys_seconds(seconds(time))).count(), broken.tm_gmtoff)
          << name << " at " << time;
    }
  }
  if (before == nullptr) {
    unsetenv("TZ");
  } else {
    setenv("TZ", kept.c_str(), 1);
  }
  tzset();
}

TEST(TimeZoneTest, KnowsTimesThatAreSkippedOrRepeated) {
  const TimeZone berlin = Zone("Europe/Berlin");
  const auto plain = berlin.ToInstant(Local("2025-03-30T01:59:59Z"));
  EXPECT_EQ(plain.kind, Kind::kUnique);
  EXPECT_EQ(FormatRfc3339(plain.instant), "2025-03-30T00:59:59Z");
  for (const auto& [local, instant] : {std::pair("2025-03-30T02:00:00Z", "2025-03-30T01:00:00Z"),
                                       std::pair("2025-03-30T02:30:00Z", "2025-03-30T01:30:00Z")}) {
    const auto skipped = berlin.ToInstant(Local(local));
    EXPECT_EQ(skipped.kind, Kind::kSkipped) << local;
    EXPECT_EQ(FormatRfc3339(skipped.instant), instant);
  }
  EXPECT_EQ(berlin.ToInstant(Local("2025-03-30T03:00:00Z")).kind, Kind::kUnique);
  const auto twice = berlin.ToInstant(Local("2025-10-26T02:30:00Z"));
  EXPECT_EQ(twice.kind, Kind::kRepeated);
  EXPECT_EQ(FormatRfc3339(twice.instant), "2025-10-26T00:30:00Z");
  EXPECT_EQ(FormatRfc3339(twice.second), "2025-10-26T01:30:00Z");
  EXPECT_EQ(berlin.ToInstant(Local("2025-10-26T03:00:00Z")).kind, Kind::kUnique);
}

TEST(TimeZoneTest, KnowsHalfHoursAndADayThatNeverWas) {
  const TimeZone lord_howe = Zone("Australia/Lord_Howe");
  const auto skipped = lord_howe.ToInstant(Local("2025-10-05T02:15:00Z"));
  EXPECT_EQ(skipped.kind, Kind::kSkipped);
  EXPECT_EQ(FormatRfc3339(skipped.instant), "2025-10-04T15:45:00Z");  // 02:45 there
  EXPECT_EQ(lord_howe.ToInstant(Local("2025-04-06T01:45:00Z")).kind, Kind::kRepeated);
  const auto apia = Zone("Pacific/Apia").ToInstant(Local("2011-12-30T12:00:00Z"));
  EXPECT_EQ(apia.kind, Kind::kSkipped);
  EXPECT_EQ(Zone("Pacific/Apia").ToLocal(apia.instant), Local("2011-12-31T12:00:00Z"));
}

TEST(TimeZoneTest, GoesBackAndForth) {
  constexpr std::uint64_t kSeed = 20251026;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  std::uniform_int_distribution<std::int64_t> any(0, 4'000'000'000);
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}) {
    const TimeZone zone = Zone(name);
    for (int i = 0; i < 20'000; ++i) {
      const sys_seconds time{seconds(any(random))};
      const LocalResult back = zone.ToInstant(zone.ToLocal(time));
      ASSERT_NE(back.kind, Kind::kSkipped);
      ASSERT_TRUE(back.instant == time || back.second == time) << time.time_since_epoch().count();
      ASSERT_EQ(back.kind == Kind::kUnique, back.instant == back.second);
    }
  }
}

TEST(TimeZoneTest, ListsItsChanges) {
  const TimeZone zone = Zone("America/New_York");
  const sys_seconds from = At("2006-01-01T00:00:00Z");
  const sys_seconds to = At("2045-01-01T00:00:00Z");
  const auto changes = zone.TransitionsIn(from, to);
  EXPECT_EQ(changes.size(), 78u);  // 39 years, across the end of the file's table
  for (const Transition& change : changes) {
    EXPECT_EQ(zone.OffsetAt(change.at), change.offset);
    EXPECT_NE(zone.OffsetAt(change.at - seconds(1)), change.offset);
  }
  EXPECT_TRUE(zone.TransitionsIn(changes.front().at, changes.front().at).empty());
  EXPECT_TRUE(TimeZone().TransitionsIn(from, to).empty());
  EXPECT_EQ(TimeZone().OffsetAt(from).count(), 0);
}

std::string Whole(const char* name) {
  return ReadWholeFile(std::string("/usr/share/zoneinfo/") + name, kTzifBytesMax).value_or("");
}

TEST(TimeZoneTest, RefusesEveryCut) {
  const std::string whole = Whole("Europe/Berlin");
  ASSERT_THAT(TimeZone::FromTzif("b", whole), test::IsOk());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto zone = TimeZone::FromTzif("b", std::string_view(whole).substr(0, size));
    ASSERT_THAT(zone, test::FailsWith(ErrorCode::kDataLoss)) << size;
    ASSERT_THAT(zone.error().message, ::testing::HasSubstr("install the package tzdata anew"));
  }
}

TEST(TimeZoneTest, ReadsTheOldVersion) {
  std::string old = Whole("Europe/Berlin");
  const std::size_t second = old.find("TZif", 4);
  ASSERT_NE(second, std::string::npos);
  old[4] = '\0';
  const auto zone = TimeZone::FromTzif("b", std::string_view(old).substr(0, second));
  ASSERT_THAT(zone, test::IsOk());
  if (zone->TransitionsIn(At("1990-01-01T00:00:00Z"), At("1991-01-01T00:00:00Z")).empty()) {
    GTEST_SKIP() << "tzdata here has slim files, whose old block is empty";
  }
  EXPECT_EQ(zone->OffsetAt(At("2025-07-01T00:00:00Z")), hours(2));
}

TEST(TimeZoneTest, RefusesLeapSecondsAndStrangeFooters) {
  EXPECT_THAT(TimeZone::FromTzif("x", test::SmallTzif("UTC0")), test::IsOk());
  EXPECT_THAT(TimeZone::FromTzif("x", test::SmallTzif("")), test::IsOk());
  EXPECT_THAT(TimeZone::FromTzif("right/UTC", test::SmallTzif("UTC0", 1)).error().message,
              ::testing::HasSubstr("counts leap seconds"));
  EXPECT_THAT(TimeZone::FromTzif("x", test::SmallTzif("nonsense")),
              test::FailsWith(ErrorCode::kDataLoss));
  EXPECT_THAT(TimeZone::FromTzif("x", std::string(kTzifBytesMax + 1, 'x')),
              test::FailsWith(ErrorCode::kDataLoss));
}

}  // namespace
}  // namespace culvert::schedule
