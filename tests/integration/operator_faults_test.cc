// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/operator_fixture.h"
#include "tests/support/api_proxy.h"
#include "tests/support/fault_plans.h"
#include "tests/support/sanitized.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <string_view>

// One thing goes wrong between the operator and the API server, in a run of its own for each thing
// and place: an answer (E-k-c of docs/reliability.md), a watch (W-m), an event that comes late
// (U-j), or a new leader that reads from a replica which stands still (S-j). Each run must end as
// the undisturbed one: the same rows, one attempt, the same number of objects made and removed. A
// plan counts only if its fault took place.
//
// With CULVERT_FAULTS=all each place has its run, as in `make faults`; else a part of them, which
// differs by plan.

namespace culvert::test {
namespace {

enum class Shape { kSmall, kShards, kOwnCommits };

std::string NameOfShape(Shape shape) {
  return shape == Shape::kSmall ? "Small" : shape == Shape::kShards ? "Shards" : "OwnCommits";
}

/// How the run ended, as far as it must not depend on faults.
struct Ending {
  std::map<std::string, int> changes;
  int exchanges = 0;
  int events = 0;
};

class OperatorFaultsTest : public OperatorFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeParts();
  }

  static std::string Spec(Shape shape, const std::string& target) {
    CopySpecText text = CopyOfParts(target);
    text.threads = shape == Shape::kSmall ? 2 : 1;
    text.consistency_commit = shape != Shape::kOwnCommits;
    text.truncate = shape == Shape::kShards;
    return text.Json();
  }

  /// Whether the run is over and nothing of it stays.
  bool IsOver() {
    const std::string status = Condition("run", "Succeeded")["status"];
    return (status == "True" || status == "False") && Children().empty() && Claims().empty();
  }

  /// Jobs and ConfigMaps made and removed.
  std::map<std::string, int> Changes() const {
    std::map<std::string, int> changes = api_->Changes();
    std::erase_if(changes, [](const auto& one) {
      return !one.first.ends_with(" jobs") && !one.first.ends_with(" configmaps");
    });
    return changes;
  }

  /// Begins a run behind a proxy that `prepare` may set up.
  void Begin(Shape shape, const std::function<void(ApiProxy&)>& prepare) {
    target_ = "t" + std::to_string(++runs_);
    MakeTable(target_, "id bigint, name string", "load string");
    StartCluster();
    proxy_ = std::make_unique<ApiProxy>(*api_);
    prepare(*proxy_);
    StartOperatorBehind(*proxy_, "a");
    Apply("run", Spec(shape, target_));
  }

  /// Waits for its end and looks at it.
  Ending End() {
    EXPECT_EQ(WaitForEnd("run"), "True") << Explain("run");
    EXPECT_TRUE(WaitFor([this] { return IsOver(); })) << Explain("run");
    EXPECT_EQ(Difference(target_, "all", "load=1"), "") << Explain("run");
    EXPECT_EQ(Get("run")["status"]["attempt"], 1) << Explain("run");
    const Ending ending{
        .changes = Changes(), .exchanges = proxy_->exchanges(), .events = proxy_->events()};
    delivered_ = proxy_->delivered();
    StopOperator();
    cluster_.reset();
    return ending;
  }

  /// The run without any fault.
  Ending Reference(Shape shape) {
    Begin(shape, [](ApiProxy&) {});
    return End();
  }

  /// Calls `at(k)` for the places of a plan, first..last; all of them, or a part that `salt`
  /// chooses.
  static void ForPlaces(int last, int salt, int part, const std::function<void(int)>& at) {
    const int step = AllFaults() ? 1 : kSanitized ? part * 4 : part;
    for (int k = 1 + salt % std::min(step, std::max(1, last / 2)); k <= last && !HasFailure();
         k += step) {
      SCOPED_TRACE("place " + std::to_string(k));
      at(k);
    }
  }

  int delivered_ = 0;
  std::unique_ptr<ApiProxy> proxy_;

 private:
  std::string target_;
  int runs_ = 0;
};

struct AnswerCase {
  std::string_view name;
  ApiFault fault;
};

const AnswerCase kAnswers[] = {
    {"Conflict", {.kind = ApiFault::Kind::kAnswer, .status = 409}},
    {"Gone", {.kind = ApiFault::Kind::kAnswer, .status = 410}},
    {"TooMany", {.kind = ApiFault::Kind::kAnswer, .status = 429, .retry_after_seconds = 1}},
    {"Internal", {.kind = ApiFault::Kind::kAnswer, .status = 500}},
    {"Unavailable", {.kind = ApiFault::Kind::kAnswer, .status = 503}},
    {"Timeout", {.kind = ApiFault::Kind::kAnswer, .status = 504}},
    {"Reset", {.kind = ApiFault::Kind::kDropRequest}},
    {"ReplyLost", {.kind = ApiFault::Kind::kDropReply}},
    {"HalfReply", {.kind = ApiFault::Kind::kHalfReply}},
};

class OperatorAnswersTest
    : public OperatorFaultsTest,
      public ::testing::WithParamInterface<std::tuple<Shape, AnswerCase, int>> {};

