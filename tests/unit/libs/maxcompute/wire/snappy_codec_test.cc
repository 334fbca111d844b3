// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/digest.h"
#include "libs/maxcompute/wire/codec.h"
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

#include <bit>

// Frames written by hand from the description of the framing format.

namespace culvert::maxcompute::wire::testing {
namespace {

const std::string kIdentifier("\xff\x06\x00\x00sNaPpY", 10);

std::string Chunk(int type, std::string_view payload) {
  std::string chunk(1, static_cast<char>(type));
  for (const std::size_t shift : {0U, 8U, 16U}) {
    chunk += static_cast<char>((payload.size() >> shift) & 0xff);
  }
  return chunk.append(payload);
}

std::string Masked(std::string_view plain) {
  const std::uint32_t masked = std::rotr(Crc32c(BytesOf(plain)), 15) + 0xa282ead8;
  return {reinterpret_cast<const char*>(&masked), sizeof masked};
}

std::string Plain(std::string_view data) { return Chunk(0x01, Masked(data) + std::string(data)); }

Result<std::string> Read(std::string_view body) {
  const auto decompressor = MakeDecompressor(Codec::kSnappyFramed);
  std::string all;
  std::string out(100'000, '\0');
  for (const char c : body) {
    CULVERT_ASSIGN_OR_RETURN(const Step step,
                             decompressor->Decompress(BytesOf(std::string_view(&c, 1)),
                                                      std::as_writable_bytes(std::span(out))));
    EXPECT_EQ(step.consumed, 1U);
    all.append(out, 0, step.produced);
  }
  CULVERT_TRY(decompressor->Finish());
  return all;
}

TEST(SnappyCodecTest, ReadsEveryChunkType) {
  // A compressed chunk: length 6, then a literal of one byte and a copy of five at offset 1.
  const std::string compressed = Chunk(0x00, Masked("aaaaaa") + std::string("\x06\x00"
                                                                            "a\x05\x01",
                                                                            5));
  const std::string body = kIdentifier + Plain("one") + Chunk(0xfe, std::string(300, '\0')) +
                           compressed + Chunk(0x80, "skipped") + Chunk(0xfd, "") + Plain("") +
                           Plain("two");
  const auto read = Read(body);
  ASSERT_TRUE(read.has_value()) << ToString(read.error());
  EXPECT_EQ(*read, "oneaaaaaatwo");
}

TEST(SnappyCodecTest, LargestChunksAreRead) {
  const std::string data(65536, 'x');
  EXPECT_EQ(Read(kIdentifier + Plain(data)).value(), data);
}

TEST(SnappyCodecTest, RefusesEveryViolation) {
  const std::string good = Plain("data");
  std::string bad_crc = good;
  bad_crc[5] = static_cast<char>(bad_crc[5] ^ 1);
  const std::vector<std::string> bodies{
      good,                                              // no identifier
      "\xff\x06" + std::string("\0\0sNaPpy", 8) + good,  // another
      kIdentifier + kIdentifier + good,                  // two
      kIdentifier + good + kIdentifier,                  // a second stream
      kIdentifier + bad_crc,
      kIdentifier + Chunk(0x02, "xxxxxx"),  // reserved, not skippable
      kIdentifier + Chunk(0x7f, ""),
      kIdentifier + Chunk(0x01, "abc"),  // no room for a checksum
      kIdentifier + Plain(std::string(65537, 'x')),
      kIdentifier + Chunk(0x00, std::string(90'000, 'x')),
      kIdentifier + Chunk(0x00, Masked("") + "\xff\xff\xff\xff\xff"),
      kIdentifier + Chunk(0x00, Masked("ab") + std::string("\x02\x09"
                                                           "ab",
                                                           4)),
      // Claims to be 16 MiB.
      kIdentifier + Chunk(0x00, Masked("") + "\x80\x80\x80\x08"),
      kIdentifier + good.substr(0, good.size() - 1),
      kIdentifier + Chunk(0x80, "skipped").substr(0, 6),
      kIdentifier.substr(0, 9),
  };
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const auto read = Read(bodies[i]);
    ASSERT_FALSE(read.has_value()) << i;
    EXPECT_EQ(read.error().code, ErrorCode::kDataLoss) << i;
  }
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
