// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/block_receiver.h"

#include <cstring>
#include <utility>

namespace culvert::emulator {
namespace {

namespace wire = maxcompute::wire;

// With one more piece of the body this still fits a chunk.
constexpr std::size_t kSegmentBytes = ChunkPool::kChunkBytes - std::size_t{768} * 1024;
constexpr std::size_t kDecodedStepBytes = std::size_t{256} * 1024;

}  // namespace

SegmentBuilder::~SegmentBuilder() { store_.chunks().Give(std::move(chunk_)); }

Status SegmentBuilder::Append(std::span<const std::byte> bytes) {
  std::memcpy(Reserve(bytes.size()).data(), bytes.data(), bytes.size());
  return Commit(bytes.size());
}

Status SegmentBuilder::Commit(std::size_t bytes) {
  chunk_.Commit(bytes);
  return Parse();
}

std::span<std::byte> SegmentBuilder::Reserve(std::size_t bytes) {
  if (chunk_.capacity() == 0) chunk_ = store_.chunks().Take();
  return chunk_.Reserve(bytes);
}

Status SegmentBuilder::Parse() {
  CULVERT_ASSIGN_OR_RETURN(const wire::Consumed consumed,
                           parser_.Consume(chunk_.Readable().subspan(parsed_), parsed_, index_));
  records_end_ += consumed.record_bytes;
  parsed_ += consumed.total_bytes;
  if (records_end_ < kSegmentBytes) return {};
  CULVERT_TRY(Seal());
  // The next segment will hold about as many records: room at once, instead of growing to it.
  const std::size_t rows = segments_.back()->index.offsets.size();
  index_.offsets.reserve(rows + rows / 8);
  index_.crcs.reserve(rows + rows / 8);
  return {};
}

Status SegmentBuilder::Seal() {
  ByteBuffer rest;
  if (const auto behind = chunk_.Readable().subspan(parsed_); !behind.empty()) {
    rest = store_.chunks().Take();
    rest.Append(behind);
  }
  chunk_.Truncate(records_end_);
  records_end_ = 0;
  parsed_ = 0;
  CULVERT_ASSIGN_OR_RETURN(
      SegmentPtr segment,
      store_.MakeIndexed(std::exchange(chunk_, std::move(rest)), std::exchange(index_, {}),
                         parser_.has_long_crcs() ? CrcForm::kAny : CrcForm::kShort));
  segments_.push_back(std::move(segment));
  return {};
}

Result<std::vector<SegmentPtr>> SegmentBuilder::Finish() {
  CULVERT_TRY(parser_.Finish());
  if (records_end_ > 0) CULVERT_TRY(Seal());
  return std::move(segments_);
}

namespace {

Status Decode(wire::Decompressor& decompressor, std::span<const std::byte> bytes,
              SegmentBuilder& builder) {
  while (true) {
    const std::span<std::byte> room = builder.Reserve(kDecodedStepBytes).first(kDecodedStepBytes);
    auto step = decompressor.Decompress(bytes, room);
    if (!step) return Fail(std::move(step).error().Because("CorruptedDataStream"));
    bytes = bytes.subspan(step->consumed);
    CULVERT_TRY(builder.Commit(step->produced));
    if (bytes.empty() && step->produced < room.size()) return {};
  }
}

}  // namespace

Result<ReceivedBlock> ReceiveBlock(http::ServerExchange& exchange, wire::Codec codec,
                                   SegmentBuilder& builder, const Limits& limits,
                                   Throttle& throttle, const std::stop_token& stop) {
  std::unique_ptr<wire::Decompressor> decompressor;
  if (codec != wire::Codec::kIdentity) decompressor = wire::MakeDecompressor(codec);
  ReceivedBlock block;
  while (true) {
    CULVERT_ASSIGN_OR_RETURN(const std::span<const std::byte> bytes, exchange.ReadBody());
    if (bytes.empty()) break;
    throttle.Pass(bytes.size(), stop);
    block.bytes += bytes.size();
    if (block.bytes > limits.block_bytes) {
      return Fail(InvalidArgument("the block is larger than " + std::to_string(limits.block_bytes) +
                                  " bytes"));
    }
    CULVERT_TRY(decompressor ? Decode(*decompressor, bytes, builder) : builder.Append(bytes));
  }
  if (decompressor) {
    Status ended = decompressor->Finish();
    if (!ended) return Fail(std::move(ended).error().Because("IncompleteBody"));
  }
  CULVERT_ASSIGN_OR_RETURN(block.segments, builder.Finish());
  block.records = builder.totals().records;
  block.crc_of_crcs = builder.totals().crc_of_crcs;
  return block;
}

}  // namespace culvert::emulator
