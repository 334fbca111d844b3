// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"

#include <atomic>
#include <cstdint>

namespace culvert::emulator {

/// Another clock with its wall time moved: sessions expire and dates skew on demand. Monotonic time
/// and sleeping stay as they are. Thread-safe.
class OffsetClock final : public Clock {
 public:
  /// `base` must outlive it.
  explicit OffsetClock(Clock& base) : base_(base) {}

  WallTime Now() const override {
    return base_.Now() + std::chrono::milliseconds(offset_millis_.load());
  }
  SteadyTime SteadyNow() const override { return base_.SteadyNow(); }
  bool SleepUntil(SteadyTime deadline, const std::stop_token& stop) override {
    return base_.SleepUntil(deadline, stop);
  }

  void Advance(std::chrono::milliseconds by) { offset_millis_ += by.count(); }
  void Set(WallTime now) {
    offset_millis_ =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - base_.Now()).count();
  }

 private:
  Clock& base_;
  std::atomic<std::int64_t> offset_millis_ = 0;
};

}  // namespace culvert::emulator
