// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/chunk_pool.h"

#include <gtest/gtest.h>

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

TEST(ChunkPoolTest, KeepsNoOtherBuffers) {
  ChunkPool pool;
  pool.Give(ByteBuffer(4096));
  pool.Give(ByteBuffer());
  EXPECT_EQ(pool.Take().capacity(), ChunkPool::kChunkBytes);
}

}  // namespace
}  // namespace culvert::emulator
