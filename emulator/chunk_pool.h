// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/base/mutex.h"

#include <cstddef>
#include <vector>

namespace culvert::emulator {

/// Buffers of kChunkBytes that are used again: on machines where fresh pages are slow to come, most
/// of the time of an upload would go into them. Thread-safe.
class ChunkPool {
 public:
  static constexpr std::size_t kChunkBytes = std::size_t{32} * 1024 * 1024;
  static constexpr std::size_t kIdleMax = 8;

  /// An empty buffer with room for kChunkBytes.
  ByteBuffer Take();
  /// Keeps a buffer that came from Take for the next; others are freed.
  void Give(ByteBuffer buffer);

 private:
  Mutex mutex_;
  std::vector<ByteBuffer> idle_ GUARDED_BY(mutex_);
};

}  // namespace culvert::emulator
