// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/codec_factories.h"
#include "libs/maxcompute/wire/crc32c.h"

#include <snappy.h>

#include <array>
#include <bit>
#include <cstdint>

// The Snappy framing format (framing_format.txt of the Snappy sources): a stream identifier, then
// chunks of a type byte, a 24-bit length and, for data, a masked CRC32C of at most 65536 bytes. It
// has no end mark: a body cut between chunks is found by the record stream's own trailer.

namespace culvert::maxcompute::wire::internal {
namespace {

constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kDataBytesMax = 65536;  // of one chunk, uncompressed
constexpr std::size_t kChunkBytesMax = kCrcBytes + 32 + kDataBytesMax + kDataBytesMax / 6;
constexpr std::string_view kIdentifier{"\xff\x06\0\0sNaPpY", 10};

constexpr std::uint8_t kCompressedChunk = 0x00;
constexpr std::uint8_t kPlainChunk = 0x01;
constexpr std::uint8_t kSkippableChunk = 0x80;  // and above, padding included
constexpr std::uint8_t kIdentifierChunk = 0xff;

std::uint32_t MaskedCrc(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint32_t kMaskDelta = 0xa282ead8;
  return std::rotr(CrcValue(CrcBytes(kCrcBegin, data, size)), 15) + kMaskDelta;
}

const char* Chars(const std::uint8_t* data) { return reinterpret_cast<const char*>(data); }

class SnappyDecompressor final : public Decompressor {
 public:
  Result<Step> Decompress(std::span<const std::byte> in, std::span<std::byte> out) override {
    Step step;
    while (true) {
      step.produced += Drain(held_, out.subspan(step.produced));
      if (!held_.empty() || step.consumed == in.size()) return step;
      if (failed_) return Failed("it has failed before");
      CULVERT_TRY(TakeBytes(in, step));
    }
  }

  Status Finish() override {
    if (identified_ && !failed_ && chunk_.empty() && skip_ == 0 && held_.empty()) return {};
    return Fail(CutShortBody(Codec::kSnappyFramed));
  }

 private:
  // Either passes over part of a skipped chunk, or collects a header or a whole chunk in `chunk_`.
  Status TakeBytes(std::span<const std::byte> in, Step& step) {
    const std::span<const std::byte> rest = in.subspan(step.consumed);
    if (skip_ != 0) {
      const std::size_t size = std::min(skip_, rest.size());
      skip_ -= size;
      step.consumed += size;
      return {};
    }
    const std::size_t wanted = chunk_.size() < kHeaderBytes ? kHeaderBytes : ChunkBytes();
    const std::size_t size = std::min(wanted - chunk_.size(), rest.size());
    chunk_.Append(rest.first(size));
    step.consumed += size;
    if (chunk_.size() == kHeaderBytes) CULVERT_TRY(TakeHeader());
    if (chunk_.size() < kHeaderBytes || chunk_.size() < ChunkBytes()) return {};
    const Status status = TakeChunk();
    chunk_.Clear();
    return status;
  }

  const std::uint8_t* Chunk() const {
    return reinterpret_cast<const std::uint8_t*>(chunk_.Readable().data());
  }
  std::uint8_t ChunkType() const { return Chunk()[0]; }
  std::size_t ChunkBytes() const {
    const std::uint8_t* const header = Chunk();
    return kHeaderBytes + (std::size_t{header[1]} | (std::size_t{header[2]} << 8) |
                           (std::size_t{header[3]} << 16));
  }

  // Refuses a chunk by its header, so that nothing large is ever collected.
  Status TakeHeader() {
    const std::uint8_t type = ChunkType();
    const std::size_t size = ChunkBytes() - kHeaderBytes;
    if (type == kIdentifierChunk) {
      if (identified_) return Failed("bytes follow its stream");
      if (size != kIdentifier.size() - kHeaderBytes) return Failed("it is no snappy stream");
      return {};
    }
    if (!identified_) return Failed("it is no snappy stream");
    if (type == kCompressedChunk || type == kPlainChunk) {
      if (size < kCrcBytes || size > kChunkBytesMax) return Failed("a chunk has a wrong size");
      return {};
    }
    if (type < kSkippableChunk) return Failed("a chunk has an unknown type");
    skip_ = size;
    chunk_.Clear();
    return {};
  }

