// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/log.h"

#include "tests/support/fake_clock.h"

#include <gtest/gtest.h>

#include <thread>
#include <type_traits>
#include <vector>

namespace culvert {
namespace {

class LogTest : public testing::Test {
 protected:
  test::FakeClock clock_;
  std::string text_;
  Logger log_{LogLevel::kInfo, clock_, [this](std::string_view line) { text_ += line; }};
};

TEST_F(LogTest, WritesOneJsonLine) {
  log_.Info("shard done", {{"shard", 3}, {"rows", 4U}, {"table", "t"}, {"ok", true}, {"r", 0.5}});
  EXPECT_EQ(text_,
            "{\"ts\":\"2026-01-02T03:04:05.000Z\",\"level\":\"info\",\"msg\":\"shard done\","
            "\"shard\":3,\"rows\":4,\"table\":\"t\",\"ok\":true,\"r\":0.5}\n");
}

TEST_F(LogTest, KeepsQuiteBelowItsThreshold) {
  log_.Debug("x");
  EXPECT_EQ(text_, "");
}

TEST_F(LogTest, NamesItsLevels) {
  log_.Warn("x");
  log_.Error("y");
  EXPECT_NE(text_.find("\"level\":\"warn\""), std::string::npos);
  EXPECT_NE(text_.find("\"level\":\"error\""), std::string::npos);
}

TEST_F(LogTest, EscapesWhatWouldBreakTheLine) {
  log_.Info("x", {{"v", "a\n\"\xff"}});
  EXPECT_NE(text_.find(R"("v":"a\n\")"), std::string::npos) << text_;
  EXPECT_EQ(text_.find('\n'), text_.size() - 1);
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this] {
        for (int n = 0; n < 50; ++n) log_.Info("x", {{"n", n}});
      });
    }
  }
  EXPECT_EQ(std::count(text_.begin(), text_.end(), '\n'), 200);
}

}  // namespace
}  // namespace culvert
