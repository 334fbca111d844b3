// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/result.h"
#include "libs/maxcompute/limits.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <stop_token>

namespace culvert::emulator {

/// What the emulator enforces; the defaults are the service's (libs/maxcompute/limits.h). Rates are
/// off by default because tests and benchmarks run in seconds what the service spreads over
/// minutes.
struct Limits {
  std::uint64_t blocks_per_session = maxcompute::kBlocksPerSessionMax;
  std::uint64_t block_bytes = maxcompute::kBlockBytesMax;
  std::uint64_t field_bytes = maxcompute::kFieldBytesMax;
  std::chrono::seconds session_life = maxcompute::kSessionLife;

  bool rates = false;  // sessions and blocks per table in five minutes
  int download_sessions_per_window = maxcompute::kDownloadSessionsPerWindow;
  int upload_sessions_per_window = maxcompute::kUploadSessionsPerWindow;
  int blocks_per_window = maxcompute::kBlocksPerWindow;
  std::chrono::seconds window = maxcompute::kRateWindow;

  std::int64_t slot_bytes_per_second = 0;  // of one data request; 0: unlimited
  int slots = 0;                           // data requests at once; 0: unlimited
};

enum class RateKind : std::uint8_t { kDownloadSession, kUploadSession, kBlock };

/// Counts what was done to each table in the last `window`, and the data requests that run.
/// Thread-safe.
class RateLimiter {
 public:
  /// `clock` must outlive the limiter.
  RateLimiter(const Limits& limits, const Clock& clock) : limits_(limits), clock_(clock) {}
  /// Counts one, or fails with kResourceExhausted/FlowExceeded and the time until the next is free.
  Status Admit(RateKind kind, const TableKey& table);

  /// Takes one of `slots`; given back by ReleaseSlot. kResourceExhausted/FlowExceeded when all are
  /// taken.
  Status TakeSlot();
  void ReleaseSlot();

 private:
  int LimitOf(RateKind kind) const;
  const Limits limits_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::pair<RateKind, TableKey>, std::deque<SteadyTime>> seen_ GUARDED_BY(mutex_);
  int running_ GUARDED_BY(mutex_) = 0;
};

/// Holds one transfer to a number of bytes per second, with a quarter second of burst. Not
/// thread-safe.
class Throttle {
 public:
  /// `bytes_per_second` 0: never waits. `clock` must outlive the throttle.
  Throttle(std::int64_t bytes_per_second, Clock& clock);
  /// Waits until `bytes` more may pass.
  void Pass(std::size_t bytes, const std::stop_token& stop);
  bool active() const { return rate_ > 0; }

 private:
  std::int64_t rate_;
  Clock& clock_;
  SteadyTime free_at_;
};

}  // namespace culvert::emulator
