// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/chunk_pool.h"

#include <gtest/gtest.h>

#include <vector>

namespace culvert::emulator {
namespace {

TEST(ChunkPoolTest, HandsABufferOutAgain) {
  ChunkPool pool;
  ByteBuffer buffer = pool.Take();
  EXPECT_EQ(buffer.capacity(), ChunkPool::kChunkBytes);
  const std::byte* memory = buffer.Reserve(1).data();
  buffer.Commit(1);
  pool.Give(std::move(buffer));
  ByteBuffer again = pool.Take();
  EXPECT_TRUE(again.empty());
  EXPECT_EQ(again.Reserve(1).data(), memory);
}

TEST(ChunkPoolTest, KeepsEachSizeForItself) {
  ChunkPool pool;
  ByteBuffer small = pool.Take(100'000);
  EXPECT_EQ(small.capacity(), ChunkPool::CapacityFor(100'000));
  EXPECT_GE(small.capacity(), 100'000U);
  const std::byte* memory = small.Reserve(1).data();
  pool.Give(std::move(small));
  EXPECT_EQ(pool.Take(300'000).capacity(), ChunkPool::CapacityFor(300'000));
  EXPECT_EQ(pool.Take(90'000).Reserve(1).data(), memory);
}

TEST(ChunkPoolTest, KeepsNoOtherBuffers) {
  ChunkPool pool;
  pool.Give(ByteBuffer(4096));
  pool.Give(ByteBuffer());
  pool.Give(ByteBuffer(2 * ChunkPool::kChunkBytes));
  EXPECT_EQ(pool.Take().capacity(), ChunkPool::kChunkBytes);
  EXPECT_GE(pool.Take(10).capacity(), 10U);
  EXPECT_GE(pool.Take(3 * ChunkPool::kChunkBytes).capacity(), 3 * ChunkPool::kChunkBytes);
}

TEST(ChunkPoolTest, FreesWhatIsBeyondItsLimit) {
  ChunkPool pool;
  std::vector<ByteBuffer> taken;
  for (std::size_t bytes = 0; bytes <= ChunkPool::kIdleBytesMax; bytes += ChunkPool::kChunkBytes) {
    taken.push_back(pool.Take());
  }
  for (ByteBuffer& buffer : taken) pool.Give(std::move(buffer));
  EXPECT_EQ(pool.idle_bytes(), ChunkPool::kIdleBytesMax);
}

}  // namespace
}  // namespace culvert::emulator
