// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/dirty_window.h"

#include <string>

namespace culvert::runner {

std::unique_ptr<DirtyWindow> DirtyWindow::Of(const syncjob::SyncJobSpec& spec) {
  if (spec.error_window_seconds == 0) return nullptr;
  return std::make_unique<DirtyWindow>(Limit{
      .length = std::chrono::seconds(spec.error_window_seconds), .rows = spec.error_window_record});
}

std::optional<Error> DirtyWindow::Add(SteadyTime now, const void* finder, std::uint64_t rows) {
  const MutexLock lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.when <= now - limit_.length; });
  entries_.push_back({.when = now, .finder = finder, .rows = rows});
  std::uint64_t found = 0;
  for (const Entry& entry : entries_) found += entry.rows;
  if (found <= limit_.rows) return std::nullopt;
  return FailedPrecondition(std::to_string(found) + " dirty rows within " +
                            std::to_string(limit_.length.count()) + " s, the limit is " +
                            std::to_string(limit_.rows) + "; see the log for samples")
      .Because("DirtyLimitExceeded");
}

void DirtyWindow::Forget(const void* finder) {
  const MutexLock lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.finder == finder; });
}

void DirtyWindow::Settle(const void* finder) {
  const MutexLock lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.finder == finder) entry.finder = nullptr;
  }
}

}  // namespace culvert::runner
