// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/limits.h"
#include "emulator/segment_files.h"
#include "emulator/value_check.h"
#include "libs/http/server.h"
#include "libs/maxcompute/wire/codec.h"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace culvert::emulator {

/// A block's rows, checked and in the store, not yet in any session.
struct ReceivedBlock {
  std::vector<SegmentPtr> segments;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of the body as it came
  std::uint32_t crc_of_crcs = 0;
};

/// Cuts a record stream that arrives in pieces into segments of about a chunk. Not thread-safe.
class SegmentBuilder {
 public:
  SegmentBuilder(const maxcompute::wire::RecordLayout& layout, SegmentFiles& store,
                 std::uint64_t field_bytes_max)
      : parser_(layout, field_bytes_max), store_(store) {}
  ~SegmentBuilder();
  SegmentBuilder(const SegmentBuilder&) = delete;
  SegmentBuilder& operator=(const SegmentBuilder&) = delete;
  /// Room for `bytes` more of the stream; Commit says how many were put there.
  std::span<std::byte> Reserve(std::size_t bytes);
  Status Commit(std::size_t bytes);
  Status Append(std::span<const std::byte> bytes);
  /// The stream is over: the last segment, or why the stream is no good.
  Result<std::vector<SegmentPtr>> Finish();
  const maxcompute::wire::StreamTotals& totals() const { return parser_.totals(); }

 private:
  Status Parse();
  Status Seal();
  BlockParser parser_;
  SegmentFiles& store_;
  ByteBuffer chunk_;
  maxcompute::wire::RecordIndex index_;
  std::size_t records_end_ = 0;  // whole records at the front of the chunk
  std::size_t parsed_ = 0;       // the same with the trailer
  std::vector<SegmentPtr> segments_;
};

/// Reads the body of `exchange` as one record stream, to its end. kDataLoss (CorruptedDataStream,
/// IncompleteBody), kInvalidArgument for a value or a size that is not allowed, kUnavailable when
/// the client went away.
Result<ReceivedBlock> ReceiveBlock(http::ServerExchange& exchange, maxcompute::wire::Codec codec,
                                   SegmentBuilder& builder, const Limits& limits,
                                   Throttle& throttle, const std::stop_token& stop);

}  // namespace culvert::emulator
