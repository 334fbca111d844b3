// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/rate_window.h"

#include <algorithm>

namespace culvert::runner {
namespace {

constexpr std::chrono::milliseconds kApart{100};  // bounds the samples, however many look

}  // namespace

RateWindow::Rates RateWindow::Between(const Taken& from, const Taken& until) {
  const double seconds =
      std::max(std::chrono::duration<double>(until.when - from.when).count(), 1e-3);
  const auto rate = [seconds](std::uint64_t now, std::uint64_t then) {
    return now > then ? static_cast<double>(now - then) / seconds : 0.0;
  };
  return {.rows_per_second = rate(until.rows, from.rows),
          .bytes_per_second = rate(until.bytes, from.bytes)};
}

RateWindow::Rates RateWindow::Sample(SteadyTime now, std::uint64_t rows, std::uint64_t bytes) {
  const Taken taken{.when = now, .rows = rows, .bytes = bytes};
  while (samples_.size() > 1 && samples_.front().when < now - window_) samples_.pop_front();
  const Rates rates = Between(samples_.front(), taken);
  if (now - samples_.back().when >= kApart) samples_.push_back(taken);
  return rates;
}

RateWindow::Rates RateWindow::Overall(SteadyTime now, std::uint64_t rows,
                                      std::uint64_t bytes) const {
  return Between(start_, {.when = now, .rows = rows, .bytes = bytes});
}

}  // namespace culvert::runner
