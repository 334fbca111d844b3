// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/limits.h"

#include <algorithm>

namespace culvert::emulator {

int RateLimiter::LimitOf(RateKind kind) const {
  switch (kind) {
    case RateKind::kDownloadSession:
      return limits_.download_sessions_per_window;
    case RateKind::kUploadSession:
      return limits_.upload_sessions_per_window;
    case RateKind::kBlock:
      return limits_.blocks_per_window;
  }
  return 0;
}

Status RateLimiter::Admit(RateKind kind, const TableKey& table) {
  if (!limits_.rates) return {};
  // Wall time would let tests move the window, but a clock set back must not lock a table up.
  const SteadyTime now = clock_.SteadyNow();
  const MutexLock lock(mutex_);
  std::deque<SteadyTime>& times = seen_[{kind, table}];
  while (!times.empty() && now - times.front() >= limits_.window) times.pop_front();
  if (std::ssize(times) >= LimitOf(kind)) {
    Error error = ResourceExhausted("too many requests to table " + table.name +
                                    " in five minutes, come back later")
                      .Because("FlowExceeded");
    error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(
        limits_.window - (now - (times.empty() ? now : times.front())));
    return Fail(std::move(error));
  }
  times.push_back(now);
  return {};
}

Status RateLimiter::TakeSlot() {
  if (limits_.slots == 0) return {};
  const MutexLock lock(mutex_);
  if (running_ >= limits_.slots) {
    Error error = ResourceExhausted("all " + std::to_string(limits_.slots) + " slots are in use")
                      .Because("FlowExceeded");
    error.retry_after = std::chrono::seconds(1);
    return Fail(std::move(error));
  }
  ++running_;
  return {};
}

void RateLimiter::ReleaseSlot() {
  if (limits_.slots == 0) return;
  const MutexLock lock(mutex_);
  --running_;
}

Throttle::Throttle(std::int64_t bytes_per_second, Clock& clock)
    : rate_(bytes_per_second), clock_(clock), free_at_(clock.SteadyNow()) {}

void Throttle::Pass(std::size_t bytes, const std::stop_token& stop) {
  if (rate_ <= 0) return;
  constexpr std::chrono::milliseconds kBurst{250};
  const SteadyTime now = clock_.SteadyNow();
  free_at_ = std::max(free_at_, now - kBurst);
  const double seconds = static_cast<double>(bytes) / static_cast<double>(rate_);
  free_at_ +=
      std::chrono::duration_cast<SteadyTime::duration>(std::chrono::duration<double>(seconds));
  if (free_at_ > now) (void)clock_.SleepUntil(free_at_, stop);
}

}  // namespace culvert::emulator
