// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/wire/codec.h"
#include "runner/engine/block_result.h"
#include "runner/engine/source.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace culvert::runner {

/// How much of a body is looked at in one step; a window grows beyond it only for a larger record.
inline constexpr std::size_t kWindowBytes = std::size_t{256} * 1024;

/// Turns a coded body into record bytes, a window at a time. Counts bytes and waiting into a
/// BlockResult.
class BodyReader {
 public:
  using Tap = std::function<Status(const OpContext& ctx, std::span<const std::byte> coded)>;

  /// `reader` and `result` must outlive this object. `tap` (may be empty) gets the bytes as they
  /// came.
  BodyReader(CodedReader& reader, BlockResult& result, Tap tap = {});
  /// Appends some record bytes to `window`, at most kWindowBytes. False at the end of the body.
  Result<bool> Fill(const OpContext& ctx, ByteBuffer& window);
  /// True when the last error came from the tap.
  bool tap_failed() const { return tap_failed_; }

 private:
  Result<std::span<const std::byte>> ReadCoded(const OpContext& ctx);

  CodedReader& reader_;
  BlockResult& result_;
  Tap tap_;
  bool tap_failed_ = false;
  std::unique_ptr<maxcompute::wire::Decompressor> decompressor_;  // null: identity
  std::span<const std::byte> coded_;  // of the last read, not yet decompressed
  bool more_output_ = false;          // the last step filled its room: more may be inside
};

}  // namespace culvert::runner
