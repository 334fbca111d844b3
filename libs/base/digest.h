// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace culvert {

/// CRC32C of `data`, continued from `crc` (0 to begin). "123456789" -> 0xe3069283.
/// The hot path has its own inline form in libs/maxcompute/wire/crc32c.h.
std::uint32_t Crc32c(std::span<const std::byte> data, std::uint32_t crc = 0);

std::array<std::byte, 20> HmacSha1(std::span<const std::byte> key, std::string_view message);
std::array<std::byte, 32> HmacSha256(std::span<const std::byte> key, std::string_view message);
/// Lower-case hexadecimal.
std::string Md5Hex(std::string_view data);
std::string Sha1Hex(std::string_view data);
std::string Sha256Hex(std::string_view data);
std::string Base64Encode(std::span<const std::byte> data);
Result<std::string> Base64Decode(std::string_view text);
std::string HexEncode(std::span<const std::byte> data);
Result<std::string> HexDecode(std::string_view text);
/// 32 random lower-case hexadecimal characters from the system's generator.
std::string RandomHex128();

inline std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace culvert
