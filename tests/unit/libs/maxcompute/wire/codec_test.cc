// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/codec.h"

#include "libs/maxcompute/wire/codec_factories.h"
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <functional>

namespace culvert::maxcompute::wire::testing {
namespace {

struct Maker {
  std::string name;
  std::function<std::unique_ptr<Compressor>()> compressor;
  std::function<std::unique_ptr<Decompressor>()> decompressor;
  bool ends = true;     // the format has an end mark
  bool strong = false;  // and a strong checksum over everything
};

std::vector<Maker> Makers() {
  const auto of = [](Codec codec) {
    return Maker{.name = std::string(CodecName(codec)),
                 .compressor = [codec] { return MakeCompressor(codec); },
                 .decompressor = [codec] { return MakeDecompressor(codec); }};
  };
  Maker snappy = of(Codec::kSnappyFramed);
  snappy.ends = false;
  Maker zstd = of(Codec::kZstd);
  Maker lz4 = of(Codec::kLz4Frame);
  zstd.strong = lz4.strong = true;
  return {of(Codec::kDeflate),
          Maker{.name = "zlib",
                .compressor = internal::MakeZlibCompressor,
                .decompressor = internal::MakeZlibDecompressor},
          zstd, lz4, snappy};
}

/// Compresses `plain` in pieces of `piece`, with `room` bytes of output at a time.
std::string Pack(const Maker& maker, std::string_view plain, std::size_t piece, std::size_t room) {
  const auto compressor = maker.compressor();
  std::string packed;
  std::string out(room, '\0');
  const auto span = std::as_writable_bytes(std::span(out));
  for (std::size_t at = 0; at < plain.size();) {
    const auto step = compressor->Compress(BytesOf(plain.substr(at, piece)), span);
    EXPECT_TRUE(step.has_value());
    if (!step) return packed;
    packed.append(out, 0, step->produced);
    at += step->consumed;
  }
  while (true) {
    const auto tail = compressor->Finish(span);
    EXPECT_TRUE(tail.has_value());
    if (!tail) return packed;
    packed.append(out, 0, tail->produced);
    if (tail->finished) return packed;
  }
}

/// Decompresses `packed` in the same way; at most `limit` bytes of output are asked for.
Result<std::string> Unpack(const Maker& maker, std::string_view packed, std::size_t piece,
                           std::size_t room, std::size_t limit = SIZE_MAX) {
  const auto decompressor = maker.decompressor();
  std::string plain;
  std::string out(room, '\0');
  const auto span = std::as_writable_bytes(std::span(out));
  std::size_t at = 0;
  while (plain.size() < limit) {
    const std::string window(packed.substr(at, piece));
    CULVERT_ASSIGN_OR_RETURN(const Step step, decompressor->Decompress(BytesOf(window), span));
    EXPECT_LE(step.produced, room);
    plain.append(out, 0, step.produced);
    at += step.consumed;
    if (at == packed.size() && step.produced == 0) break;
    if (step.consumed == 0 && step.produced == 0) return Fail(Internal("no progress"));
  }
  if (plain.size() < limit) CULVERT_TRY(decompressor->Finish());
  return plain;
}

std::string SampleText(std::uint64_t seed, std::size_t size) {
  Random random(seed);
  std::string text;
  while (text.size() < size) {
    if (Below(random, 3) == 0) {
      text += std::to_string(random());
    } else {
      text += "a phrase that comes again and again, ";
    }
  }
  text.resize(size);
  return text;
}

TEST(CodecTest, NamesReadBack) {
  for (const Codec codec :
       {Codec::kIdentity, Codec::kDeflate, Codec::kZstd, Codec::kLz4Frame, Codec::kSnappyFramed}) {
    EXPECT_EQ(CodecFromName(CodecName(codec)), codec);
    EXPECT_EQ(CodecFromContentEncoding(ContentEncoding(codec)), codec);
  }
  EXPECT_EQ(CodecFromContentEncoding("X-Snappy-Framed"), Codec::kSnappyFramed);
  EXPECT_EQ(CodecFromContentEncoding("Identity"), Codec::kIdentity);
  EXPECT_EQ(CodecFromContentEncoding("gzip"), std::nullopt);
  EXPECT_EQ(CodecFromName("x-lz4-frame"), std::nullopt);
}

TEST(CodecTest, IdentityIsACopy) {
  const Maker identity{.name = "identity",
                       .compressor = [] { return MakeCompressor(Codec::kIdentity); },
                       .decompressor = [] { return MakeDecompressor(Codec::kIdentity); }};
  EXPECT_EQ(Pack(identity, "hello", 2, 1), "hello");
  EXPECT_EQ(Unpack(identity, "hello", 2, 1).value(), "hello");
}

TEST(CodecTest, AnyChunkingReadsBack) {
  constexpr std::uint64_t kSeed = 17;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  for (const Maker& maker : Makers()) {
    for (const std::size_t size : {0, 1, 100, 65535, 65536, 65537, 300'000}) {
      const std::string plain = SampleText(size, size);
      for (int i = 0; i < 4; ++i) {
        const std::size_t small = 1 + Below(random, 50);
        const std::size_t large = 1 + Below(random, 100'000);
        const std::size_t in = i % 2 == 0 || size > 70'000 ? large : small;
        const std::size_t out = i < 2 || size > 70'000 ? large : small;
        SCOPED_TRACE(maker.name + " of " + std::to_string(size) + " by " + std::to_string(in) +
                     " and " + std::to_string(out));
        const std::string packed = Pack(maker, plain, in, out);
        const auto read = Unpack(maker, packed, out, in);
        ASSERT_TRUE(read.has_value()) << ToString(read.error());
        ASSERT_TRUE(*read == plain);
      }
    }
  }
}

TEST(CodecTest, RandomBytesSurviveToo) {
  Random random(18);
  std::string plain(200'000, '\0');
  for (char& c : plain) c = static_cast<char>(random());
  for (const Maker& maker : Makers()) {
    const std::string packed = Pack(maker, plain, 77'777, 10'000);
    EXPECT_LE(packed.size(), plain.size() + plain.size() / 100 + 100) << maker.name;
    EXPECT_TRUE(Unpack(maker, packed, 9'999, 65'536).value_or("") == plain) << maker.name;
  }
}

TEST(CodecTest, EveryTruncationIsRefused) {
  const std::string plain = SampleText(5, 3'000);
  for (const Maker& maker : Makers()) {
    const std::string packed = Pack(maker, plain, 1'000, 1'000);
    for (std::size_t size = 0; size < packed.size(); ++size) {
      const auto read = Unpack(maker, packed.substr(0, size), 100, 1'000);
      // A framed snappy body may end behind any chunk; here that is the identifier's.
      if (!maker.ends && size == 10) continue;
      ASSERT_FALSE(read.has_value()) << maker.name << " cut to " << size;
      ASSERT_EQ(read.error().code, ErrorCode::kDataLoss);
    }
  }
}

TEST(CodecTest, NothingMayFollow) {
  const std::string plain = SampleText(6, 3'000);
  for (const Maker& maker : Makers()) {
    const std::string packed = Pack(maker, plain, 1'000, 1'000);
    for (const std::string& more : {std::string(1, '\0'), std::string("x"), packed,
                                    std::string(12, '\0'), packed.substr(0, 3)}) {
      for (const std::size_t piece : {std::size_t{1}, packed.size(), std::size_t{100'000}}) {
        const auto read = Unpack(maker, packed + more, piece, 10'000);
        ASSERT_FALSE(read.has_value()) << maker.name << " with " << more.size() << " by " << piece;
        ASSERT_EQ(read.error().code, ErrorCode::kDataLoss) << maker.name;
      }
    }
  }
}

// Adler-32 has collisions on short text, and one bit makes a snappy chunk skippable: what little
// passes there is left to the record stream's own checksums.
TEST(CodecTest, FlippedBitsHardlyEverGiveOtherBytes) {
  const std::string plain = SampleText(7, 700);
  for (const Maker& maker : Makers()) {
    std::string packed = Pack(maker, plain, 1'000, 1'000);
    std::size_t passed = 0;
    for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
      packed[bit / 8] = static_cast<char>(packed[bit / 8] ^ (1 << (bit % 8)));
      if (Unpack(maker, packed, 64, 1'000).value_or(plain) != plain) ++passed;
      packed[bit / 8] = static_cast<char>(packed[bit / 8] ^ (1 << (bit % 8)));
    }
    EXPECT_LE(passed, maker.strong ? 0U : 1U) << maker.name;
  }
}

TEST(CodecTest, OtherCodecsBodiesAreRefused) {
  const std::string plain = SampleText(8, 1'000);
  const std::vector<Maker> makers = Makers();
  for (const Maker& writer : makers) {
    const std::string packed = Pack(writer, plain, 1'000, 1'000);
    for (const Maker& reader : makers) {
      const bool both_zlib = (writer.name == "zlib" || writer.name == "deflate") &&
                             (reader.name == "zlib" || reader.name == "deflate");
      EXPECT_EQ(Unpack(reader, packed, 100, 1'000).has_value(),
                both_zlib || writer.name == reader.name)
          << writer.name << " read as " << reader.name;
    }
  }
  for (const Maker& reader : makers) {
    EXPECT_FALSE(Unpack(reader, plain, 100, 1'000).has_value()) << reader.name;
    EXPECT_FALSE(Unpack(reader, "", 100, 1'000).has_value()) << reader.name;
  }
}

TEST(CodecTest, BombsComeInBoundedPieces) {
  const std::string plain(std::size_t{64} * 1024 * 1024, '\0');
  for (const Maker& maker : Makers()) {
    const std::string packed = Pack(maker, plain, 1 << 20, 1 << 20);
    EXPECT_LT(packed.size(), plain.size() / 15) << maker.name;
    const auto read = Unpack(maker, packed, packed.size(), 4096, 1 << 20);
    ASSERT_TRUE(read.has_value()) << maker.name;
    EXPECT_GE(read->size(), std::size_t{1} << 20);
  }
}

TEST(CodecTest, DeflateIsTheZlibFormat) {
  const std::string plain = SampleText(9, 100'000);
  const std::string packed = Pack(Makers()[0], plain, 10'000, 10'000);
  std::string out(plain.size(), '\0');
  uLongf size = out.size();
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                       reinterpret_cast<const Bytef*>(packed.data()), packed.size()),
            Z_OK);
  EXPECT_TRUE(out == plain);
  for (const int level : {0, 1, 6, 9}) {
    std::string by_zlib(compressBound(plain.size()), '\0');
    uLongf written = by_zlib.size();
    ASSERT_EQ(compress2(reinterpret_cast<Bytef*>(by_zlib.data()), &written,
                        reinterpret_cast<const Bytef*>(plain.data()), plain.size(), level),
              Z_OK);
    by_zlib.resize(written);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1'000}, by_zlib.size()}) {
      EXPECT_TRUE(Unpack(Makers()[0], by_zlib, piece, 3'000).value_or("") == plain) << level;
    }
  }
}

TEST(CodecTest, WrongAdlerIsRefused) {
  std::string packed = Pack(Makers()[0], "hello, hello, hello", 100, 100);
  packed.back() = static_cast<char>(packed.back() ^ 1);
  const auto read = Unpack(Makers()[0], packed, 100, 100);
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().message.find("checksum"), std::string::npos) << read.error().message;
}

TEST(CodecTest, LargeZstdWindowsAreRefused) {
  const std::string plain = SampleText(10, 20 * 1024 * 1024);
  const auto pack = [&](int window_log) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    std::string packed(ZSTD_compressBound(plain.size()), '\0');
    // Streaming without a known size keeps the window that was asked for.
    ZSTD_inBuffer in{plain.data(), plain.size(), 0};
    ZSTD_outBuffer out{packed.data(), packed.size(), 0};
    ZSTD_inBuffer nothing{nullptr, 0, 0};
    EXPECT_EQ(ZSTD_isError(ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue)), 0U);
    EXPECT_EQ(ZSTD_compressStream2(context, &out, &nothing, ZSTD_e_end), 0U);
    ZSTD_freeCCtx(context);
    packed.resize(out.pos);
    return packed;
  };
  const Maker zstd = Makers()[2];
  EXPECT_TRUE(Unpack(zstd, pack(23), 1 << 20, 1 << 20).has_value());
  const auto refused = Unpack(zstd, pack(24), 1 << 20, 1 << 20);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kDataLoss);
}

TEST(CodecTest, Lz4BlocksAreIndependent) {
  const std::string packed = Pack(Makers()[3], SampleText(11, 200'000), 1 << 20, 1 << 20);
  LZ4F_dctx* context = nullptr;
  ASSERT_EQ(LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)), 0U);
  LZ4F_frameInfo_t info{};
  std::size_t size = packed.size();
  ASSERT_EQ(LZ4F_isError(LZ4F_getFrameInfo(context, &info, packed.data(), &size)), 0U);
  EXPECT_EQ(info.blockMode, LZ4F_blockIndependent);
  EXPECT_EQ(info.contentChecksumFlag, LZ4F_contentChecksumEnabled);
  LZ4F_freeDecompressionContext(context);
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
