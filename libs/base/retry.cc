// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/retry.h"

#include "libs/base/log.h"

#include <algorithm>
#include <string>

namespace culvert {

using std::chrono::milliseconds;

Backoff::Backoff(const RetryPolicy& policy, std::uint64_t seed) : policy_(policy), random_(seed) {}

milliseconds Backoff::Next(const Error& error) {
  const auto up_to = [this](milliseconds bound) {
    std::uniform_int_distribution<milliseconds::rep> uniform(
        0, std::max<std::int64_t>(0, bound.count()));
    return milliseconds(uniform(random_));
  };
  milliseconds bound = policy_.delay_initial;
  for (int i = 0; i < step_ && bound < policy_.delay_max; ++i) bound *= 2;
  ++step_;
  if (error.retry_after) {
    const milliseconds named = std::min(*error.retry_after, policy_.delay_max);
    return named + up_to(named / 10);
  }
  return up_to(std::min(bound, policy_.delay_max));
}

void Backoff::Reset() { step_ = 0; }

bool ShouldRetry(const RetryPolicy& policy, Idempotency idempotency, const Error& error,
                 int attempts) {
  if (idempotency == Idempotency::kNotIdempotent || !IsRetryable(error.code)) return false;
  return error.code == ErrorCode::kResourceExhausted || attempts < policy.attempts_max;
}

namespace internal {

RetryLoop::RetryLoop(const OpContext& ctx, const RetryPolicy& policy, Idempotency idempotency,
                     std::uint64_t seed)
    : ctx_(ctx),
      policy_(policy),
      idempotency_(idempotency),
      backoff_(policy, seed),
      give_up_(ctx.WithTimeout(policy.budget).deadline) {}

std::optional<Error> RetryLoop::AfterFailure(Error error) {
  ++attempts_;
  if (error.code != ErrorCode::kResourceExhausted) ++counted_;
  const auto end = [&](std::string_view why) {
    return std::move(error)
        .With("retry", std::string(why))
        .With("attempts", std::to_string(attempts_));
  };
  if (error.code == ErrorCode::kCancelled || ctx_.stop.stop_requested()) return end("stopped");
  if (!IsRetryable(error.code)) return end("permanent");
  if (idempotency_ == Idempotency::kNotIdempotent) return end("not_idempotent");
  if (!ShouldRetry(policy_, idempotency_, error, counted_)) return end("exhausted");
  const SteadyTime next = ctx_.clock.SteadyNow() + backoff_.Next(error);
  if (next >= give_up_) return end("exhausted");
  if (policy_.on_retry) policy_.on_retry(error);
  // Once a call: whoever waits should know for what, and a storm of them is no news.
  if (attempts_ == 1) ctx_.log.Warn("trying again", {{"error", ToString(error)}});
  if (!ctx_.clock.SleepUntil(next, ctx_.stop)) return end("stopped");
  return std::nullopt;
}

}  // namespace internal
}  // namespace culvert
