// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/byte_buffer.h"

#include "libs/base/digest.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

namespace culvert {
namespace {

TEST(ByteBufferTest, GivesBackWhatWasAppended) {
  ByteBuffer buffer;
  buffer.Append(AsBytes("hello "));
  buffer.Append(AsBytes("world"));
  EXPECT_EQ(AsText(buffer.Readable()), "hello world");
  buffer.Consume(6);
  EXPECT_EQ(AsText(buffer.Readable()), "world");
}

TEST(ByteBufferTest, ReserveGivesAtLeastTheRoomAskedFor) {
  ByteBuffer buffer;
  for (const std::size_t bytes : {1UL, 4096UL, 5000UL, 1000000UL}) {
    EXPECT_GE(buffer.Reserve(bytes).size(), bytes);
    buffer.Commit(bytes / 2);
  }
}

TEST(ByteBufferTest, ReusesRoomInsteadOfGrowingWhenMostWasConsumed) {
  ByteBuffer buffer(4096);
  buffer.Append(AsBytes(std::string(4000, 'a')));
  buffer.Consume(3990);
  buffer.Append(AsBytes(std::string(2000, 'b')));
  EXPECT_EQ(buffer.capacity(), 4096U);
  EXPECT_EQ(AsText(buffer.Readable()), std::string(10, 'a') + std::string(2000, 'b'));
}

TEST(ByteBufferTest, ClearForgetsTheData) {
  ByteBuffer buffer;
  buffer.Append(AsBytes("x"));
  buffer.Clear();
  EXPECT_TRUE(buffer.empty());
}

TEST(ByteBufferTest, MoveTakesTheData) {
  ByteBuffer buffer;
  buffer.Append(AsBytes("x"));
  const ByteBuffer moved = std::move(buffer);
  EXPECT_EQ(AsText(moved.Readable()), "x");
}

TEST(ByteBufferTest, AMovedFromBufferIsEmptyAndUsable) {
  ByteBuffer buffer;
  buffer.Append(AsBytes("old"));
  const ByteBuffer moved = std::move(buffer);
  EXPECT_TRUE(buffer.empty());  // NOLINT(bugprone-use-after-move): the promise under test
  buffer.Append(AsBytes("new"));
  EXPECT_EQ(AsText(buffer.Readable()), "new");
}

TEST(ByteBufferTest, BehavesAsAQueueWhateverTheOrderOfCalls) {
  constexpr unsigned kSeed = 7;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  ByteBuffer buffer;
  std::string model;
  for (int step = 0; step < 5000; ++step) {
    if (random() % 2 == 0) {
      const std::string bytes(random() % 300, static_cast<char>('a' + step % 26));
      buffer.Append(AsBytes(bytes));
      model += bytes;
    } else {
      const std::size_t taken = model.empty() ? 0 : random() % (model.size() + 1);
      buffer.Consume(taken);
      model.erase(0, taken);
    }
    ASSERT_EQ(AsText(buffer.Readable()), model);
  }
}

}  // namespace
}  // namespace culvert
