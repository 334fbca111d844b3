// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/stream_limit.h"

#include <algorithm>

namespace culvert::runner {

void StreamLimit::Set(std::size_t streams) {
  {
    const MutexLock lock(mutex_);
    streams_ = std::clamp<std::size_t>(streams, 1, kStreamsMax);
  }
  changed_.notify_all();
}

std::size_t StreamLimit::streams() const {
  const MutexLock lock(mutex_);
  return streams_;
}

bool StreamLimit::AwaitTurn(std::size_t index, const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  changed_.wait(mutex_, stop,
                [this, index]() REQUIRES(mutex_) { return closed_ || index < streams_; });
  return !closed_ && index < streams_ && !stop.stop_requested();
}

void StreamLimit::Close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace culvert::runner
