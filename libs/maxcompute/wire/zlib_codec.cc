// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/codec_factories.h"

#include <zlib.h>

namespace culvert::maxcompute::wire::internal {
namespace {

void Point(z_stream& stream, std::span<const std::byte> in, std::span<std::byte> out) {
  // The library keeps the const that its type lacks.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
}

class ZlibDecompressor final : public Decompressor {
 public:
  ZlibDecompressor() { CULVERT_CHECK(inflateInit(&stream_) == Z_OK); }
  ZlibDecompressor(const ZlibDecompressor&) = delete;
  ZlibDecompressor& operator=(const ZlibDecompressor&) = delete;
  ~ZlibDecompressor() override { inflateEnd(&stream_); }

  Result<Step> Decompress(std::span<const std::byte> in, std::span<std::byte> out) override {
    in = in.first(std::min(in.size(), kStepBytesMax));
    out = out.first(std::min(out.size(), kStepBytesMax));
    if (ended_) {
      if (in.empty()) return Step{};
      return Fail(DamagedBody(Codec::kDeflate, "bytes follow its stream"));
    }
    if (out.empty()) return Step{};
    Point(stream_, in, out);
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
      return Fail(DamagedBody(Codec::kDeflate,
                              stream_.msg == nullptr ? "it is no zlib stream" : stream_.msg));
    }
    ended_ = outcome == Z_STREAM_END;
    if (ended_ && stream_.avail_in != 0) {
      return Fail(DamagedBody(Codec::kDeflate, "bytes follow its stream"));
    }
    return Step{.consumed = in.size() - stream_.avail_in,
                .produced = out.size() - stream_.avail_out};
  }

  Status Finish() override {
    if (ended_) return {};
    return Fail(CutShortBody(Codec::kDeflate));
  }

 private:
  z_stream stream_{};
  bool ended_ = false;
};

class ZlibCompressor final : public Compressor {
 public:
  ZlibCompressor() { CULVERT_CHECK(deflateInit(&stream_, Z_BEST_SPEED) == Z_OK); }
  ZlibCompressor(const ZlibCompressor&) = delete;
  ZlibCompressor& operator=(const ZlibCompressor&) = delete;
  ~ZlibCompressor() override { deflateEnd(&stream_); }

  Result<Step> Compress(std::span<const std::byte> in, std::span<std::byte> out) override {
    in = in.first(std::min(in.size(), kStepBytesMax));
    out = out.first(std::min(out.size(), kStepBytesMax));
    if (in.empty() || out.empty()) return Step{};
    Point(stream_, in, out);
    if (const int outcome = deflate(&stream_, Z_NO_FLUSH); outcome != Z_OK) {
      return Fail(FailedCompression(Codec::kDeflate, "zlib error " + std::to_string(outcome)));
    }
    return Step{.consumed = in.size() - stream_.avail_in,
                .produced = out.size() - stream_.avail_out};
  }

  Result<Tail> Finish(std::span<std::byte> out) override {
    out = out.first(std::min(out.size(), kStepBytesMax));
    if (out.empty()) return Tail{};
    Point(stream_, {}, out);
    const int outcome = deflate(&stream_, Z_FINISH);
    if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
      return Fail(FailedCompression(Codec::kDeflate, "zlib error " + std::to_string(outcome)));
    }
    return Tail{.produced = out.size() - stream_.avail_out, .finished = outcome == Z_STREAM_END};
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::unique_ptr<Decompressor> MakeZlibDecompressor() {
  return std::make_unique<ZlibDecompressor>();
}
std::unique_ptr<Compressor> MakeZlibCompressor() { return std::make_unique<ZlibCompressor>(); }

}  // namespace culvert::maxcompute::wire::internal
