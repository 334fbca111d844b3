// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"

#include <cstddef>
#include <stop_token>

namespace culvert::runner {

/// Streams that one process may have, whatever it is told.
inline constexpr std::size_t kStreamsMax = 64;

/// How many streams of a transfer work, from one block to the next: streams are numbered, and those
/// beyond the limit rest. Belongs to one transfer. Thread-safe.
class StreamLimit {
 public:
  explicit StreamLimit(std::size_t streams) : streams_(streams) {}

  /// At least 1, at most kStreamsMax: what is beyond is cut.
  void Set(std::size_t streams);
  std::size_t streams() const;
  /// Waits until stream `index` may work; false when there will be nothing to do any more, or on
  /// stop.
  bool AwaitTurn(std::size_t index, const std::stop_token& stop);
  /// All work is taken: who rests goes home.
  void Close();

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::size_t streams_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace culvert::runner
