// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/request_log.h"

#include "libs/base/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

TEST(RequestLogTest, WritesALineARequest) {
  const test::TempDir dir;
  const test::FakeClock clock;
  {
    auto log = RequestLog::Open(dir / "requests", clock);
    ASSERT_THAT(log, test::IsOk());
    (*log)->Append({.request_id = "r1",
                    .operation = "block.put",
                    .method = "PUT",
                    .path = "/p",
                    .status = 200,
                    .request_bytes = 5});
  }
  const auto text = ReadWholeFile(dir / "requests", 1 << 20);
  ASSERT_THAT(text, test::IsOk());
  EXPECT_NE(text->find("\"operation\":\"block.put\""), std::string::npos) << *text;
  EXPECT_NE(text->find("\"request_bytes\":5"), std::string::npos) << *text;
}

TEST(RequestLogTest, IsSilentWithoutAFile) {
  const test::FakeClock clock;
  const auto log = RequestLog::Open("", clock);
  ASSERT_THAT(log, test::IsOk());
  (*log)->Append({});
  EXPECT_FALSE(RequestLog::Open("/nonexistent/requests", clock).has_value());
}

}  // namespace
}  // namespace culvert::emulator
