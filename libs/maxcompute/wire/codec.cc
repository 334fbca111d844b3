// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/codec.h"

#include "libs/maxcompute/wire/codec_factories.h"
#include "libs/record/schema.h"

#include <array>

namespace culvert::maxcompute::wire {
namespace {

struct CodecEntry {
  Codec codec;
  std::string_view encoding;  // on the wire
  std::string_view name;      // for people
};

// Source of the wire names: both SDKs' compress options.
constexpr std::array kCodecs{
    CodecEntry{.codec = Codec::kIdentity, .encoding = "", .name = "identity"},
    CodecEntry{.codec = Codec::kDeflate, .encoding = "deflate", .name = "deflate"},
    CodecEntry{.codec = Codec::kZstd, .encoding = "zstd", .name = "zstd"},
    CodecEntry{.codec = Codec::kLz4Frame, .encoding = "x-lz4-frame", .name = "lz4"},
    CodecEntry{.codec = Codec::kSnappyFramed, .encoding = "x-snappy-framed", .name = "snappy"},
};

const CodecEntry& EntryOf(Codec codec) { return kCodecs[static_cast<std::size_t>(codec)]; }

Step Copy(std::span<const std::byte> in, std::span<std::byte> out) {
  const std::size_t size = std::min(in.size(), out.size());
  if (size != 0) std::memcpy(out.data(), in.data(), size);
  return {.consumed = size, .produced = size};
}

class IdentityDecompressor final : public Decompressor {
 public:
  Result<Step> Decompress(std::span<const std::byte> in, std::span<std::byte> out) override {
    return Copy(in, out);
  }
  Status Finish() override { return {}; }
};

class IdentityCompressor final : public Compressor {
 public:
  Result<Step> Compress(std::span<const std::byte> in, std::span<std::byte> out) override {
    return Copy(in, out);
  }
  Result<Tail> Finish(std::span<std::byte> /*out*/) override {
    return Tail{.produced = 0, .finished = true};
  }
};

}  // namespace

std::string_view ContentEncoding(Codec codec) { return EntryOf(codec).encoding; }

std::optional<Codec> CodecFromContentEncoding(std::string_view text) {
  if (record::SameName(text, "identity")) return Codec::kIdentity;
  for (const CodecEntry& entry : kCodecs) {
    if (record::SameName(text, entry.encoding)) return entry.codec;
  }
  return std::nullopt;
}

std::string_view CodecName(Codec codec) { return EntryOf(codec).name; }

std::optional<Codec> CodecFromName(std::string_view name) {
  for (const CodecEntry& entry : kCodecs) {
    if (record::SameName(name, entry.name)) return entry.codec;
  }
  return std::nullopt;
}

std::unique_ptr<Decompressor> MakeDecompressor(Codec codec) {
  switch (codec) {
    case Codec::kIdentity:
      break;
    case Codec::kDeflate:
#ifdef CULVERT_HAVE_ISAL
      return internal::MakeIsalDecompressor();
#else
      return internal::MakeZlibDecompressor();
#endif
    case Codec::kZstd:
      return internal::MakeZstdDecompressor();
    case Codec::kLz4Frame:
      return internal::MakeLz4Decompressor();
    case Codec::kSnappyFramed:
      return internal::MakeSnappyDecompressor();
  }
  return std::make_unique<IdentityDecompressor>();
}

std::unique_ptr<Compressor> MakeCompressor(Codec codec) {
  switch (codec) {
    case Codec::kIdentity:
      break;
    case Codec::kDeflate:
#ifdef CULVERT_HAVE_ISAL
      return internal::MakeIsalCompressor();
#else
      return internal::MakeZlibCompressor();
#endif
    case Codec::kZstd:
      return internal::MakeZstdCompressor();
    case Codec::kLz4Frame:
      return internal::MakeLz4Compressor();
    case Codec::kSnappyFramed:
      return internal::MakeSnappyCompressor();
  }
  return std::make_unique<IdentityCompressor>();
}

}  // namespace culvert::maxcompute::wire
