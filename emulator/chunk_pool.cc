// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/chunk_pool.h"

#include <sys/mman.h>

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

}  // namespace

ByteBuffer ChunkPool::Take() {
  {
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      ByteBuffer buffer = std::move(idle_.back());
      idle_.pop_back();
      return buffer;
    }
  }
  ByteBuffer fresh(kChunkBytes);
  PreferHugePages(fresh.Reserve(1));
  return fresh;
}

void ChunkPool::Give(ByteBuffer buffer) {
  if (buffer.capacity() != kChunkBytes) return;
  buffer.Clear();
  const MutexLock lock(mutex_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(buffer));
}

}  // namespace culvert::emulator
