// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/base/mutex.h"

#include <cstddef>
#include <map>
#include <vector>

namespace culvert::emulator {

/// Buffers that are used again, by size: on machines where fresh pages are slow to come, most of
/// the time of an upload would go into them. Thread-safe.
class ChunkPool {
 public:
  /// Of a chunk that a body is received into. Small, so that little is copied where one ends, and
  /// what was just received is still in a cache when it is looked at again.
  static constexpr std::size_t kChunkBytes = std::size_t{8} * 1024 * 1024;
  static constexpr std::size_t kKeptBytesMin = std::size_t{64} * 1024;  // less is malloc's trade
  static constexpr std::size_t kIdleBytesMax = std::size_t{256} * 1024 * 1024;

  /// An empty buffer with room for `bytes`.
  ByteBuffer Take(std::size_t bytes = kChunkBytes);
  /// Keeps a buffer of a size that Take hands out for the next; others are freed.
  void Give(ByteBuffer buffer);

  /// Capacity of the buffer that Take(`bytes`) hands out.
  static std::size_t CapacityFor(std::size_t bytes);
  /// What waits to be taken again; at most kIdleBytesMax.
  std::size_t idle_bytes() const;

 private:
  mutable Mutex mutex_;
  std::map<std::size_t, std::vector<ByteBuffer>> idle_ GUARDED_BY(mutex_);  // by capacity
  std::size_t idle_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace culvert::emulator
