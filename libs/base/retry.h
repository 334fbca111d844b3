// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <utility>

namespace culvert {

/// Declared per operation, never guessed: only kIdempotent requests are sent again.
enum class Idempotency : std::uint8_t { kIdempotent, kNotIdempotent };

/// How long to keep trying. Throttling (kResourceExhausted) is waited out until the deadline and
/// does not count against `attempts_max`: the service says "later", not "no".
struct RetryPolicy {
  int attempts_max = 8;
  std::chrono::milliseconds delay_initial{200};
  std::chrono::milliseconds delay_max{64'000};
  std::chrono::milliseconds budget{15 * 60 * 1000};  // of one Retry call, throttling included
  /// Told of each failure that will be tried again, before the wait; any thread. May be empty.
  std::function<void(const Error&)> on_retry = {};
};

/// Exponential delays with full jitter, seeded so that a run can be repeated. Not thread-safe.
class Backoff {
 public:
  Backoff(const RetryPolicy& policy, std::uint64_t seed);
  /// The next wait: uniform in [0, min(delay_max, delay_initial * 2^n)], or `retry_after` when the
  /// server named one (capped at delay_max) plus jitter of up to a tenth.
  std::chrono::milliseconds Next(const Error& error);
  void Reset();

 private:
  RetryPolicy policy_;
  std::mt19937_64 random_;
  int step_ = 0;
};

/// Whether `error` may be tried again under `policy` after `attempts` tries so far.
bool ShouldRetry(const RetryPolicy& policy, Idempotency idempotency, const Error& error,
                 int attempts);

namespace internal {

/// The part of Retry that does not depend on what is retried: counts, waits, decides.
class RetryLoop {
 public:
  RetryLoop(const OpContext& ctx, const RetryPolicy& policy, Idempotency idempotency,
            std::uint64_t seed);
  /// Waits and returns nothing when another try is due, else the error to give back.
  std::optional<Error> AfterFailure(Error error);

 private:
  const OpContext& ctx_;  // of the Retry call that this object lives in
  RetryPolicy policy_;
  Idempotency idempotency_;
  Backoff backoff_;
  SteadyTime give_up_;
  int attempts_ = 0;
  int counted_ = 0;  // attempts without the throttled ones
};

}  // namespace internal

/// Runs `fn` until it succeeds, fails for good, or the policy, deadline or stop ends it; the last
/// error then carries context `retry` = "permanent" | "exhausted" | "not_idempotent" | "stopped"
/// and `attempts`. A wait that would pass the deadline is not begun. `seed` feeds the jitter.
template <typename Fn>
auto Retry(const OpContext& ctx, const RetryPolicy& policy, Idempotency idempotency,
           std::uint64_t seed, Fn&& fn) -> decltype(fn()) {
  internal::RetryLoop loop(ctx, policy, idempotency, seed);
  while (true) {
    auto result = fn();
    if (result) return result;
    if (auto last = loop.AfterFailure(std::move(result).error())) return Fail(*std::move(last));
  }
}

}  // namespace culvert
