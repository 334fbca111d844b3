// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/run_progress.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace culvert::control {

void ShowProgress(Look& look, const syncjob::PlanSummary& plan) {
  syncjob::ProgressStatus progress;
  progress.rows_total = plan.status.rows;
  progress.shards_total = plan.status.shards;
  if (const RecordObject* const record = look.RecordOf("reports"); record != nullptr) {
    progress.shards = record->reports.size();
    for (const auto& [shard, report] : record->reports) {
      progress.rows += report.rows_read;
      progress.bytes += report.bytes_raw;
    }
  }
  progress.rows = std::min(progress.rows + look.see.live.rows, progress.rows_total);
  progress.bytes += look.see.live.bytes;
  progress.rows_per_second = look.see.live.rows_per_second;
  progress.bytes_per_second = look.see.live.bytes_per_second;
  const std::uint64_t left = progress.rows_total - progress.rows;
  if (progress.rows_per_second > 0) progress.eta_seconds = left / progress.rows_per_second;
  if (progress.rows_total > 0) {
    progress.percent = static_cast<std::uint64_t>(std::floor(
        100.0 * static_cast<double>(progress.rows) / static_cast<double>(progress.rows_total)));
  }
  look.status.progress = progress;
}

}  // namespace culvert::control
