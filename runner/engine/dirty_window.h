// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/mutex.h"
#include "libs/syncjob/types.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace culvert::runner {

/// `errorLimit.window`: how many dirty rows a process found in the last so many seconds of its
/// running. Rows of a try that failed are forgotten, they will be found again. Thread-safe; holds
/// an entry a batch of the window.
class DirtyWindow {
 public:
  struct Limit {
    std::chrono::seconds length{1};
    std::uint64_t rows = 0;
  };
  explicit DirtyWindow(const Limit& limit) : limit_(limit) {}
  /// Null where the spec has no such limit.
  static std::unique_ptr<DirtyWindow> Of(const syncjob::SyncJobSpec& spec);

  /// `rows` more were found at `now`, by the stream `finder`. Nothing, or
  /// kFailedPrecondition/DirtyLimitExceeded when the window has more than its limit.
  std::optional<Error> Add(SteadyTime now, const void* finder, std::uint64_t rows);
  /// The finder's block will be copied again.
  void Forget(const void* finder);
  /// The finder's block is whole: what it found stays.
  void Settle(const void* finder);

 private:
  struct Entry {
    SteadyTime when;
    const void* finder = nullptr;  // null: of a block that is whole
    std::uint64_t rows = 0;
  };
  const Limit limit_;
  Mutex mutex_;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace culvert::runner
