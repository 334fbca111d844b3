// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_clock.h"

namespace culvert::test {
namespace {

constexpr std::chrono::seconds kBegin{1'767'323'045};  // 2026-01-02T03:04:05Z

}  // namespace

FakeClock::FakeClock() : FakeClock(WallTime(kBegin)) {}
FakeClock::FakeClock(WallTime begin) : wall_(begin) {}

WallTime FakeClock::Now() const {
  const MutexLock lock(mutex_);
  return wall_;
}

SteadyTime FakeClock::SteadyNow() const {
  const MutexLock lock(mutex_);
  return steady_;
}

bool FakeClock::SleepUntil(SteadyTime deadline, const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  if (stop.stop_requested()) return false;
  if (deadline == SteadyTime::max()) {
    changed_.wait(mutex_, stop, [] { return false; });
    return false;
  }
  if (deadline <= steady_) return true;
  const std::chrono::nanoseconds length = deadline - steady_;
  sleeps_.push_back(length);
  steady_ += length;
  wall_ += std::chrono::duration_cast<WallTime::duration>(length);
  return true;
}

void FakeClock::Advance(std::chrono::nanoseconds by) {
  const MutexLock lock(mutex_);
  steady_ += by;
  wall_ += std::chrono::duration_cast<WallTime::duration>(by);
}

std::vector<std::chrono::nanoseconds> FakeClock::sleeps() const {
  const MutexLock lock(mutex_);
  return sleeps_;
}

}  // namespace culvert::test
