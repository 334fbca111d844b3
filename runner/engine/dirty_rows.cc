// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/dirty_rows.h"

#include <algorithm>
#include <utility>

namespace culvert::runner {

std::string_view DirtyReasonName(DirtyReason reason) {
  switch (reason) {
    case DirtyReason::kTransformerFailed:
      return "TransformerFailed";
    case DirtyReason::kConversionFailed:
      return "ConversionFailed";
    case DirtyReason::kValueRefused:
      return "ValueRefused";
  }
  return "";
}

Error DirtyLimitPassed(std::uint64_t dirty, std::uint64_t limit, const DirtyRows& rows) {
  std::string message =
      std::to_string(dirty) + " dirty rows, the limit is " + std::to_string(limit);
  const std::vector<DirtySample> samples = rows.samples();
  if (!samples.empty()) {
    message += "; the first: " + syncjob::DirtySampleText(ToReport(samples.front()));
  }
  return FailedPrecondition(std::move(message)).Because("DirtyLimitExceeded");
}

syncjob::DirtySample ToReport(const DirtySample& sample) {
  return syncjob::CutSample({.partition = sample.partition,
                             .row = sample.row,
                             .column = sample.column,
                             .reason = std::string(DirtyReasonName(sample.reason)),
                             .message = sample.message});
}

void DirtyRows::Sample(Logger& log, DirtySample sample) {
  if (sample.message.size() > kMessageBytesMax) {
    sample.message.resize(kMessageBytesMax - 3);
    sample.message += "...";
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
  log.Warn("dirty row left out", {{"job", sample.job},
                                  {"attempt", sample.attempt},
                                  {"partition", sample.partition},
                                  {"row", sample.row},
                                  {"column", sample.column},
                                  {"reason", DirtyReasonName(sample.reason)},
                                  {"message", sample.message}});
}

std::vector<DirtySample> DirtyRows::samples() const {
  const MutexLock lock(mutex_);
  return samples_;
}

}  // namespace culvert::runner
