// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/codec_factories.h"

#include <isa-l/igzip_lib.h>

#include <cstdint>
#include <vector>

// `deflate` is the zlib format (RFC 1950), not raw deflate, as all SDKs read and write it.

namespace culvert::maxcompute::wire::internal {
namespace {

class IsalDecompressor final : public Decompressor {
 public:
  IsalDecompressor() {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_ZLIB;
  }

  Result<Step> Decompress(std::span<const std::byte> in, std::span<std::byte> out) override {
    if (failed_) return Fail(DamagedBody(Codec::kDeflate, "it has failed before"));
    in = in.first(std::min(in.size(), kStepBytesMax));
    out = out.first(std::min(out.size(), kStepBytesMax));
    if (ended_) {
      if (in.empty()) return Step{};
      return Failed("bytes follow its stream");
    }
    // The library keeps the const that its type lacks.
    state_.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(in.data()));
    state_.avail_in = static_cast<std::uint32_t>(in.size());
    state_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    state_.avail_out = static_cast<std::uint32_t>(out.size());
    const int outcome = isal_inflate(&state_);
    if (outcome == ISAL_INCORRECT_CHECKSUM) return Failed("its checksum does not match");
    if (outcome < 0 || outcome == ISAL_NEED_DICT) return Failed("it is no zlib stream");
    const Step step{.consumed = in.size() - state_.avail_in,
                    .produced = out.size() - state_.avail_out};
    if (state_.block_state == ISAL_BLOCK_FINISH) {
      ended_ = true;
      // Input that was read ahead into the bit buffer counts as consumed, but is behind the end.
      constexpr int kByteBits = 8;
      if (state_.avail_in != 0 || state_.read_in_length >= kByteBits) {
        return Failed("bytes follow its stream");
      }
    }
    return step;
  }

  Status Finish() override {
    if (ended_ && !failed_) return {};
    return Fail(CutShortBody(Codec::kDeflate));
  }

 private:
  std::unexpected<Error> Failed(std::string_view why) {
    failed_ = true;
    return Fail(DamagedBody(Codec::kDeflate, why));
  }

  inflate_state state_{};
  bool ended_ = false;
  bool failed_ = false;
};

class IsalCompressor final : public Compressor {
 public:
  IsalCompressor() : level_buffer_(ISAL_DEF_LVL1_DEFAULT) {
    isal_deflate_init(&stream_);
    stream_.level = 1;  // level 0 saves a quarter of the time and costs a sixth of the ratio
    stream_.level_buf = level_buffer_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    stream_.gzip_flag = IGZIP_ZLIB;
    stream_.flush = NO_FLUSH;
  }

  Result<Step> Compress(std::span<const std::byte> in, std::span<std::byte> out) override {
    in = in.first(std::min(in.size(), kStepBytesMax));
    if (in.empty()) return Step{};
    return Run(in, out);
  }

  Result<Tail> Finish(std::span<std::byte> out) override {
    stream_.end_of_stream = 1;
    CULVERT_ASSIGN_OR_RETURN(const Step step, Run({}, out));
    return Tail{.produced = step.produced, .finished = stream_.internal_state.state == ZSTATE_END};
  }

 private:
  Result<Step> Run(std::span<const std::byte> in, std::span<std::byte> out) {
    out = out.first(std::min(out.size(), kStepBytesMax));
    stream_.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(in.data()));
    stream_.avail_in = static_cast<std::uint32_t>(in.size());
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = static_cast<std::uint32_t>(out.size());
    if (const int outcome = isal_deflate(&stream_); outcome != COMP_OK) {
      return Fail(FailedCompression(Codec::kDeflate, "ISA-L error " + std::to_string(outcome)));
    }
    return Step{.consumed = in.size() - stream_.avail_in,
                .produced = out.size() - stream_.avail_out};
  }

  isal_zstream stream_{};
  std::vector<std::uint8_t> level_buffer_;
};

}  // namespace

std::unique_ptr<Decompressor> MakeIsalDecompressor() {
  return std::make_unique<IsalDecompressor>();
}
std::unique_ptr<Compressor> MakeIsalCompressor() { return std::make_unique<IsalCompressor>(); }

}  // namespace culvert::maxcompute::wire::internal
