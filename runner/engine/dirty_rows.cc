// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/dirty_rows.h"

#include <algorithm>
#include <utility>

namespace culvert::runner {

void DirtyRows::Sample(Logger& log, DirtySample sample) {
  if (sample.reason.size() > kReasonBytesMax) {
    sample.reason.resize(kReasonBytesMax - 3);
    sample.reason += "...";
  }
  {
    const MutexLock lock(mutex_);
    if (samples_.size() >= kSamplesMax) return;
    const bool known = std::ranges::any_of(samples_, [&sample](const DirtySample& other) {
      return other.row == sample.row && other.partition == sample.partition;
    });
    if (known) return;  // the block was copied before
    samples_.push_back(sample);
  }
  log.Warn("dirty row left out", {{"partition", sample.partition},
                                  {"row", sample.row},
                                  {"column", sample.column},
                                  {"reason", sample.reason}});
}

std::vector<DirtySample> DirtyRows::samples() const {
  const MutexLock lock(mutex_);
  return samples_;
}

}  // namespace culvert::runner
