// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"
#include "libs/base/mutex.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::runner {

/// One row that could not be written, without its values.
struct DirtySample {
  std::string partition;  // of the source, empty: none
  std::uint64_t row = 0;  // number within the source unit, from 0
  std::string column;     // of the target
  std::string reason;     // at most kReasonBytesMax bytes
};

/// Keeps the first few dirty rows of a process and logs each of them once. Counting is the blocks'
/// business, because a block may be copied twice. Thread-safe.
class DirtyRows {
 public:
  static constexpr std::size_t kSamplesMax = 10;
  static constexpr std::size_t kReasonBytesMax = 200;

  void Sample(Logger& log, DirtySample sample);
  std::vector<DirtySample> samples() const;

 private:
  mutable Mutex mutex_;
  std::vector<DirtySample> samples_ GUARDED_BY(mutex_);
};

}  // namespace culvert::runner
