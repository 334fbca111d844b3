// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/compress.h"

#include "libs/base/check.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace culvert {
namespace {

constexpr int kLevel = 6;

Bytef* In(std::string_view bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // zlib reads only
}

/// Ends the stream whatever happens between.
struct Inflater {
  z_stream stream{};
  Inflater() { CULVERT_CHECK(inflateInit(&stream) == Z_OK); }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

std::string Compress(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string packed(size, '\0');
  const int result =
      compress2(reinterpret_cast<Bytef*>(packed.data()), &size, In(bytes), bytes.size(), kLevel);
  CULVERT_CHECK(result == Z_OK);
  packed.resize(size);
  return packed;
}

Result<std::string> Uncompress(std::string_view bytes, std::size_t limit) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) {
    return Fail(OutOfRange("a compressed text is larger than 4 GiB"));
  }
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = In(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  std::array<char, std::size_t{64} * 1024> piece{};
  for (int result = Z_OK; result != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    result = inflate(&stream, Z_NO_FLUSH);
    const std::size_t got = piece.size() - stream.avail_out;
    if (result != Z_OK && result != Z_STREAM_END) break;
    if (text.size() + got > limit) {
      return Fail(
          OutOfRange("a compressed text holds more than " + std::to_string(limit) + " bytes"));
    }
    text.append(piece.data(), got);
    if (result == Z_STREAM_END && stream.avail_in == 0) return text;
  }
  return Fail(DataLoss("a compressed text is damaged"));
}

}  // namespace culvert
