// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/telemetry.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace culvert::runner {
namespace {

/// As long as the pause between two visits of the operator, and a half.
constexpr std::chrono::seconds kGaugeWindow{15};

}  // namespace

Telemetry::Telemetry(std::string step, const Clock& clock)
    : step_(std::move(step)),
      clock_(clock),
      started_(clock.Now()),
      metrics_(registry_),
      rates_(kGaugeWindow, clock.SteadyNow()) {}

Progress& Telemetry::Begin(const StepWork& work) {
  const MutexLock lock(mutex_);
  work_ = work;
  for (auto* number : {&progress_.rows, &progress_.bytes_raw, &progress_.dirty, &progress_.blocks,
                       &progress_.buffer_bytes}) {
    *number = 0;
  }
  rates_ = RateWindow(kGaugeWindow, clock_.SteadyNow());
  return progress_;
}

bool Telemetry::working() const {
  const MutexLock lock(mutex_);
  return work_.has_value();
}

std::string Telemetry::ProgressJson() {
  const MutexLock lock(mutex_);
  const StepWork work = work_.value_or(StepWork{});
  const std::uint64_t rows = progress_.rows;
  const RateWindow::Rates rates = rates_.Sample(clock_.SteadyNow(), rows, progress_.bytes_raw);
  nlohmann::ordered_json json;
  json["step"] = step_;
  if (work.shard) json["shard"] = *work.shard;
  json["attempt"] = work.attempt;
  json["rows"] = rows;
  json["rowsTotal"] = work.rows_total;
  json["bytesRead"] = static_cast<std::uint64_t>(metrics_.read_bytes.Value());
  json["bytesWritten"] = static_cast<std::uint64_t>(metrics_.written_bytes.Value());
  json["blocks"] = progress_.blocks.load();
  json["blocksTotal"] = work.blocks_total;
  json["dirty"] = progress_.dirty.load();
  json["ratePerSecond"] = static_cast<std::uint64_t>(rates.rows_per_second);
  json["startedTime"] = FormatRfc3339(started_);
  return json.dump() + "\n";
}

std::string Telemetry::MetricsText() {
  {
    const MutexLock lock(mutex_);
    const std::uint64_t total = work_.value_or(StepWork{}).rows_total;
    double ratio = work_.has_value() ? 1.0 : 0.0;  // no rows: done once that is known
    if (total > 0) {
      ratio = std::min(1.0, static_cast<double>(progress_.rows) / static_cast<double>(total));
    }
    metrics_.shard_progress_ratio.Set(ratio);
    metrics_.buffer_bytes.Set(static_cast<double>(progress_.buffer_bytes));
  }
  return registry_.Expose();
}

}  // namespace culvert::runner
