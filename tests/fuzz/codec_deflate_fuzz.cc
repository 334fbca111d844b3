// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/codec_factories.h"
#include "tests/fuzz/codec_fuzz.h"

// Also: what the usual decompressor and zlib both accept must be the same content.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace culvert::maxcompute::wire;
  FuzzCodec(Codec::kDeflate, data, size);
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto fast = FuzzDecompress(*MakeDecompressor(Codec::kDeflate), text, size, 4096);
  const auto zlib = FuzzDecompress(*internal::MakeZlibDecompressor(), text, size, 4096);
  CULVERT_CHECK(!fast.has_value() || !zlib.has_value() || *fast == *zlib);
  return 0;
}
