// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/codec_factories.h"

#include <lz4frame.h>

namespace culvert::maxcompute::wire::internal {
namespace {

struct FreeLz4Context {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
  void operator()(LZ4F_cctx* context) const { LZ4F_freeCompressionContext(context); }
};

class Lz4Decompressor final : public Decompressor {
 public:
  Lz4Decompressor() {
    LZ4F_dctx* context = nullptr;
    CULVERT_CHECK(LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) == 0);
    context_.reset(context);
  }

  Result<Step> Decompress(std::span<const std::byte> in, std::span<std::byte> out) override {
    if (ended_) {
      if (in.empty()) return Step{};
      return Failed("bytes follow its frame");
    }
    if (failed_) return Failed("it has failed before");
    std::size_t consumed = in.size();
    std::size_t produced = out.size();
    const std::size_t outcome =
        LZ4F_decompress(context_.get(), out.data(), &produced, in.data(), &consumed, nullptr);
    if (LZ4F_isError(outcome) != 0) return Failed(LZ4F_getErrorName(outcome));
    if (outcome == 0 && consumed != 0) ended_ = true;
    if (ended_ && consumed != in.size()) return Failed("bytes follow its frame");
    return Step{.consumed = consumed, .produced = produced};
  }

  Status Finish() override {
    if (ended_ && !failed_) return {};
    return Fail(CutShortBody(Codec::kLz4Frame));
  }

 private:
  std::unexpected<Error> Failed(std::string_view why) {
    failed_ = true;
    return Fail(DamagedBody(Codec::kLz4Frame, why));
  }

  std::unique_ptr<LZ4F_dctx, FreeLz4Context> context_;
  bool ended_ = false;
  bool failed_ = false;
};

class Lz4Compressor final : public Compressor {
 public:
  Lz4Compressor() {
    LZ4F_cctx* context = nullptr;
    CULVERT_CHECK(LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION)) == 0);
    context_.reset(context);
    preferences_.frameInfo.blockSizeID = LZ4F_max64KB;
    // The Java SDK's reader takes independent blocks only.
    preferences_.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences_.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  }

  Result<Step> Compress(std::span<const std::byte> in, std::span<std::byte> out) override {
    CULVERT_TRY(Begin());
    Step step;
    while (true) {
      step.produced += Drain(held_, out.subspan(step.produced));
      if (!held_.empty() || step.consumed == in.size()) return step;
      const auto piece =
          in.subspan(step.consumed).first(std::min(in.size() - step.consumed, kPieceBytes));
      CULVERT_TRY(
          Hold(LZ4F_compressBound(piece.size(), &preferences_), [&](std::span<std::byte> room) {
            return LZ4F_compressUpdate(context_.get(), room.data(), room.size(), piece.data(),
                                       piece.size(), nullptr);
          }));
      step.consumed += piece.size();
    }
  }

  Result<Tail> Finish(std::span<std::byte> out) override {
    CULVERT_TRY(Begin());
    if (!ended_) {
      CULVERT_TRY(Hold(LZ4F_compressBound(0, &preferences_), [&](std::span<std::byte> room) {
        return LZ4F_compressEnd(context_.get(), room.data(), room.size(), nullptr);
      }));
      ended_ = true;
    }
    const std::size_t produced = Drain(held_, out);
    return Tail{.produced = produced, .finished = held_.empty()};
  }

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

  Status Begin() {
    if (begun_) return {};
    begun_ = true;
    return Hold(LZ4F_HEADER_SIZE_MAX, [&](std::span<std::byte> room) {
      return LZ4F_compressBegin(context_.get(), room.data(), room.size(), &preferences_);
    });
  }
  // The library wants room for its worst case, which the caller's `out` need not have.
  template <typename Write>
  Status Hold(std::size_t room, const Write& write) {
    const std::size_t outcome = write(held_.Reserve(room));
    if (LZ4F_isError(outcome) != 0) {
      return Fail(FailedCompression(Codec::kLz4Frame, LZ4F_getErrorName(outcome)));
    }
    held_.Commit(outcome);
    return {};
  }

  std::unique_ptr<LZ4F_cctx, FreeLz4Context> context_;
  LZ4F_preferences_t preferences_{};
  ByteBuffer held_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> MakeLz4Decompressor() { return std::make_unique<Lz4Decompressor>(); }
std::unique_ptr<Compressor> MakeLz4Compressor() { return std::make_unique<Lz4Compressor>(); }

}  // namespace culvert::maxcompute::wire::internal
