// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/chunk_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

namespace culvert::emulator {
namespace {

// Asks for huge pages under the whole ones of `memory`; where there are none nothing changes.
void PreferHugePages(std::span<std::byte> memory) {
  constexpr std::uintptr_t kPage = 4096;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  const std::uintptr_t skip = (kPage - begin % kPage) % kPage;
  if (memory.size() <= skip + kPage) return;
  const std::size_t size = (memory.size() - skip) / kPage * kPage;
  (void)::madvise(memory.data() + skip, size, MADV_HUGEPAGE);
}

bool IsKept(std::size_t capacity) {
  return capacity >= ChunkPool::kKeptBytesMin && capacity <= ChunkPool::kChunkBytes &&
         std::has_single_bit(capacity);
}

}  // namespace

std::size_t ChunkPool::CapacityFor(std::size_t bytes) {
  return std::bit_ceil(std::max(bytes, std::size_t{1}));
}

ByteBuffer ChunkPool::Take(std::size_t bytes) {
  const std::size_t capacity = CapacityFor(bytes);
  if (!IsKept(capacity)) return ByteBuffer(bytes);
  {
    const MutexLock lock(mutex_);
    if (std::vector<ByteBuffer>& idle = idle_[capacity]; !idle.empty()) {
      ByteBuffer buffer = std::move(idle.back());
      idle.pop_back();
      idle_bytes_ -= capacity;
      return buffer;
    }
  }
  ByteBuffer fresh(capacity);
  if (capacity == kChunkBytes) PreferHugePages(fresh.Reserve(1));
  return fresh;
}

std::size_t ChunkPool::idle_bytes() const {
  const MutexLock lock(mutex_);
  return idle_bytes_;
}

void ChunkPool::Give(ByteBuffer buffer) {
  const std::size_t capacity = buffer.capacity();
  if (!IsKept(capacity)) return;
  buffer.Clear();
  const MutexLock lock(mutex_);
  if (idle_bytes_ + capacity > kIdleBytesMax) return;
  idle_bytes_ += capacity;
  idle_[capacity].push_back(std::move(buffer));
}

}  // namespace culvert::emulator
