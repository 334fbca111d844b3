// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace culvert::http::internal {

/// Takes the framing (a length, or chunks) off the body of one HTTP/1 request without copying it:
/// what it returns lies in the connection's input buffer, which must outlive it.
class BodyReader {
 public:
  /// Puts more bytes into the input buffer; 0 at the end of the stream.
  using Fill = std::function<Result<std::size_t>(ByteBuffer& input)>;

  static constexpr std::size_t kPieceBytesMax = 512UL * 1024;

  /// A body of exactly `length` bytes.
  static BodyReader WithLength(ByteBuffer& input, Fill fill, std::uint64_t length);
  static BodyReader Chunked(ByteBuffer& input, Fill fill);

  /// The next bytes, at most kPieceBytesMax, valid until the next call; empty at the end of the
  /// body. kUnavailable when the stream ends before the body does, kInvalidArgument for malformed
  /// chunks, and what Fill fails with.
  Result<std::span<const std::byte>> Next();
  /// True when the whole body was returned and its framing taken off the input.
  bool done() const { return state_ == State::kDone; }

 private:
  enum class State { kData, kChunkEnd, kChunkSize, kTrailer, kDone };
  static State FirstState(bool chunked, std::uint64_t left);
  BodyReader(ByteBuffer& input, Fill fill, bool chunked, std::uint64_t left);
  Result<std::span<const std::byte>> Data();
  Status Line();
  Status More();

  ByteBuffer& input_;
  Fill fill_;
  bool chunked_;
  State state_;
  std::uint64_t left_;        // bytes of the current chunk or of the whole body
  std::size_t returned_ = 0;  // bytes at the front of the input that the caller still looks at
  std::size_t trailer_bytes_ = 0;
};

}  // namespace culvert::http::internal
