// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/work_queue.h"

#include "tests/support/fake_clock.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace culvert::kube {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): matchers and fakes

using std::chrono::milliseconds;

ObjectKey Key(std::string name) { return {.name_space = "ns", .name = std::move(name)}; }

class WorkQueueTest : public testing::Test {
 protected:
  /// Name of the next ready key, "-" when there is none.
  std::string Next() {
    const auto key = queue_.TryTake();
    return key ? key->name : "-";
  }
  FakeClock clock_;
  WorkQueue queue_{clock_, {.backoff_initial = milliseconds(10), .backoff_max = milliseconds(35)}};
};

TEST_F(WorkQueueTest, AKeyWaitsOnce) {
  queue_.Add(Key("a"));
  queue_.Add(Key("a"));
  EXPECT_EQ(queue_.depth(), 1u);
  EXPECT_EQ(Next(), "a");
  EXPECT_EQ(Next(), "-");
}

TEST_F(WorkQueueTest, AKeyAtWorkComesBackWhenItIsDone) {
  queue_.Add(Key("a"));
  EXPECT_EQ(Next(), "a");
  queue_.Add(Key("a"));
  EXPECT_EQ(Next(), "-") << "two workers must not hold one key";
  queue_.Done(Key("a"));
  EXPECT_EQ(Next(), "a");
  queue_.Done(Key("a"));
  EXPECT_EQ(Next(), "-");
  EXPECT_EQ(queue_.working(), 0u);
}

TEST_F(WorkQueueTest, FirstComeFirstServed) {
  for (const char* name : {"b", "a", "c"}) queue_.Add(Key(name));
  std::string order;
  for (int i = 0; i < 3; ++i) order += Next();
  EXPECT_EQ(order, "bac");
}

TEST_F(WorkQueueTest, LowPriorityWaitsBehindHigh) {
  queue_.Add(Key("old"), Priority::kLow);
  queue_.Add(Key("new"));
  EXPECT_EQ(Next(), "new");
  EXPECT_EQ(Next(), "old");
}

TEST_F(WorkQueueTest, AHighAddLiftsALowOne) {
  queue_.Add(Key("a"), Priority::kLow);
  queue_.Add(Key("b"), Priority::kLow);
  queue_.Add(Key("b"));
  EXPECT_EQ(Next(), "b");
}

TEST_F(WorkQueueTest, ADelayedKeyWaitsForItsTime) {
  queue_.AddAfter(Key("a"), milliseconds(100));
  EXPECT_EQ(Next(), "-");
  clock_.Advance(milliseconds(99));
  EXPECT_EQ(Next(), "-");
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(Next(), "a");
}

TEST_F(WorkQueueTest, TheEarliestOfSeveralDelaysWins) {
  queue_.AddAfter(Key("a"), milliseconds(100));
  queue_.AddAfter(Key("a"), milliseconds(10));
  queue_.AddAfter(Key("a"), milliseconds(500));
  clock_.Advance(milliseconds(10));
  EXPECT_EQ(Next(), "a");
  queue_.Done(Key("a"));
  clock_.Advance(milliseconds(1'000));
  EXPECT_EQ(Next(), "-");
}

TEST_F(WorkQueueTest, AnAddDoesNotWaitForADelay) {
  queue_.AddAfter(Key("a"), milliseconds(100));
  queue_.Add(Key("a"));
  EXPECT_EQ(Next(), "a");
}

TEST_F(WorkQueueTest, BackoffDoublesToItsMaximumAndForgets) {
  std::vector<int> waited;
  for (int i = 0; i < 4; ++i) {
    queue_.AddRateLimited(Key("a"));
    int ms = 0;
    while (Next() == "-") {
      clock_.Advance(milliseconds(1));
      ++ms;
    }
    waited.push_back(ms);
    queue_.Done(Key("a"));
  }
  EXPECT_EQ(waited, (std::vector<int>{10, 20, 35, 35}));
  queue_.Forget(Key("a"));
  queue_.AddRateLimited(Key("a"));
  clock_.Advance(milliseconds(10));
  EXPECT_EQ(Next(), "a");
}

TEST_F(WorkQueueTest, StopWakesAWaitingWorker) {
  std::jthread worker(
      [this](const std::stop_token& stop) { EXPECT_FALSE(queue_.Take(stop).has_value()); });
  worker.request_stop();
}

TEST_F(WorkQueueTest, ManyWorkersNeverShareAKey) {
  constexpr int kKeys = 8;
  constexpr int kAdds = 400;
  std::array<std::atomic<int>, kKeys> held{};
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> workers;
    workers.reserve(4);
    for (int i = 0; i < 4; ++i) {
      workers.emplace_back([&](const std::stop_token& stop) {
        while (const auto key = queue_.Take(stop)) {
          auto& mine = held.at(static_cast<std::size_t>(std::stoi(key->name)));
          EXPECT_EQ(mine.fetch_add(1), 0);
          ++taken;
          mine.fetch_sub(1);
          queue_.Done(*key);
        }
      });
    }
    for (int i = 0; i < kAdds; ++i) queue_.Add(Key(std::to_string(i % kKeys)));
    while (queue_.depth() + queue_.working() > 0) std::this_thread::yield();
  }
  EXPECT_GE(taken, kKeys);
  EXPECT_LE(taken, kAdds);
}

}  // namespace
}  // namespace culvert::kube
