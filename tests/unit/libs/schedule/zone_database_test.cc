// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/zone_database.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

namespace culvert::schedule {
namespace {

TEST(ZoneDatabaseTest, FindsZonesByName) {
  for (const char* name : {"UTC", "Asia/Shanghai", "America/Argentina/Buenos_Aires", "Etc/GMT+5"}) {
    const auto zone = ZoneDatabase().Load(name);
    ASSERT_THAT(zone, test::IsOk()) << name;
    EXPECT_EQ(zone->name(), name);
  }
}

TEST(ZoneDatabaseTest, RefusesWhatIsNoName) {
  for (const char* name :
       {"", "Europe/Berlim", "Europe", "/etc/passwd", "../../../etc/passwd", "Europe//Berlin",
        "Europe/Berlin/", "CET-1CEST", "Europe/Ber lin", "+08:00", "Europe/../UTC"}) {
    const auto zone = ZoneDatabase().Load(name);
    EXPECT_THAT(zone, test::FailsWith(ErrorCode::kInvalidArgument)) << name;
    EXPECT_THAT(zone.error().message, ::testing::HasSubstr("unknown time zone '")) << name;
  }
}

TEST(ZoneDatabaseTest, SaysWhenThereIsNone) {
  const test::TempDir empty;
  const auto zone = ZoneDatabase(empty.path()).Load("Europe/Berlin");
  EXPECT_THAT(zone, test::FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(zone.error().message, ::testing::HasSubstr("install the package tzdata"));
  EXPECT_THAT(ZoneDatabase(empty.path()).Load("UTC"), test::IsOk());
}

}  // namespace
}  // namespace culvert::schedule
