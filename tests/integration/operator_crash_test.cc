// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/operator_fixture.h"
#include "tests/support/crash_points.h"

#include <gmock/gmock.h>

#include <atomic>
#include <string>

// Kills the operator before and after each of its API writes of one run, starts another one, and
// looks at the end: the same rows, one attempt, every object removed in its time.

namespace culvert::test {
namespace {

enum class Kind { kSmall, kShards, kOwnCommits };
enum class When { kBefore, kAfter };

class OperatorCrashTest : public OperatorFixture,
                          public ::testing::WithParamInterface<std::tuple<Kind, When>> {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeParts();
  }

  static std::string Spec(Kind kind, const std::string& target) {
    CopySpecText text = CopyOfParts(target);
    text.threads = kind == Kind::kSmall ? 2 : 1;
    text.consistency_commit = kind != Kind::kOwnCommits;
    text.truncate = kind == Kind::kShards;
    return text.Json();
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
  const std::string name = kind == Kind::kSmall    ? "Small"
                           : kind == Kind::kShards ? "Shards"
                                                   : "OwnCommits";
  return name + (when == When::kBefore ? "Before" : "After");
}

INSTANTIATE_TEST_SUITE_P(EveryWrite, OperatorCrashTest,
                         ::testing::Combine(::testing::Values(Kind::kSmall, Kind::kShards,
                                                              Kind::kOwnCommits),
                                            ::testing::Values(When::kBefore, When::kAfter)),
                         NameOf);

}  // namespace
}  // namespace culvert::test
