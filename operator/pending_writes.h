// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "operator/world.h"

#include <chrono>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace culvert::control {

/// Read your writes: no decision about a run from caches that do not show yet what was last written
/// for it, or a Job that was just created would seem to be missing. A write that does not show
/// within `patience` is waited for no more: every write is safe to repeat, this only saves them.
/// Thread-safe.
class PendingWrites {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  void Add(const kube::ObjectKey& run, Write write, SteadyTime now) {
    const MutexLock lock(mutex_);
    pending_[run].push_back({std::move(write), now});
  }
  /// Nothing is waited for any more: the run is gone.
  void Forget(const kube::ObjectKey& run) {
    const MutexLock lock(mutex_);
    pending_.erase(run);
  }
  /// True when `shows` is true of all that was written for the run, or patience has ended.
  bool Settled(const kube::ObjectKey& run, SteadyTime now,
               const std::function<bool(const Write&)>& shows) {
    std::vector<std::pair<Write, SteadyTime>> writes;
    {
      const MutexLock lock(mutex_);
      const auto found = pending_.find(run);
      if (found == pending_.end()) return true;
      writes = found->second;
    }
    std::erase_if(
        writes, [&](const auto& one) { return now - one.second > kPatience || shows(one.first); });
    const bool settled = writes.empty();
    const MutexLock lock(mutex_);
    if (settled) {
      pending_.erase(run);
    } else {
      pending_[run] = std::move(writes);
    }
    return settled;
  }

 private:
  Mutex mutex_;
  std::map<kube::ObjectKey, std::vector<std::pair<Write, SteadyTime>>> pending_ GUARDED_BY(mutex_);
};

}  // namespace culvert::control
