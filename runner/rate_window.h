// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"

#include <chrono>
#include <cstdint>
#include <deque>

namespace culvert::runner {

/// How fast numbers grow, over the last seconds, from the samples that come along. A number may
/// fall (a block that is copied again takes its rows back): no rate below zero. Not thread-safe.
class RateWindow {
 public:
  struct Rates {
    double rows_per_second = 0;
    double bytes_per_second = 0;
  };
  /// What the numbers are before anything moves: a run that goes on begins with what an earlier
  /// life of it had copied.
  struct Begin {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
  };
  RateWindow(std::chrono::milliseconds window, SteadyTime start)
      : RateWindow(window, start, Begin()) {}
  RateWindow(std::chrono::milliseconds window, SteadyTime start, const Begin& begin)
      : window_(window), start_({.when = start, .rows = begin.rows, .bytes = begin.bytes}) {
    samples_.push_back(start_);
  }

  /// Takes a sample and gives the rates since the oldest one in the window, or, where all are
  /// older, the last before it.
  Rates Sample(SteadyTime now, std::uint64_t rows, std::uint64_t bytes);
  /// Rates since the start.
  Rates Overall(SteadyTime now, std::uint64_t rows, std::uint64_t bytes) const;

 private:
  struct Taken {
    SteadyTime when;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
  };
  static Rates Between(const Taken& from, const Taken& until);

  std::chrono::milliseconds window_;
  Taken start_;
  std::deque<Taken> samples_;  // oldest first, at least a tenth of a second apart
};

}  // namespace culvert::runner
