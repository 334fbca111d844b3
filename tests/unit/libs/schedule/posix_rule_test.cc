// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/posix_rule.h"

#include "libs/base/time_format.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

namespace culvert::schedule {
namespace {

/// `2025-03-30T01:00:00Z +7200`, ... of the year 2025.
std::string ChangesOf2025(std::string_view text) {
  const auto rule = PosixRule::Parse(text);
  if (!rule) return ToString(rule.error());
  std::string changes;
  for (const Transition& change :
       rule->TransitionsIn(At("2024-12-31T23:59:59Z"), At("2025-12-31T23:59:59Z"))) {
    changes += (changes.empty() ? "" : " ") + FormatRfc3339(change.at) + "=" +
               std::to_string(change.offset.count());
  }
  return changes;
}

TEST(PosixRuleTest, ReadsEveryForm) {
  EXPECT_EQ(ChangesOf2025("CET-1CEST,M3.5.0,M10.5.0/3"),
            "2025-03-30T01:00:00Z=7200 2025-10-26T01:00:00Z=3600");
  EXPECT_EQ(ChangesOf2025("EST5EDT,M3.2.0,M11.1.0"),
            "2025-03-09T07:00:00Z=-14400 2025-11-02T06:00:00Z=-18000");
  EXPECT_EQ(ChangesOf2025("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"),
            "2025-04-05T15:00:00Z=37800 2025-10-04T15:30:00Z=39600");
  EXPECT_EQ(ChangesOf2025("CST-8"), "");
  EXPECT_EQ(ChangesOf2025("IST-1GMT0,M10.5.0,M3.5.0/1"),  // Dublin: winter is the exception
            "2025-03-30T01:00:00Z=3600 2025-10-26T01:00:00Z=0");
  EXPECT_EQ(ChangesOf2025("AAA0BBB,J60,J300/4:30:15"),  // 60 is 1 March, leap year or not
            "2025-03-01T02:00:00Z=3600 2025-10-27T03:30:15Z=0");
  EXPECT_EQ(ChangesOf2025("AAA0BBB,59/0,299/0"),
            "2025-03-01T00:00:00Z=3600 2025-10-26T23:00:00Z=0");
  EXPECT_EQ(ChangesOf2025("<-02>2<-01>,M3.5.0/-1,M10.5.0/0"),  // Nuuk: the evening before
            "2025-03-30T01:00:00Z=-3600 2025-10-26T01:00:00Z=-7200");
  EXPECT_EQ(ChangesOf2025("XXX3EDT4,0/0,J365/23"), "");  // summer all year round
}

TEST(PosixRuleTest, KeepsTheOffsetOfAnEndlessSummer) {
  const auto rule = PosixRule::Parse("EST5EDT,0/0,J365/25");
  ASSERT_TRUE(rule.has_value());
  for (const char* text : {"2024-12-31T23:00:00Z", "2025-01-01T04:59:59Z", "2025-01-01T05:00:00Z",
                           "2025-07-01T00:00:00Z"}) {
    EXPECT_EQ(rule->OffsetAt(At(text)).count(), -4 * 3600) << text;
  }
}

TEST(PosixRuleTest, RefusesEverythingElse) {
  for (const char* text :
       {"", "C-1", "CET", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.7",
        "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.0/168,M10.5.0",
        "CET-1CEST,J0,J5", "CET-1CEST,366,5", "CET-1CEST,M3.5.0,M10.5.0x", "<+0-3>", "<+03-3",
        "CET-1:60", "CET-1CEST,M3.5.0,M10.5.0/3/4", "CET-1 "}) {
    EXPECT_THAT(PosixRule::Parse(text), test::FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace culvert::schedule
