// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/wire/codec.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "runner/engine/block_result.h"
#include "runner/engine/target.h"

#include <cstdint>
#include <memory>
#include <span>

namespace culvert::runner {

/// Where the records of one block go: opens the block on the target when the first byte is due,
/// codes, writes, and ends the stream with its trailer. Counts bytes and waiting into a
/// BlockResult. Destroyed before Finish, the target keeps nothing. Not thread-safe.
class BlockSink {
 public:
  struct Where {
    Target& target;
    std::size_t session = 0;
    std::uint64_t block_id = 0;
    maxcompute::wire::Codec codec = maxcompute::wire::Codec::kIdentity;
  };
  /// `result` and `scratch` (reused between blocks) must outlive the sink.
  BlockSink(const Where& where, BlockResult& result, ByteBuffer& scratch)
      : where_(where), result_(result), scratch_(scratch) {}

  /// Writes whole records, coding them.
  Status Records(const OpContext& ctx, std::span<const std::byte> records);
  /// Writes bytes that are coded already, trailer included; not to be mixed with Records.
  Status Coded(const OpContext& ctx, std::span<const std::byte> bytes);
  /// Ends a stream of Records with its trailer, and the block.
  Status Finish(const OpContext& ctx, const maxcompute::wire::StreamTotals& totals);
  /// Ends a block written by Coded.
  Status FinishCoded(const OpContext& ctx);
  bool opened() const { return writer_ != nullptr; }

 private:
  Status Open(const OpContext& ctx);
  Status Compress(const OpContext& ctx, std::span<const std::byte> bytes);
  Status CompressTail(const OpContext& ctx);

  const Where where_;
  BlockResult& result_;
  ByteBuffer& scratch_;
  std::unique_ptr<BlockWriter> writer_;
  std::unique_ptr<maxcompute::wire::Compressor> compressor_;  // null: identity
};

}  // namespace culvert::runner
