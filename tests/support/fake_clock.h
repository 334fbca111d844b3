// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/mutex.h"

#include <chrono>
#include <vector>

namespace culvert::test {

/// A clock that only moves when told: by Advance, or by a SleepUntil, which returns at once after
/// moving the time to its deadline. Wall and steady time move together. Thread-safe.
class FakeClock final : public Clock {
 public:
  /// Begins at 2026-01-02T03:04:05Z unless told otherwise.
  FakeClock();
  explicit FakeClock(WallTime begin);

  WallTime Now() const override;
  SteadyTime SteadyNow() const override;
  /// False without moving when `stop` was requested before. A deadline of SteadyTime::max() is a
  /// wait for the stop alone: it really waits for it.
  bool SleepUntil(SteadyTime deadline, const std::stop_token& stop) override;

  void Advance(std::chrono::nanoseconds by);
  /// The lengths of all sleeps so far that had to wait, in order.
  std::vector<std::chrono::nanoseconds> sleeps() const;

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  WallTime wall_ GUARDED_BY(mutex_);
  SteadyTime steady_ GUARDED_BY(mutex_){std::chrono::hours(1)};
  std::vector<std::chrono::nanoseconds> sleeps_ GUARDED_BY(mutex_);
};

}  // namespace culvert::test
