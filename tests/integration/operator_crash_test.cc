// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/operator_fixture.h"
#include "tests/integration/test_history.h"
#include "tests/support/crash_points.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <random>
#include <stop_token>
#include <string>

// Kills the operator before and after each of its API writes of one run, starts another one, and
// looks at the end: the same rows, one attempt, every object removed in its time. Then kills
// operators and pods at random times.

namespace culvert::test {
namespace {

enum class Kind { kSmall, kShards, kOwnCommits };
enum class When { kBefore, kAfter };

std::string SpecOf(Kind kind, CopySpecText text) {
  text.threads = kind == Kind::kSmall ? 2 : 1;
  text.consistency_commit = kind != Kind::kOwnCommits;
  text.truncate = kind == Kind::kShards;
  return text.Json();
}

std::string KindName(Kind kind) {
  return kind == Kind::kSmall ? "Small" : kind == Kind::kShards ? "Shards" : "OwnCommits";
}

class OperatorCrashTest : public OperatorFixture,
                          public ::testing::WithParamInterface<std::tuple<Kind, When>> {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeParts();
  }

  static std::string Spec(Kind kind, const std::string& target) {
    return SpecOf(kind, CopyOfParts(target));
  }

  static bool IsWrite(const http::Request& request) { return request.method != "GET"; }
  static bool IsOf(const http::Request& request, const std::string& name) {
    return request.headers.Get("User-Agent") == "operator/" + name;
  }

  /// Events are for people: they are no part of a run.
  static bool IsEvent(const http::Request& request) {
    return request.url.find("/events") != std::string::npos;
  }

  /// One run; the operator `a` dies at its `n`-th write (0: never). Empty when it had no so many.
  bool RunWithCrash(Kind kind, When when, int n, const std::string& target) {
    MakeTable(target, "id bigint, name string", "load string");
    StartCluster();
    std::atomic<int> writes = 0;
    std::atomic<bool> dead = false;
    const auto dies = [&](const http::Request& request) {
      if (!IsOf(request, "a") || !IsWrite(request) || IsEvent(request)) return false;
      return ++writes == n;
    };
    const auto gone = [] { return Fail(Unavailable("the operator is dead")); };
    api_->SetBefore([&](const http::Request& request) -> Status {
      if (IsOf(request, "a") && dead) return gone();
      if (when == When::kBefore && dies(request)) {
        dead = true;
        return gone();
      }
      return {};
    });
    api_->SetAfter([&](const http::Request& request) -> Status {
      if (when == When::kAfter && dies(request)) {
        dead = true;
        return gone();
      }
      return {};
    });
    StartOperator("a");
    Apply("run", Spec(kind, target));
    const auto is_over = [&] {
      return !Get("run").is_null() && Children().empty() && Claims().empty() &&
             (Condition("run", "Succeeded")["status"] == "True" ||
              Condition("run", "Succeeded")["status"] == "False");
    };
    EXPECT_TRUE(WaitFor([&] { return dead || is_over(); })) << Explain("run");
    const bool hit = dead;
    if (hit) {
      StopOperator();
      StartOperator("b");
    }
    EXPECT_EQ(WaitForEnd("run"), "True") << Explain("run");
    EXPECT_TRUE(WaitFor(is_over)) << Explain("run");
    EXPECT_EQ(Difference(target, "all", "load=1"), "") << Explain("run");
    EXPECT_EQ(Get("run")["status"]["attempt"], 1) << Explain("run");
    StopOperator();
    cluster_.reset();
    api_->SetBefore({});
    api_->SetAfter({});
    return hit;
  }
};

TEST_P(OperatorCrashTest, AnyWriteMayBeItsLast) {
  const auto [kind, when] = GetParam();
  constexpr int kWritesMax = 60;
  CrashAtEveryPoint(kWritesMax, [&, kind = kind, when = when](int n) {
    return RunWithCrash(kind, when, n, "t" + std::to_string(n));
  });
}

std::string NameOf(const ::testing::TestParamInfo<std::tuple<Kind, When>>& one) {
  const auto [kind, when] = one.param;
  return KindName(kind) + (when == When::kBefore ? "Before" : "After");
}

INSTANTIATE_TEST_SUITE_P(EveryWrite, OperatorCrashTest,
                         ::testing::Combine(::testing::Values(Kind::kSmall, Kind::kShards,
                                                              Kind::kOwnCommits),
                                            ::testing::Values(When::kBefore, When::kAfter)),
                         NameOf);

class OperatorKillsTest : public OperatorFixture, public ::testing::WithParamInterface<Kind> {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeParts();
  }

