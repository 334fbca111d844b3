// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "runner/engine/progress.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace culvert::runner {

enum class ProgressStyle : std::uint8_t { kAuto, kBar, kJson, kNone };

/// What a line of progress says; rates are of the last seconds.
struct ProgressLine {
  std::string title;  // `flights → flights_copy`
  std::uint64_t rows = 0;
  std::uint64_t rows_total = 0;
  std::uint64_t bytes_raw = 0;
  std::uint64_t dirty = 0;
  std::uint64_t blocks = 0;
  std::uint64_t blocks_total = 0;
  std::uint64_t partitions = 0;
  double bytes_per_second = 0;
  double rows_per_second = 0;
};

/// `flights → flights_copy  [██████░░░░]  62 %  208,801/336,776 rows  54.1 MiB/s  ETA 0:03  3/12
/// blocks`, at most `columns` wide: a line that wraps could not be drawn over. What matters least
/// gives way first.
std::string BarText(const ProgressLine& line, std::size_t columns);
/// `{"rows":208801,"rowsTotal":336776,...}`: one line without its newline.
std::string JsonText(const ProgressLine& line);

/// Shows the progress of a transfer on standard error from a thread of its own: one updating line
/// on a terminal, a JSON line a second elsewhere. Rates are of this process: what an earlier life
/// of the run copied counts as done, not as speed. Shows nothing under kNone. Destroyed: the last
/// line is complete and the thread joined.
class ProgressView {
 public:
  /// `progress` and `clock` must outlive it. `total` carries the fixed numbers.
  ProgressView(ProgressStyle style, ProgressLine total, const Progress& progress, Clock& clock);
  ~ProgressView();
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;

 private:
  void Loop(const std::stop_token& stop);
  void Show(const ProgressLine& line, bool last) const;

  ProgressStyle style_;
  ProgressLine begin_;  // the fixed numbers, and what was done before
  const Progress& progress_;
  Clock& clock_;
  std::jthread thread_;
};

}  // namespace culvert::runner
