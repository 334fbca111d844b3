// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/retry.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace culvert {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FailsWith;
using test::IsOkAndHolds;

constexpr std::uint64_t kSeed = 42;

std::string ContextOf(const Error& error, std::string_view key) {
  for (const auto& [name, value] : error.context) {
    if (name == key) return value;
  }
  return "";
}

class RetryTest : public testing::Test {
 protected:
  /// Fails with `error` so many times, then succeeds.
  Result<int> Run(const Error& error, int failures,
                  Idempotency idempotency = Idempotency::kIdempotent) {
    return Retry(env_.ctx(), policy_, idempotency, kSeed, [&]() -> Result<int> {
      if (calls_++ < failures) return Fail(error);
      return calls_;
    });
  }
  test::FakeContext env_;
  RetryPolicy policy_;
  int calls_ = 0;
};

TEST_F(RetryTest, GivesTheFirstSuccess) {
  EXPECT_THAT(Run(Unavailable("down"), 3), IsOkAndHolds(4));
  EXPECT_EQ(env_.clock().sleeps().size(), 3U);
}

TEST_F(RetryTest, SaysOnceWhyItWaits) {
  EXPECT_THAT(Run(Unavailable("down"), 3), IsOkAndHolds(4));
  const std::string& log = env_.log_text();
  EXPECT_NE(log.find(R"("level":"warn","msg":"trying again","error":"down")"), std::string::npos)
      << log;
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
}

TEST_F(RetryTest, StopsOnPermanentError) {
  const auto result = Run(InvalidArgument("bad"), 9);
  ASSERT_THAT(result, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(ContextOf(result.error(), "retry"), "permanent");
  EXPECT_EQ(ContextOf(result.error(), "attempts"), "1");
}

TEST_F(RetryTest, StopsAfterSoManyAttempts) {
  const auto result = Run(Unavailable("down"), 99);
  ASSERT_THAT(result, FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(calls_, policy_.attempts_max);
  EXPECT_EQ(ContextOf(result.error(), "retry"), "exhausted");
}

TEST_F(RetryTest, NeverRepeatsWhatIsNotIdempotent) {
  const auto result = Run(Unavailable("down"), 99, Idempotency::kNotIdempotent);
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(ContextOf(result.error(), "retry"), "not_idempotent");
}

TEST_F(RetryTest, ThrottlingDoesNotCountAsAnAttempt) {
  EXPECT_THAT(Run(ResourceExhausted("later"), policy_.attempts_max * 2),
              IsOkAndHolds(policy_.attempts_max * 2 + 1));
}

TEST_F(RetryTest, ThrottlingEndsWithTheBudget) {
  policy_.budget = seconds(100);
  const SteadyTime begin = env_.clock().SteadyNow();
  const auto result = Run(ResourceExhausted("later"), 1'000'000);
  EXPECT_EQ(ContextOf(result.error(), "retry"), "exhausted");
  EXPECT_LT(env_.clock().SteadyNow() - begin, seconds(100));
}

TEST_F(RetryTest, TellsOfWhatWillBeTriedAgain) {
  std::vector<std::string> told;
  policy_.on_retry = [&told](const Error& error) { told.push_back(error.message); };
  EXPECT_THAT(Run(Unavailable("down"), 2), IsOkAndHolds(3));
  EXPECT_EQ(told, (std::vector<std::string>{"down", "down"}));
  EXPECT_FALSE(Run(InvalidArgument("bad"), 9));
  EXPECT_EQ(told.size(), 2U);  // nothing comes after it
}

TEST_F(RetryTest, WaitsAsLongAsTheServerSays) {
  Error error = ResourceExhausted("later");
  error.retry_after = seconds(7);
  EXPECT_THAT(Run(error, 1), IsOkAndHolds(2));
  ASSERT_EQ(env_.clock().sleeps().size(), 1U);
  EXPECT_GE(env_.clock().sleeps()[0], seconds(7));
  EXPECT_LE(env_.clock().sleeps()[0], milliseconds(7700));
}

TEST_F(RetryTest, StopEndsIt) {
  const auto result =
      Retry(env_.ctx(), policy_, Idempotency::kIdempotent, kSeed, [&]() -> Result<int> {
        env_.Stop();
        return Fail(Unavailable("down"));
      });
  EXPECT_EQ(ContextOf(result.error(), "retry"), "stopped");
}

TEST_F(RetryTest, WorksForAStatus) {
  int calls = 0;
  const Status status =
      Retry(env_.ctx(), policy_, Idempotency::kIdempotent, kSeed, [&]() -> Status {
        if (++calls < 2) return Fail(Unavailable("down"));
        return {};
      });
  EXPECT_TRUE(status.has_value());
}

TEST(BackoffTest, StaysWithinItsGrowingBound) {
  const RetryPolicy policy;
  Backoff backoff(policy, kSeed);
  milliseconds bound = policy.delay_initial;
  for (int i = 0; i < 20; ++i) {
    const milliseconds delay = backoff.Next(Unavailable("down"));
    EXPECT_GE(delay, milliseconds(0));
    EXPECT_LE(delay, std::min(bound, policy.delay_max));
    bound = std::min(bound * 2, policy.delay_max);
  }
}

TEST(BackoffTest, RepeatsItselfFromOneSeed) {
  Backoff first(RetryPolicy(), kSeed);
  Backoff second(RetryPolicy(), kSeed);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(first.Next(Unavailable("down")), second.Next(Unavailable("down")));
  }
}

TEST(BackoffTest, ResetBeginsSmallAgain) {
  const RetryPolicy policy;
  Backoff backoff(policy, kSeed);
  for (int i = 0; i < 10; ++i) backoff.Next(Unavailable("down"));
  backoff.Reset();
  EXPECT_LE(backoff.Next(Unavailable("down")), policy.delay_initial);
}

}  // namespace
}  // namespace culvert
