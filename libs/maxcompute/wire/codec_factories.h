// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/maxcompute/wire/codec.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

// One .cc a library; codec.cc picks among these.

namespace culvert::maxcompute::wire::internal {

std::unique_ptr<Decompressor> MakeZlibDecompressor();
std::unique_ptr<Compressor> MakeZlibCompressor();
#ifdef CULVERT_HAVE_ISAL
std::unique_ptr<Decompressor> MakeIsalDecompressor();
std::unique_ptr<Compressor> MakeIsalCompressor();
#endif
std::unique_ptr<Decompressor> MakeZstdDecompressor();
std::unique_ptr<Compressor> MakeZstdCompressor();
std::unique_ptr<Decompressor> MakeLz4Decompressor();
std::unique_ptr<Compressor> MakeLz4Compressor();
std::unique_ptr<Decompressor> MakeSnappyDecompressor();
std::unique_ptr<Compressor> MakeSnappyCompressor();

/// The libraries count in 32 bits: one step takes and gives at most this much.
inline constexpr std::size_t kStepBytesMax = std::size_t{1} << 30;

inline Error DamagedBody(Codec codec, std::string_view why) {
  return DataLoss("the " + std::string(CodecName(codec)) + " body is damaged: " + std::string(why) +
                  "; read the range again");
}
inline Error CutShortBody(Codec codec) {
  return DataLoss("the " + std::string(CodecName(codec)) +
                  " body is cut short: its stream has not ended; read the range again");
}
inline Error FailedCompression(Codec codec, std::string_view why) {
  return Internal(std::string(CodecName(codec)) + " cannot compress: " + std::string(why));
}

/// Moves as much as fits from `held` to `out`.
inline std::size_t Drain(ByteBuffer& held, std::span<std::byte> out) {
  const std::size_t size = std::min(held.size(), out.size());
  if (size != 0) std::memcpy(out.data(), held.Readable().data(), size);
  held.Consume(size);
  return size;
}

}  // namespace culvert::maxcompute::wire::internal
