// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/metrics.h"
#include "libs/base/mutex.h"
#include "runner/engine/progress.h"
#include "runner/metrics.h"
#include "runner/rate_window.h"

#include <cstdint>
#include <optional>
#include <string>

namespace culvert::runner {

/// What a step has to do.
struct StepWork {
  std::optional<std::uint64_t> shard = std::nullopt;  // nothing: not one shard
  std::int32_t attempt = 0;
  std::uint64_t rows_total = 0;
  std::uint64_t blocks_total = 0;
};

/// What a process tells of itself while it works: the numbers behind `/progress` and `/metrics`.
/// The streams only add to atomic counters; whoever looks does the rest. Thread-safe but for Begin.
class Telemetry {
 public:
  /// `step`: `plan`, `transfer` ... `clock` must outlive it.
  Telemetry(std::string step, const Clock& clock);

  RunnerMetrics& metrics() { return metrics_; }
  Progress& progress() { return progress_; }

  /// The inputs are read and the work begins; an earlier work of this process is forgotten. No
  /// stream may run meanwhile.
  Progress& Begin(const StepWork& work);
  /// True since Begin.
  bool working() const;

  /// `{"step":"transfer","shard":3,...}`: docs/operations.md lists the members.
  std::string ProgressJson();
  /// The metrics in Prometheus' text format.
  std::string MetricsText();

 private:
  const std::string step_;
  const Clock& clock_;
  const WallTime started_;
  MetricsRegistry registry_;
  RunnerMetrics metrics_;
  Progress progress_;
  mutable Mutex mutex_;
  std::optional<StepWork> work_ GUARDED_BY(mutex_);
  RateWindow rates_ GUARDED_BY(mutex_);
};

}  // namespace culvert::runner
