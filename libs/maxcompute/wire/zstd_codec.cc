// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/codec_factories.h"

#include <zstd.h>

namespace culvert::maxcompute::wire::internal {
namespace {

// A frame asks for the window that its reader must hold. 8 MiB covers every level up to 19, so any
// usual writer; the default limit of 128 MiB would let one body outgrow the runner's memory.
constexpr int kWindowLogMax = 23;
constexpr int kLevel = 1;

struct FreeZstdContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() : context_(ZSTD_createDCtx()) {
    CULVERT_CHECK(context_ != nullptr);
    const std::size_t outcome =
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
    CULVERT_CHECK(ZSTD_isError(outcome) == 0);
  }

  Result<Step> Decompress(std::span<const std::byte> in, std::span<std::byte> out) override {
    if (ended_) {
      if (in.empty()) return Step{};
      return Failed("bytes follow its frame");
    }
    if (failed_) return Failed("it has failed before");
    ZSTD_inBuffer input{.src = in.data(), .size = in.size(), .pos = 0};
    ZSTD_outBuffer output{.dst = out.data(), .size = out.size(), .pos = 0};
    const std::size_t outcome = ZSTD_decompressStream(context_.get(), &output, &input);
    if (ZSTD_isError(outcome) != 0) return Failed(ZSTD_getErrorName(outcome));
    if (outcome == 0 && !in.empty()) ended_ = true;
    if (ended_ && input.pos != input.size) return Failed("bytes follow its frame");
    return Step{.consumed = input.pos, .produced = output.pos};
  }

  Status Finish() override {
    if (ended_ && !failed_) return {};
    return Fail(CutShortBody(Codec::kZstd));
  }

 private:
  std::unexpected<Error> Failed(std::string_view why) {
    failed_ = true;
    return Fail(DamagedBody(Codec::kZstd, why));
  }

  std::unique_ptr<ZSTD_DCtx, FreeZstdContext> context_;
  bool ended_ = false;
  bool failed_ = false;
};

class ZstdCompressor final : public Compressor {
 public:
  ZstdCompressor() : context_(ZSTD_createCCtx()) {
    CULVERT_CHECK(context_ != nullptr);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  Result<Step> Compress(std::span<const std::byte> in, std::span<std::byte> out) override {
    ZSTD_inBuffer input{.src = in.data(), .size = in.size(), .pos = 0};
    ZSTD_outBuffer output{.dst = out.data(), .size = out.size(), .pos = 0};
    CULVERT_TRY(Run(output, input, ZSTD_e_continue));
    return Step{.consumed = input.pos, .produced = output.pos};
  }

  Result<Tail> Finish(std::span<std::byte> out) override {
    ZSTD_inBuffer input{.src = nullptr, .size = 0, .pos = 0};
    ZSTD_outBuffer output{.dst = out.data(), .size = out.size(), .pos = 0};
    CULVERT_ASSIGN_OR_RETURN(const std::size_t left, Run(output, input, ZSTD_e_end));
    return Tail{.produced = output.pos, .finished = left == 0};
  }

 private:
  Result<std::size_t> Run(ZSTD_outBuffer& output, ZSTD_inBuffer& input,
                          ZSTD_EndDirective directive) {
    const std::size_t outcome = ZSTD_compressStream2(context_.get(), &output, &input, directive);
    if (ZSTD_isError(outcome) != 0) {
      return Fail(FailedCompression(Codec::kZstd, ZSTD_getErrorName(outcome)));
    }
    return outcome;
  }

  std::unique_ptr<ZSTD_CCtx, FreeZstdContext> context_;
};

}  // namespace

std::unique_ptr<Decompressor> MakeZstdDecompressor() {
  return std::make_unique<ZstdDecompressor>();
}
std::unique_ptr<Compressor> MakeZstdCompressor() { return std::make_unique<ZstdCompressor>(); }

}  // namespace culvert::maxcompute::wire::internal