  void TearDown() override {
    const auto history = TestHistory::Now().Collect(dir().path());
    ASSERT_TRUE(history.has_value());
    EXPECT_FALSE(history->attempts.empty()) << "the history knows no run";
    EXPECT_FALSE(history->ends.empty());
  }

  // One run, disturbed until it is over: at random times a pod is killed, so seldom that the run
  // has another pod to go on with, or the operator, whose requests end at once, and the next one
  // starts. The number of kills.
  int RunWithKills(Kind kind, std::mt19937_64& random, const std::string& target) {
    MakeTable(target, "id bigint, name string", "load string");
    StartCluster();
    std::atomic<int> alive = 0;
    api_->SetBefore([&alive](const http::Request& request) -> Status {
      const std::string agent(request.headers.Get("User-Agent").value_or(""));
      if (!agent.starts_with("operator/") || agent == "operator/" + std::to_string(alive)) {
        return {};
      }
      return Fail(Unavailable("the operator is dead"));
    });
    StartOperator("0");
    Apply("run", SpecOf(kind, CopyOfParts(target)));
    const auto is_over = [&] {
      const std::string status = Condition("run", "Succeeded")["status"];
      return Children().empty() && Claims().empty() && (status == "True" || status == "False");
    };
    const auto clock = MakeSystemClock();
    std::uniform_int_distribution<int> millis(1, kKillEveryMillis);
    int kills = 0;
    int pods = 0;
    for (int i = 0; i < kKillsOfARun; ++i) {
      clock->SleepUntil(clock->SteadyNow() + std::chrono::milliseconds(millis(random)),
                        std::stop_token());
      if (is_over()) break;
      if (pods < kPodKillsOfARun && random() % 2 == 0) {
        pods += cluster_->KillOne(random()) ? 1 : 0;
        continue;
      }
      ++alive;  // the one before is dead from here on
      StopOperator();
      StartOperator(std::to_string(alive));
      ++kills;
    }
    EXPECT_EQ(WaitForEnd("run"), "True") << Explain("run");
    EXPECT_TRUE(WaitFor(is_over)) << Explain("run");
    EXPECT_EQ(Difference(target, "all", "load=1"), "") << Explain("run");
    StopOperator();
    cluster_.reset();
    api_->SetBefore({});
    return kills + pods;
  }

  static constexpr int kKillEveryMillis = 60;
  static constexpr int kKillsOfARun = 6;
  static constexpr int kPodKillsOfARun = 2;
};

TEST_P(OperatorKillsTest, OperatorsAndPodsAtRandomTimes) {
  const int times = AllFaults() ? 90 : kSanitized ? 4 : 8;
  const std::uint64_t seed = 20261128 + static_cast<std::uint64_t>(GetParam());
  std::mt19937_64 random(seed);
  int kills = 0;
  for (int run = 0; kills < times && run < times && !HasFailure(); ++run) {
    SCOPED_TRACE("seed " + std::to_string(seed) + " run " + std::to_string(run));
    kills += RunWithKills(GetParam(), random, "t" + std::to_string(run));
  }
  EXPECT_GE(kills, times);
  TellFaults(kills, kills);
}

INSTANTIATE_TEST_SUITE_P(EveryKind, OperatorKillsTest,
                         ::testing::Values(Kind::kSmall, Kind::kShards, Kind::kOwnCommits),
                         [](const auto& one) { return KindName(one.param); });

}  // namespace
}  // namespace culvert::test
