// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/digest.h"
#include "tests/support/fake_transport.h"
#include "tests/support/process.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

#include <csignal>

// The support library is itself code that can lie: its promises are tested too.
namespace culvert::test {
namespace {

using std::chrono::seconds;

TEST(FakeClockTest, SleepMovesTheTimeAndIsRecorded) {
  FakeClock clock;
  const WallTime wall = clock.Now();
  EXPECT_TRUE(clock.SleepUntil(clock.SteadyNow() + seconds(5), {}));
  EXPECT_EQ(clock.Now() - wall, seconds(5));
  EXPECT_EQ(clock.sleeps(), (std::vector<std::chrono::nanoseconds>{seconds(5)}));
}

TEST(FakeTransportTest, PlaysItsScriptAndRecords) {
  const FakeContext env;
  FakeTransport transport;
  transport.Push(200, "hello");
  transport.Push(Unavailable("down"));
  transport.Push(404);
  auto download = transport.Download(env.ctx(), {});
  ASSERT_THAT(download, IsOk());
  EXPECT_THAT((*download)->ReadAll(env.ctx(), 5), IsOkAndHolds(std::string("hello")));
  EXPECT_THAT(transport.Send(env.ctx(), {}), FailsWith(ErrorCode::kUnavailable));
  auto upload = transport.Upload(env.ctx(), {});
  ASSERT_THAT(upload, IsOk());
  EXPECT_THAT((*upload)->Write(env.ctx(), AsBytes("abc")), IsOk());
  EXPECT_FALSE(transport.requests()[2].finished);
  EXPECT_EQ((*upload)->Finish(env.ctx())->status, 404);
  EXPECT_EQ(transport.requests()[2].request.body, "abc");
  EXPECT_THAT(transport.Send(env.ctx(), {}), FailsWith(ErrorCode::kUnavailable));
}

TEST(ProcessTest, RunsAProgramToItsEnd) {
  const auto outcome = RunProcess({.args = {"/bin/sh", "-c", "cat; echo $X >&2; exit 3"},
                                   .env = {{"X", "err"}},
                                   .stdin_text = "in"},
                                  seconds(20));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->exit_code, 3);
  EXPECT_EQ(outcome->stdout_text, "in");
  EXPECT_EQ(outcome->stderr_text, "err\n");
}

TEST(ProcessTest, ReadsLinesAndIsKilled) {
  auto process = Process::Start({.args = {"/bin/sh", "-c", "echo one; echo two; exec sleep 600"}});
  ASSERT_THAT(process, IsOk());
  EXPECT_THAT((*process)->ReadLine(seconds(20)), IsOkAndHolds(std::string("one")));
  EXPECT_THAT((*process)->ReadLine(seconds(20)), IsOkAndHolds(std::string("two")));
  EXPECT_EQ((*process)->ExitCode(), std::nullopt);
  (*process)->Signal(SIGKILL);
  EXPECT_THAT((*process)->Wait(seconds(20)), IsOkAndHolds(128 + SIGKILL));
  EXPECT_THAT((*process)->ReadLine(seconds(20)), FailsWith(ErrorCode::kUnavailable));
}

TEST(ProcessTest, SaysThatAProgramDoesNotExist) {
  EXPECT_THAT(Process::Start({.args = {"/no/such/program"}}), FailsWith(ErrorCode::kNotFound));
}

}  // namespace
}  // namespace culvert::test
