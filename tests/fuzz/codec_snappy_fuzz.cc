// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/crc32c.h"
#include "tests/fuzz/codec_fuzz.h"

#include <snappy.h>

#include <array>
#include <bit>
#include <cstring>

// Also: the body is read once more with the checksums of its chunks put right, as else hardly any
// mutation would pass a chunk; what is accepted must be what the chunks hold.

namespace culvert::maxcompute::wire {
namespace {

struct Body {
  std::string bytes;  // with right checksums
  std::string plain;  // of its whole chunks
};

std::uint32_t MaskedCrc(std::string_view plain) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(plain.data());
  const std::uint32_t crc =
      internal::CrcValue(internal::CrcBytes(internal::kCrcBegin, data, plain.size()));
  return std::rotr(crc, 15) + 0xa282ead8;
}

Body PutRight(std::string_view body) {
  constexpr std::size_t kHeader = 4;
  constexpr std::size_t kCrc = 4;
  constexpr std::size_t kPlainMax = 65536;
  Body right{.bytes = std::string(body), .plain = {}};
  for (std::size_t at = 0; at + kHeader <= body.size();) {
    std::array<std::uint8_t, kHeader> header{};
    std::memcpy(header.data(), body.data() + at, kHeader);
    const std::size_t size = header[1] | std::size_t{header[2]} << 8 | std::size_t{header[3]} << 16;
    if (at + kHeader + size > body.size()) break;
    const bool compressed = header[0] == 0;
    if ((compressed || header[0] == 1) && size >= kCrc) {
      const std::string_view payload = body.substr(at + kHeader + kCrc, size - kCrc);
      std::string plain(payload);
      std::size_t length = 0;
      if (compressed &&
          (!snappy::GetUncompressedLength(payload.data(), payload.size(), &length) ||
           length > kPlainMax || !snappy::Uncompress(payload.data(), payload.size(), &plain))) {
        break;
      }
      const std::uint32_t crc = MaskedCrc(plain);
      std::memcpy(right.bytes.data() + at + kHeader, &crc, kCrc);
      right.plain += plain;
    }
    at += kHeader + size;
  }
  return right;
}

}  // namespace
}  // namespace culvert::maxcompute::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace culvert::maxcompute::wire;
  FuzzCodec(Codec::kSnappyFramed, data, size);
  if (size < 1) return 0;
  const Body body = PutRight({reinterpret_cast<const char*>(data) + 1, size - 1});
  const auto plain =
      FuzzDecompress(*MakeDecompressor(Codec::kSnappyFramed), body.bytes, size, 4096);
  CULVERT_CHECK(!plain.has_value() || *plain == body.plain);
  return 0;
}