  Status TakeChunk() {
    if (ChunkType() == kIdentifierChunk) {
      const std::string_view text(Chars(Chunk()), chunk_.size());
      if (text != kIdentifier) return Failed("it is no snappy stream");
      identified_ = true;
      return {};
    }
    const std::uint8_t* const payload = Chunk() + kHeaderBytes + kCrcBytes;
    const std::size_t payload_size = chunk_.size() - kHeaderBytes - kCrcBytes;
    const bool compressed = ChunkType() == kCompressedChunk;
    std::size_t size = payload_size;
    if (compressed && !snappy::GetUncompressedLength(Chars(payload), payload_size, &size)) {
      return Failed("a chunk cannot be decompressed");
    }
    if (size > kDataBytesMax) return Failed("a chunk has a wrong size");
    auto* const data = reinterpret_cast<std::uint8_t*>(held_.Reserve(size + 1).data());
    if (!compressed) {
      if (size != 0) std::memcpy(data, payload, size);
    } else if (!snappy::RawUncompress(Chars(payload), payload_size,
                                      reinterpret_cast<char*>(data))) {
      return Failed("a chunk cannot be decompressed");
    }
    if (MaskedCrc(data, size) != Load<std::uint32_t>(Chunk() + kHeaderBytes)) {
      return Failed("a chunk does not match its checksum");
    }
    held_.Commit(size);
    return {};
  }

  std::unexpected<Error> Failed(std::string_view why) {
    failed_ = true;
    return Fail(DamagedBody(Codec::kSnappyFramed, why));
  }

  ByteBuffer chunk_;      // the header and chunk being collected
  ByteBuffer held_;       // decompressed and not yet given
  std::size_t skip_ = 0;  // bytes left of a chunk that is passed over
  bool identified_ = false;
  bool failed_ = false;
};

class SnappyCompressor final : public Compressor {
 public:
  SnappyCompressor() {
    held_.Append(std::as_bytes(std::span(kIdentifier.data(), kIdentifier.size())));
  }

  Result<Step> Compress(std::span<const std::byte> in, std::span<std::byte> out) override {
    Step step;
    while (true) {
      step.produced += Drain(held_, out.subspan(step.produced));
      if (!held_.empty() || step.consumed == in.size()) return step;
      const std::span<const std::byte> rest = in.subspan(step.consumed);
      if (block_.empty() && rest.size() >= kDataBytesMax) {
        WriteChunk(rest.first(kDataBytesMax));
        step.consumed += kDataBytesMax;
        continue;
      }
      const std::size_t size = std::min(kDataBytesMax - block_.size(), rest.size());
      block_.Append(rest.first(size));
      step.consumed += size;
      if (block_.size() == kDataBytesMax) WriteBlock();
    }
  }

  Result<Tail> Finish(std::span<std::byte> out) override {
    if (!block_.empty()) WriteBlock();
    const std::size_t produced = Drain(held_, out);
    return Tail{.produced = produced, .finished = held_.empty()};
  }

 private:
  void WriteBlock() {
    WriteChunk(block_.Readable());
    block_.Clear();
  }

  // A chunk that does not shrink by an eighth goes as it is, as the format advises.
  void WriteChunk(std::span<const std::byte> data) {
    const auto* const plain = reinterpret_cast<const std::uint8_t*>(data.data());
    constexpr std::size_t kBegin = kHeaderBytes + kCrcBytes;
    const std::span<std::byte> room =
        held_.Reserve(kBegin + snappy::MaxCompressedLength(data.size()));
    std::size_t size = 0;
    snappy::RawCompress(Chars(plain), data.size(), reinterpret_cast<char*>(room.data() + kBegin),
                        &size);
    const bool shrunk = size < data.size() - data.size() / 8;
    if (!shrunk) {
      std::memcpy(room.data() + kBegin, data.data(), data.size());
      size = data.size();
    }
    const std::size_t length = size + kCrcBytes;
    const std::array<std::uint8_t, kHeaderBytes> header{
        shrunk ? kCompressedChunk : kPlainChunk, static_cast<std::uint8_t>(length & 0xff),
        static_cast<std::uint8_t>((length >> 8) & 0xff),
        static_cast<std::uint8_t>((length >> 16) & 0xff)};
    const std::uint32_t crc = MaskedCrc(plain, data.size());
    std::memcpy(room.data(), header.data(), header.size());
    std::memcpy(room.data() + kHeaderBytes, &crc, sizeof crc);
    held_.Commit(kBegin + size);
  }

  ByteBuffer block_;  // input that does not fill a chunk yet
  ByteBuffer held_;   // chunks not yet given
};

}  // namespace

std::unique_ptr<Decompressor> MakeSnappyDecompressor() {
  return std::make_unique<SnappyDecompressor>();
}
std::unique_ptr<Compressor> MakeSnappyCompressor() { return std::make_unique<SnappyCompressor>(); }

}  // namespace culvert::maxcompute::wire::internal
