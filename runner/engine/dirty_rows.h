// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/base/mutex.h"
#include "libs/syncjob/report.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::runner {

/// Why a row is dirty. Words are part of the interface: docs/spec/v1alpha1/syncjob.md.
enum class DirtyReason : std::uint8_t {
  kTransformerFailed,  // a transformer cannot take the value
  kConversionFailed,   // the value is none of the target's type
  kValueRefused,       // it is, but out of range, too long, or null where there must be a value
};
std::string_view DirtyReasonName(DirtyReason reason);  // "TransformerFailed", ...

/// A dirty row of a batch.
struct DirtyMark {
  std::size_t row = 0;     // of the batch
  std::size_t column = 0;  // of the target
  DirtyReason reason = DirtyReason::kConversionFailed;
  std::string message;  // without the value, but for numbers that are out of range
};

/// One row that could not be written, without its values.
struct DirtySample {
  std::string job;  // namespace/name
  std::int32_t attempt = 1;
  std::string partition;  // of the source, empty: none
  std::uint64_t row = 0;  // number within the source unit, from 0
  std::string column;     // of the target
  DirtyReason reason = DirtyReason::kConversionFailed;
  std::string message;  // at most kMessageBytesMax bytes
};

/// Keeps the first few dirty rows of a process and logs each of them once. Counting is the blocks'
/// business, because a block may be copied twice. Thread-safe.
class DirtyRows {
 public:
  static constexpr std::size_t kSamplesMax = 10;
  static constexpr std::size_t kMessageBytesMax = 200;

  void Sample(Logger& log, DirtySample sample);
  /// In the order they were found.
  std::vector<DirtySample> samples() const;

 private:
  mutable Mutex mutex_;
  std::vector<DirtySample> samples_ GUARDED_BY(mutex_);
};

/// kFailedPrecondition/DirtyLimitExceeded with both numbers and the first of the rows.
Error DirtyLimitPassed(std::uint64_t dirty, std::uint64_t limit, const DirtyRows& rows);

/// A sample as a report has it, cut.
syncjob::DirtySample ToReport(const DirtySample& sample);

}  // namespace culvert::runner
