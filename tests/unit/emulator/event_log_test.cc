// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/event_log.h"

#include "libs/base/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

using test::IsOk;

TEST(EventLogTest, NumbersEventsAndAppendsToItsFile) {
  const test::TempDir dir;
  const test::FakeClock clock;
  for (int run = 0; run < 2; ++run) {
    auto log = EventLog::Open(dir / "events", clock);
    ASSERT_THAT(log, IsOk());
    (*log)->Append("block.accept", {{"session", "s"}, {"block", 3}});
  }
  const std::string line =
      "{\"seq\":1,\"ns\":3600000000000,\"at\":\"2026-01-02T03:04:05Z\",\"event\":\"block.accept\","
      "\"session\":\"s\",\"block\":3}\n";
  EXPECT_THAT(ReadWholeFile(dir / "events", 1 << 20), test::IsOkAndHolds(line + line));
}

TEST(EventLogTest, ShowsWhatCameAfter) {
  const test::FakeClock clock;
  auto log = EventLog::Open("", clock).value();
  for (const char* name : {"a", "b", "c"}) log->Append(name, {});
  const std::string lines = log->Lines(2);
  EXPECT_NE(lines.find("\"seq\":3"), std::string::npos);
  EXPECT_EQ(lines.find("\"seq\":2"), std::string::npos);
}

TEST(EventLogTest, RefusesAFileThatCannotBe) {
  const test::FakeClock clock;
  EXPECT_FALSE(EventLog::Open("/nonexistent/events", clock).has_value());
}

}  // namespace
}  // namespace culvert::emulator
