// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/watcher.h"

#include "libs/kube/api_error.h"

#include <gtest/gtest.h>

namespace culvert::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Error kGone = Aborted("too old").Because(kReasonExpired);
const Error kAway = Unavailable("connection refused");

class WatcherTest : public testing::Test {
 protected:
  Watcher Watching(const char* version) {
    Watcher watcher({}, 7);
    EXPECT_TRUE(watcher.OnPage(version, ""));
    return watcher;
  }
  static Watcher::Request Listing(const char* token = "") { return Watcher::ListPage{token}; }
  static Watcher::Request From(const char* version) { return Watcher::Watch{version}; }
};

TEST_F(WatcherTest, BeginsWithTheFirstPage) {
  const Watcher watcher({}, 7);
  EXPECT_EQ(watcher.next().request, Listing());
  EXPECT_EQ(watcher.next().wait, milliseconds(0));
}

TEST_F(WatcherTest, FollowsPagesThenWatchesFromTheirVersion) {
  Watcher watcher({}, 7);
  EXPECT_FALSE(watcher.OnPage("10", "more"));
  EXPECT_EQ(watcher.next().request, Listing("more"));
  EXPECT_TRUE(watcher.OnPage("10", ""));
  EXPECT_EQ(watcher.next().request, From("10"));
}

TEST_F(WatcherTest, AWatchThatEndsGoesOnFromTheLastEventAtOnce) {
  Watcher watcher = Watching("10");
  watcher.OnEvent("12");
  watcher.OnWatchEnd();
  EXPECT_EQ(watcher.next().request, From("12"));
  EXPECT_EQ(watcher.next().wait, milliseconds(0));
}

TEST_F(WatcherTest, ABrokenWatchGoesOnFromTheLastEventAfterAWait) {
  Watcher watcher = Watching("10");
  watcher.OnEvent("12");
  watcher.OnError(kAway, seconds(1));
  EXPECT_EQ(watcher.next().request, From("12"));
  EXPECT_GE(watcher.next().wait, milliseconds(800));
}

TEST_F(WatcherTest, GoneListsAnew) {
  Watcher watcher = Watching("10");
  watcher.OnError(kGone, seconds(1));
  EXPECT_EQ(watcher.next().request, Listing());
  EXPECT_EQ(watcher.relists(), 1u);
}

TEST_F(WatcherTest, AFailedPageBeginsTheListAnew) {
  Watcher watcher({}, 7);
  watcher.OnPage("10", "more");
  watcher.OnError(kGone, {});
  EXPECT_EQ(watcher.next().request, Listing());
  watcher.OnPage("11", "more");
  watcher.OnError(kAway, {});
  EXPECT_EQ(watcher.next().request, Listing());
}

TEST_F(WatcherTest, APageWithoutVersionIsAFailure) {
  Watcher watcher({}, 7);
  EXPECT_FALSE(watcher.OnPage("", ""));
  EXPECT_EQ(watcher.next().request, Listing());
  EXPECT_GE(watcher.next().wait, milliseconds(800));
}

TEST_F(WatcherTest, AnEventWithoutVersionKeepsTheLastOne) {
  Watcher watcher = Watching("10");
  watcher.OnEvent("");
  watcher.OnWatchEnd();
  EXPECT_EQ(watcher.next().request, From("10"));
}

TEST_F(WatcherTest, WaitsDoubleUpToTheMaximumPlusJitter) {
  Watcher watcher = Watching("10");
  milliseconds expected(800);
  for (int i = 0; i < 10; ++i) {
    watcher.OnError(kAway, {});
    EXPECT_GE(watcher.next().wait, expected);
    EXPECT_LE(watcher.next().wait, expected + expected / 2);
    expected = std::min(expected * 2, milliseconds(30'000));
  }
}

TEST_F(WatcherTest, QuietTimeResetsTheWait) {
  Watcher watcher = Watching("10");
  for (int i = 0; i < 5; ++i) watcher.OnError(kAway, {});
  watcher.OnError(kAway, seconds(120));
  EXPECT_LE(watcher.next().wait, milliseconds(1'200));
}

TEST_F(WatcherTest, TheServersRetryAfterIsHonoured) {
  Watcher watcher = Watching("10");
  Error busy = ResourceExhausted("busy");
  busy.retry_after = seconds(77);
  watcher.OnError(busy, {});
  EXPECT_EQ(watcher.next().wait, seconds(77));
}

}  // namespace
}  // namespace culvert::kube