TEST_P(OperatorAnswersTest, AnyRequestMayMeetIt) {
  const Shape shape = std::get<0>(GetParam());
  const ApiFault fault = std::get<1>(GetParam()).fault;
  const int times = std::get<2>(GetParam());
  const Ending reference = Reference(shape);
  constexpr int kPart = 43;
  const int salt = fault.status + static_cast<int>(fault.kind) + times + static_cast<int>(shape);
  int plans = 0;
  ForPlaces(reference.exchanges, salt, kPart, [&](int k) {
    int left = times;
    std::string what;
    Begin(shape, [&](ApiProxy& proxy) {
      proxy.SetPlan([&, k](const ApiExchange& exchange) {
        const std::string one = exchange.method + " " + exchange.path;
        if (exchange.number == k) what = one;
        if (exchange.number < k || one != what || left == 0) return ApiFault{};
        --left;
        return fault;
      });
    });
    const Ending ending = End();
    EXPECT_EQ(ending.changes, reference.changes) << what << "\n" << proxy_->Trace();
    EXPECT_TRUE(delivered_ > 0 || ending.exchanges < k) << "the fault did not take place";
    plans += delivered_ > 0 ? 1 : 0;
  });
  TellFaults(plans, 0);
  EXPECT_GT(plans, 0);
}

std::string NameOfAnswer(const ::testing::TestParamInfo<std::tuple<Shape, AnswerCase, int>>& one) {
  return NameOfShape(std::get<0>(one.param)) + std::string(std::get<1>(one.param).name);
}

INSTANTIATE_TEST_SUITE_P(Once, OperatorAnswersTest,
                         ::testing::Combine(::testing::Values(Shape::kSmall, Shape::kShards,
                                                              Shape::kOwnCommits),
                                            ::testing::ValuesIn(kAnswers), ::testing::Values(1)),
                         NameOfAnswer);

INSTANTIATE_TEST_SUITE_P(FiveTimes, OperatorAnswersTest,
                         ::testing::Combine(::testing::Values(Shape::kShards),
                                            ::testing::ValuesIn(kAnswers), ::testing::Values(5)),
                         NameOfAnswer);

class OperatorWatchesTest : public OperatorFaultsTest,
                            public ::testing::WithParamInterface<std::tuple<Shape, WatchFault>> {};

TEST_P(OperatorWatchesTest, AnyEventMayMeetIt) {
  const Shape shape = std::get<0>(GetParam());
  const WatchFault fault = std::get<1>(GetParam());
  const Ending reference = Reference(shape);
  constexpr int kPart = 19;
  int plans = 0;
  ForPlaces(reference.events, static_cast<int>(fault) + static_cast<int>(shape), kPart, [&](int m) {
    Begin(shape, [&](ApiProxy& proxy) {
      proxy.SetWatchPlan([=](int number) { return number == m ? fault : WatchFault::kNone; });
    });
    EXPECT_EQ(End().changes, reference.changes);
    plans += delivered_ > 0 ? 1 : 0;
  });
  TellFaults(plans, 0);
  EXPECT_GT(plans, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Every, OperatorWatchesTest,
    ::testing::Combine(::testing::Values(Shape::kSmall, Shape::kShards, Shape::kOwnCommits),
                       ::testing::Values(WatchFault::kCut, WatchFault::kGone, WatchFault::kHalfLine,
                                         WatchFault::kHold)),
    [](const auto& one) {
      const WatchFault fault = std::get<1>(one.param);
      return NameOfShape(std::get<0>(one.param)) + (fault == WatchFault::kCut        ? "Cut"
                                                    : fault == WatchFault::kGone     ? "Gone"
                                                    : fault == WatchFault::kHalfLine ? "HalfLine"
                                                                                     : "Held");
    });

class OperatorStaleTest : public OperatorFaultsTest, public ::testing::WithParamInterface<Shape> {};

TEST_P(OperatorStaleTest, ANewLeaderMayReadWhatWas) {
  const Shape shape = GetParam();
  const Ending reference = Reference(shape);
  constexpr int kPart = 13;
  constexpr int kLead = 6;  // events that the replica lacks
  int plans = 0;
  ForPlaces(reference.events, static_cast<int>(shape), kPart, [&](int j) {
    std::unique_ptr<FakeKubeApi> replica;
    std::atomic<bool> late = false;
    Begin(shape, [&](ApiProxy& proxy) {
      proxy.SetOnEvent([&, j](int number) {
        if (number == j) replica = api_->Snapshot();
        if (number == j + kLead) late = true;
      });
    });
    EXPECT_TRUE(WaitFor([&] { return late || IsOver(); })) << Explain("run");
    StopOperator();
    proxy_->SetOnEvent({});
    const bool stale = replica != nullptr;
    if (stale) proxy_->ReadFrom(replica.get());
    const int before = proxy_->exchanges();
    StartOperatorBehind(*proxy_, "b");
    // It lists and watches each kind, decides, and meets the server's word on what it writes.
    constexpr int kEnough = 12;
    constexpr std::chrono::milliseconds kFrozen{400};
    WaitFor([&] { return proxy_->exchanges() - before > kEnough; }, kFrozen);
    proxy_->ReadFrom(nullptr);
    // A watch may have begun at the replica at the same moment.
    EXPECT_TRUE(WaitFor([&] {
      if (stale) replica->EndWatches();
      return IsOver();
    })) << Explain("run");
    plans += stale ? 1 : 0;
    End();
  });
  TellFaults(plans, 0);
  EXPECT_GT(plans, 0);
}

INSTANTIATE_TEST_SUITE_P(Every, OperatorStaleTest,
                         ::testing::Values(Shape::kSmall, Shape::kShards, Shape::kOwnCommits),
                         [](const auto& one) { return NameOfShape(one.param); });

}  // namespace
}  // namespace culvert::test
