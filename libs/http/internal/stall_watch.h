// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace culvert::http::internal {

/// Tells a slow peer from a dead one. Only time that was spent waiting for the peer counts, so a
/// caller that is slow itself (back-pressure) never looks like a stall. Not thread-safe.
class StallWatch {
 public:
  /// A stall is fewer than `bytes_per_second` over a whole `window` of waiting.
  StallWatch(std::chrono::nanoseconds window, std::uint32_t bytes_per_second)
      : window_(window), bytes_per_second_(bytes_per_second) {}

  /// Says that a wait took `waited` and that `bytes` moved since the last call. True when stalled.
  bool Waited(std::chrono::nanoseconds waited, std::uint64_t bytes) {
    waited_ += waited;
    bytes_ += bytes;
    if (waited_ < window_) return false;
    const double seconds = std::chrono::duration<double>(waited_).count();
    const bool stalled = static_cast<double>(bytes_) < seconds * bytes_per_second_;
    Restart();
    return stalled;
  }
  void Restart() {
    waited_ = {};
    bytes_ = 0;
  }
  /// How long the next wait may be before it must be reported.
  std::chrono::nanoseconds Left() const { return window_ - waited_; }

 private:
  std::chrono::nanoseconds window_;
  std::uint32_t bytes_per_second_;
  std::chrono::nanoseconds waited_{};
  std::uint64_t bytes_ = 0;
};

}  // namespace culvert::http::internal
