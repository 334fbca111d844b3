// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/clock.h"

#include <condition_variable>
#include <mutex>

namespace culvert {
namespace {

class SystemClock final : public Clock {
 public:
  WallTime Now() const override { return std::chrono::system_clock::now(); }
  SteadyTime SteadyNow() const override { return std::chrono::steady_clock::now(); }

  bool SleepUntil(SteadyTime deadline, const std::stop_token& stop) override {
    // Nobody notifies: only the stop token or the time ends the wait.
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    const auto reached = [&] { return SteadyNow() >= deadline; };
    return never.wait_until(lock, stop, deadline, reached);
  }
};

}  // namespace

std::unique_ptr<Clock> MakeSystemClock() { return std::make_unique<SystemClock>(); }

}  // namespace culvert
