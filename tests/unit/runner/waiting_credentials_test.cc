// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/waiting_credentials.h"

#include "libs/syncjob/step_message.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace culvert::runner {
namespace {

using std::chrono::seconds;

// Has a key, and another one, only from certain calls on.
class LateCredentials final : public maxcompute::CredentialsProvider {
 public:
  int missing_calls = 0;
  int stale_calls = 0;
  Result<std::shared_ptr<const maxcompute::Credentials>> Get() override {
    if (missing_calls-- > 0) return Fail(Unauthenticated("none").Because("CredentialsMissing"));
    return std::make_shared<const maxcompute::Credentials>();
  }
  bool Refresh(const maxcompute::Credentials&) override { return stale_calls-- <= 0; }
};

TEST(WaitingCredentialsTest, WaitsForAKeyThatIsNotThereYet) {
  test::FakeClock clock;
  auto late = std::make_unique<LateCredentials>();
  late->missing_calls = 20;
  const auto waiting = WaitingCredentials(std::move(late), syncjob::kCredentialsWait, {}, clock);
  EXPECT_THAT(waiting->Get(), test::IsOk());
}

TEST(WaitingCredentialsTest, WaitsForAnotherKeyAfterARejection) {
  test::FakeClock clock;
  auto late = std::make_unique<LateCredentials>();
  late->stale_calls = 60;
  const SteadyTime begin = clock.SteadyNow();
  const auto waiting = WaitingCredentials(std::move(late), syncjob::kCredentialsWait, {}, clock);
  EXPECT_TRUE(waiting->Refresh({}));
  EXPECT_EQ(clock.SteadyNow() - begin, seconds(120));
}

TEST(WaitingCredentialsTest, GivesUpWhenTheBudgetIsSpent) {
  test::FakeClock clock;
  auto late = std::make_unique<LateCredentials>();
  late->stale_calls = 1000;
  const SteadyTime begin = clock.SteadyNow();
  const auto waiting = WaitingCredentials(std::move(late), syncjob::kCredentialsWait, {}, clock);
  EXPECT_FALSE(waiting->Refresh({}));
  EXPECT_LE(clock.SteadyNow() - begin, syncjob::kCredentialsWait);
}

TEST(WaitingCredentialsTest, StopEndsTheWait) {
  test::FakeClock clock;
  auto late = std::make_unique<LateCredentials>();
  late->missing_calls = 1000;
  std::stop_source stop;
  stop.request_stop();
  const auto waiting =
      WaitingCredentials(std::move(late), syncjob::kCredentialsWait, stop.get_token(), clock);
  EXPECT_THAT(waiting->Get(), test::FailsWith(ErrorCode::kCancelled));
  EXPECT_TRUE(waiting->Refresh({}));  // there is one, nothing was waited for
}

}  // namespace
}  // namespace culvert::runner
