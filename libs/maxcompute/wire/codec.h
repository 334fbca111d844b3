// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace culvert::maxcompute::wire {

/// Body codings that Tunnel knows for records (tunnel-batch.md section 6).
enum class Codec : std::uint8_t { kIdentity, kDeflate, kZstd, kLz4Frame, kSnappyFramed };

/// Value of Content-Encoding / Accept-Encoding: "", "deflate", "zstd", "x-lz4-frame",
/// "x-snappy-framed".
std::string_view ContentEncoding(Codec codec);
/// Reads a Content-Encoding ("" and "identity" are kIdentity), any case.
std::optional<Codec> CodecFromContentEncoding(std::string_view text);
/// The name users write: identity, deflate, zstd, lz4, snappy.
std::string_view CodecName(Codec codec);
std::optional<Codec> CodecFromName(std::string_view name);

/// What one step took and gave.
struct Step {
  std::size_t consumed = 0;
  std::size_t produced = 0;
};

/// Streaming decompressor of one body, memory bounded by the codec's window, whatever the ratio: it
/// writes only into the caller's `out`. Not thread-safe.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  /// Takes some of `in`, fills some of `out`; call again until all of `in` is consumed and nothing
  /// more is produced. kDataLoss on bytes that are no such stream, on a failed checksum and on
  /// anything behind the stream's end (a second member included).
  virtual Result<Step> Decompress(std::span<const std::byte> in, std::span<std::byte> out) = 0;
  /// Success only when the stream has ended: kDataLoss when it was cut short.
  virtual Status Finish() = 0;
};
std::unique_ptr<Decompressor> MakeDecompressor(Codec codec);

/// Streaming compressor of one body. Not thread-safe.
class Compressor {
 public:
  virtual ~Compressor() = default;
  virtual Result<Step> Compress(std::span<const std::byte> in, std::span<std::byte> out) = 0;
  /// Writes what is left; call until `finished` is true.
  struct Tail {
    std::size_t produced = 0;
    bool finished = false;
  };
  virtual Result<Tail> Finish(std::span<std::byte> out) = 0;
};
/// Fastest level of each codec: deflate by ISA-L (zlib where ISA-L is not built in), zstd 1.
std::unique_ptr<Compressor> MakeCompressor(Codec codec);

}  // namespace culvert::maxcompute::wire
