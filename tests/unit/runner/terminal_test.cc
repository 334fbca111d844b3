// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/terminal.h"

#include "tests/support/fake_clock.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>

namespace culvert::runner {
namespace {

/// A terminal of 100 columns, and the other side of it.
class TerminalTest : public ::testing::Test {
 protected:
  TerminalTest() {
    const winsize size{.ws_row = 24, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(openpty(&screen_, &terminal_, nullptr, nullptr, &size), 0);
  }
  ~TerminalTest() override {
    close(screen_);
    close(terminal_);
  }
  std::string Shown(std::size_t size) {
    std::array<char, 256> text{};
    const ssize_t got = read(screen_, text.data(), std::min(size, text.size()));
    return {text.data(), got < 0 ? 0 : static_cast<std::size_t>(got)};
  }
  int screen_ = -1;
  int terminal_ = -1;
};

TEST_F(TerminalTest, KnowsATerminalAndItsWidth) {
  EXPECT_TRUE(IsTerminal(terminal_));
  EXPECT_EQ(TerminalColumns(terminal_), 100u);
}

TEST_F(TerminalTest, AFileIsNoTerminal) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  EXPECT_FALSE(IsTerminal(ends[1]));
  EXPECT_EQ(TerminalColumns(ends[1]), 80u);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(TerminalTest, ALineTakesThePlaceOfTheBar) {
  TerminalSink(terminal_)(R"({"ts":"2026-01-02T03:04:05.678Z","level":"warn","msg":"late"})"
                          "\n");
  // The terminal turns a newline into carriage return and newline.
  EXPECT_EQ(Shown(256), "\r\x1b[Kwarning: late\r\n");
}

std::string Logged(const std::function<void(Logger&)>& log) {
  test::FakeClock clock;
  std::string text;
  Logger logger(LogLevel::kDebug, clock, [&text](std::string_view line) { text = line; });
  log(logger);
  return PlainLogLine(text.substr(0, text.size() - 1));
}

TEST(PlainLogLineTest, SpeaksPlainly) {
  EXPECT_EQ(
      Logged([](Logger& log) { log.Info("resuming", {{"job", "default/a"}, {"blocks_done", 3}}); }),
      "resuming: job default/a, blocks done 3");
  EXPECT_EQ(Logged([](Logger& log) {
              log.Warn("check the plan", {{"warning", "no partition matches dt=2*"}});
            }),
            "warning: check the plan: no partition matches dt=2*");
  EXPECT_EQ(Logged([](Logger& log) { log.Debug("sent", {{"bytes", 5}}); }), "debug: sent: bytes 5");
  EXPECT_EQ(Logged([](Logger& log) { log.Error("gone"); }), "error: gone");
}

TEST(PlainLogLineTest, NothingDrivesTheTerminal) {
  EXPECT_EQ(Logged([](Logger& log) { log.Info("x", {{"v", "a\n\x1b[2J\"b\""}}); }),
            "x: a  [2J\"b\"");
}

TEST(PlainLogLineTest, WhatIsNoLogLineStays) { EXPECT_EQ(PlainLogLine("bare"), "bare"); }

}  // namespace
}  // namespace culvert::runner
