// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/log_level.h"

#include "libs/base/file.h"
#include "libs/base/op_context.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace culvert {
namespace {

using test::IsOk;
using testing::HasSubstr;
using testing::Not;

constexpr LogLevel kAllLevels[] = {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn,
                                   LogLevel::kError};

class LogLevelTest : public testing::Test {
 protected:
  std::string Written() { return std::exchange(text_, {}); }

  test::FakeClock clock_;
  std::string text_;
  const LogThreshold threshold_{LogLevel::kInfo};
  Logger log_{LogLevel::kError, clock_,
              threshold_.Over([this](std::string_view line) { text_ += line; })};
};

TEST_F(LogLevelTest, NamesGoBothWays) {
  for (const LogLevel level : kAllLevels) EXPECT_EQ(ParseLogLevel(LogLevelName(level)), level);
  EXPECT_EQ(LogLevelName(LogLevel::kWarn), "warn");
  for (const char* other : {"", "DEBUG", "warning", "info ", "trace"}) {
    EXPECT_EQ(ParseLogLevel(other), std::nullopt) << other;
  }
}

TEST_F(LogLevelTest, ALoggerGoesByTheThresholdOfItsSink) {
  log_.Info("one");
  log_.Debug("two");
  EXPECT_THAT(Written(), testing::AllOf(HasSubstr("one"), Not(HasSubstr("two"))));
  threshold_.Change(log_, LogLevel::kDebug);
  Written();
  log_.Debug("three");
  EXPECT_THAT(Written(), HasSubstr("three"));
  const LogThreshold same = threshold_;
  same.Change(log_, LogLevel::kError);
  Written();
  log_.Warn("four");
  EXPECT_EQ(Written(), "");
  log_.Error("five");
  EXPECT_THAT(Written(), HasSubstr("five"));
}

TEST_F(LogLevelTest, EveryChangeIsTold) {
  for (const LogLevel before : kAllLevels) {
    for (const LogLevel after : kAllLevels) {
      threshold_.Change(log_, before);
      Written();
      threshold_.Change(log_, after);
      const std::string written = Written();
      EXPECT_EQ(threshold_.Get(), after);
      if (before == after) {
        EXPECT_EQ(written, "");
        continue;
      }
      EXPECT_THAT(written, HasSubstr("\"msg\":\"log level changed\",\"from\":\"" +
                                     std::string(LogLevelName(before)) + "\",\"to\":\"" +
                                     std::string(LogLevelName(after)) + "\""));
    }
  }
}

TEST_F(LogLevelTest, MayChangeWhileOthersLog) {
  {
    const std::jthread other([this] {
      for (int i = 0; i < 1000; ++i) log_.Error("other");
    });
    for (int i = 0; i < 100; ++i) {
      threshold_.Change(log_, i % 2 == 0 ? LogLevel::kDebug : LogLevel::kError);
    }
  }
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = text_.find("other", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 1000U);
}

TEST_F(LogLevelTest, FollowsAFile) {
  const test::TempDir dir;
  const std::string path = dir / "level";
  FollowedFile file = LogLevelFile(path, threshold_);
  const OpContext ctx{.stop = std::stop_token(), .clock = clock_, .log = log_};
  const auto look_at = [&](const std::string& text) {
    EXPECT_THAT(WriteFileDurably(path, text), IsOk());
    file.Poll(ctx);
    return threshold_.Get();
  };
  file.Poll(ctx);
  EXPECT_THAT(Written(), HasSubstr("log level not read, it stays as it is"));
  EXPECT_EQ(look_at(" debug\n"), LogLevel::kDebug);
  EXPECT_THAT(Written(), HasSubstr("\"msg\":\"log level changed\",\"from\":\"info\""));
  EXPECT_EQ(look_at("verbose"), LogLevel::kDebug);
  EXPECT_THAT(Written(), HasSubstr("'verbose' must be debug, info, warn or error"));
  EXPECT_EQ(look_at("\n"), LogLevel::kDebug);
  EXPECT_THAT(Written(), HasSubstr("'' must be debug, info, warn or error"));
  EXPECT_EQ(look_at("error"), LogLevel::kError);
}

}  // namespace
}  // namespace culvert
