// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/block_receiver.h"

#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/emulator/fake_exchange.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

using maxcompute::wire::Codec;
using test::FailsBecause;
using test::FailsWith;
using test::IsOk;

std::string Compress(Codec codec, std::string_view text) {
  const auto compressor = maxcompute::wire::MakeCompressor(codec);
  std::string out(text.size() * 2 + 4096, '\0');
  const auto room = std::as_writable_bytes(std::span(out));
  const auto step = compressor->Compress(AsBytes(text), room).value();
  std::size_t size = step.produced;
  for (bool finished = false; !finished;) {
    const auto tail = compressor->Finish(room.subspan(size)).value();
    size += tail.produced;
    finished = tail.finished;
  }
  out.resize(size);
  return out;
}

class BlockReceiverTest : public ::testing::Test {
 protected:
  Result<ReceivedBlock> Receive(std::string body, Codec codec = Codec::kIdentity,
                                std::size_t piece_bytes = 777) {
    FakeExchange exchange("PUT", "/x");
    exchange.SetBody(std::move(body), piece_bytes);
    SegmentBuilder builder(layout_, store_, limits_.field_bytes);
    Throttle throttle(0, clock_);
    return ReceiveBlock(exchange, codec, builder, limits_, throttle, {});
  }
  test::FakeClock clock_;
  Limits limits_;
  SegmentFiles store_;
  maxcompute::wire::RecordLayout layout_{TestColumns()};
};

TEST_F(BlockReceiverTest, KeepsRowsAndDropsTheTrailer) {
  const auto block = Receive(TestStream(0, 1000));
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(block->records, 1000U);
  ASSERT_EQ(block->segments.size(), 1U);
  EXPECT_EQ(block->segments[0]->rows(), 1000U);
}

TEST_F(BlockReceiverTest, TakesAnEmptyStream) {
  const auto block = Receive(TestStream(0, 0));
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(block->records, 0U);
  EXPECT_TRUE(block->segments.empty());
}

TEST_F(BlockReceiverTest, CutsLargeBlocksIntoSegments) {
  const std::string stream = TestStream(0, 1'000'000);
  ASSERT_GT(stream.size(), ChunkPool::kChunkBytes);
  const auto block = Receive(stream, Codec::kIdentity, 512 * 1024);
  ASSERT_THAT(block, IsOk());
  ASSERT_GE(block->segments.size(), 2U);
  std::uint64_t rows = 0;
  std::size_t bytes = 0;
  for (const SegmentPtr& segment : block->segments) {
    rows += segment->rows();
    bytes += segment->bytes.size();
  }
  EXPECT_EQ(rows, 1'000'000U);
  EXPECT_LT(bytes, stream.size());
  EXPECT_EQ(AsText(block->segments[0]->bytes), stream.substr(0, block->segments[0]->bytes.size()));
}

TEST_F(BlockReceiverTest, ShortensSignExtendedChecksums) {
  // Row -1 of a bigint column, whose checksum PyODPS writes in ten bytes (record-wire.md 3).
  const std::string longer = HexDecode("080180c0ff7fa0b0faf2fdffffffff01").value();
  const std::string shorter = HexDecode("080180c0ff7fa0b0faf20d").value();
  const maxcompute::wire::RecordLayout layout({TestColumn("a", "bigint")});
  maxcompute::wire::RecordValidator validator(layout);
  const std::string records = longer + longer;
  ASSERT_THAT(validator.Consume(AsBytes(records)), IsOk());
  ByteBuffer trailer;
  maxcompute::wire::EncodeTrailer(validator.totals(), trailer);

  FakeExchange exchange("PUT", "/x");
  exchange.SetBody(records + std::string(AsText(trailer.Readable())), 777);
  SegmentBuilder builder(layout, store_, limits_.field_bytes);
  Throttle throttle(0, clock_);
  const auto block = ReceiveBlock(exchange, Codec::kIdentity, builder, limits_, throttle, {});
  ASSERT_THAT(block, IsOk());
  ASSERT_EQ(block->segments.size(), 1U);
  EXPECT_EQ(AsText(block->segments[0]->bytes), shorter + shorter);
}

TEST_F(BlockReceiverTest, DecodesEveryCodec) {
  const std::string stream = TestStream(0, 50'000);
  for (const Codec codec :
       {Codec::kDeflate, Codec::kZstd, Codec::kLz4Frame, Codec::kSnappyFramed}) {
    const std::string body = Compress(codec, stream);
    const auto block = Receive(body, codec, 5000);
    ASSERT_THAT(block, IsOk()) << maxcompute::wire::CodecName(codec);
    EXPECT_EQ(block->records, 50'000U);
    EXPECT_EQ(block->bytes, body.size());
    EXPECT_FALSE(Receive(body.substr(0, body.size() - 1), codec).has_value());
  }
}

TEST_F(BlockReceiverTest, RefusesStreamsThatAreNotWhole) {
  const std::string stream = TestStream(0, 10);
  EXPECT_THAT(Receive(stream.substr(0, stream.size() - 1)), FailsBecause("IncompleteBody"));
  EXPECT_THAT(Receive(""), FailsBecause("IncompleteBody"));
  EXPECT_THAT(Receive(stream + "x"), FailsBecause("CorruptedDataStream"));
  EXPECT_THAT(Receive(stream, Codec::kZstd), FailsBecause("CorruptedDataStream"));
}

TEST_F(BlockReceiverTest, BoundsABlock) {
  limits_.block_bytes = 100;
  EXPECT_THAT(Receive(TestStream(0, 100)), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace culvert::emulator
