// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/body_reader.h"

#include "libs/base/digest.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace culvert::http::internal {
namespace {

using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;

constexpr auto kBroken = ErrorCode::kInvalidArgument;

/// A stream that comes in pieces of `step` bytes.
struct Wire {
  std::string text;
  std::size_t step = 1;
  std::size_t at = 0;
  ByteBuffer input{};

  BodyReader::Fill Fill() {
    return [this](ByteBuffer& into) -> Result<std::size_t> {
      const std::string_view piece = std::string_view(text).substr(at, step);
      into.Append(AsBytes(piece));
      at += piece.size();
      return piece.size();
    };
  }
};

Result<std::string> ReadAll(BodyReader reader) {
  std::string whole;
  while (true) {
    CULVERT_ASSIGN_OR_RETURN(const auto piece, reader.Next());
    if (piece.empty()) return whole;
    whole.append(AsText(piece));
  }
}

Result<std::string> ReadChunks(const std::string& text, std::size_t step = 3) {
  Wire wire{text, step};
  return ReadAll(BodyReader::Chunked(wire.input, wire.Fill()));
}

TEST(BodyReaderTest, StopsAtItsLength) {
  for (const std::size_t step : {1UL, 3UL, 100UL}) {
    Wire wire{"hello and the next request", step};
    EXPECT_THAT(ReadAll(BodyReader::WithLength(wire.input, wire.Fill(), 5)),
                IsOkAndHolds(std::string("hello")));
    const std::string left(AsText(wire.input.Readable()));
    EXPECT_TRUE(std::string_view(" and the next request").starts_with(left));
  }
}

TEST(BodyReaderTest, AnEmptyBodyIsDoneAtOnce) {
  Wire wire{"next", 4};
  EXPECT_TRUE(BodyReader::WithLength(wire.input, wire.Fill(), 0).done());
  EXPECT_EQ(wire.at, 0U);
}

TEST(BodyReaderTest, PutsChunksTogetherHoweverTheyArrive) {
  const std::string text =
      "5\r\nhello\r\nB;name=value\r\n, and more \r\n001 \r\n!\r\n0\r\nTrailer: x\r\n\r\nNEXT";
  for (std::size_t step = 1; step < text.size(); ++step) {
    Wire wire{text, step};
    EXPECT_THAT(ReadAll(BodyReader::Chunked(wire.input, wire.Fill())),
                IsOkAndHolds(std::string("hello, and more !")))
        << step;
    EXPECT_TRUE(std::string_view("NEXT").starts_with(AsText(wire.input.Readable()))) << step;
  }
}

TEST(BodyReaderTest, ALargeChunkComesInBoundedPieces) {
  const std::string data(2'000'000, 'x');
  Wire wire{"1e8480\r\n" + data + "\r\n0\r\n\r\n", 900'000};
  auto reader = BodyReader::Chunked(wire.input, wire.Fill());
  std::size_t total = 0;
  while (true) {
    const auto piece = reader.Next();
    ASSERT_THAT(piece, IsOk());
    if (piece->empty()) break;
    EXPECT_LE(piece->size(), BodyReader::kPieceBytesMax);
    total += piece->size();
  }
  EXPECT_EQ(total, data.size());
  EXPECT_TRUE(reader.done());
}

TEST(BodyReaderTest, EveryTruncationIsSeen) {
  const std::string text = "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_THAT(ReadChunks(text.substr(0, size)), FailsWith(ErrorCode::kUnavailable)) << size;
  }
  Wire wire{"hell", 2};
  EXPECT_THAT(ReadAll(BodyReader::WithLength(wire.input, wire.Fill(), 5)),
              FailsWith(ErrorCode::kUnavailable));
}

TEST(BodyReaderTest, RefusesMalformedChunks) {
  for (const char* text :
       {"x\r\n", "\r\n", "-1\r\n", "0x1\r\nA\r\n0\r\n\r\n", "5\nhello\n0\n\n",
        "5\r\nhello!\r\n0\r\n\r\n", "10000000000000000\r\n", " 5\r\nhello\r\n"}) {
    EXPECT_THAT(ReadChunks(text), FailsWith(kBroken)) << text;
  }
}

TEST(BodyReaderTest, BoundsItsLines) {
  EXPECT_THAT(ReadChunks("1;" + std::string(10'000, 'x'), 1000), FailsWith(kBroken));
  std::string trailers = "0\r\n";
  for (int i = 0; i < 100; ++i) trailers += "X: " + std::string(1000, 'x') + "\r\n";
  EXPECT_THAT(ReadChunks(trailers, 1000), FailsWith(kBroken));
}

}  // namespace
}  // namespace culvert::http::internal
