// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/check.h"
#include "libs/maxcompute/wire/codec.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

// Shared by the targets of the codecs. Input: one byte that says how input and output are cut, then
// a body. It is decompressed as a body, and also compressed and read back as content.

namespace culvert::maxcompute::wire {

inline constexpr std::size_t kFuzzOutputMax = std::size_t{1} << 20;

/// What a body holds; nothing when it is refused or larger than kFuzzOutputMax.
inline std::optional<std::string> FuzzDecompress(Decompressor& decompressor, std::string_view body,
                                                 std::size_t piece, std::size_t room) {
  std::string plain;
  std::string out(room, '\0');
  std::size_t at = 0;
  while (plain.size() < kFuzzOutputMax) {
    const std::string window(body.substr(at, piece));
    const auto step = decompressor.Decompress(std::as_bytes(std::span(window)),
                                              std::as_writable_bytes(std::span(out)));
    if (!step) return std::nullopt;
    CULVERT_CHECK(step->consumed <= window.size() && step->produced <= room);
    plain.append(out, 0, step->produced);
    at += step->consumed;
    if (at == body.size() && step->produced == 0) {
      if (!decompressor.Finish()) return std::nullopt;
      return plain;
    }
    CULVERT_CHECK(step->consumed != 0 || step->produced != 0);
  }
  return std::nullopt;
}

inline std::string FuzzCompress(Compressor& compressor, std::string_view plain, std::size_t piece,
                                std::size_t room) {
  std::string body;
  std::string out(room, '\0');
  const auto span = std::as_writable_bytes(std::span(out));
  for (std::size_t at = 0; at < plain.size();) {
    const std::string window(plain.substr(at, piece));
    const auto step = compressor.Compress(std::as_bytes(std::span(window)), span);
    CULVERT_CHECK(step.has_value() && (step->consumed != 0 || step->produced != 0));
    body.append(out, 0, step->produced);
    at += step->consumed;
  }
  while (true) {
    const auto tail = compressor.Finish(span);
    CULVERT_CHECK(tail.has_value() && (tail->finished || tail->produced != 0));
    body.append(out, 0, tail->produced);
    if (tail->finished) return body;
  }
}

inline void FuzzCodec(Codec codec, const std::uint8_t* data, std::size_t size) {
  if (size < 1) return;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = std::size_t{1} << (data[0] & 0x0f);
  const std::size_t room = std::size_t{1} << (data[0] >> 4);
  FuzzDecompress(*MakeDecompressor(codec), text, piece, room);
  const std::string body = FuzzCompress(*MakeCompressor(codec), text, piece, room);
  const auto plain = FuzzDecompress(*MakeDecompressor(codec), body, room, piece);
  CULVERT_CHECK(plain.has_value() && *plain == text);
}

}  // namespace culvert::maxcompute::wire
