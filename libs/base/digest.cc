// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/digest.h"

#include "libs/base/check.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstring>
#if defined(__SSE4_2__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace culvert {
namespace {

// One step a byte, and a step of eight, in the form the machine has.
#if defined(__SSE4_2__)
std::uint32_t Step(std::uint32_t crc, std::uint8_t byte) { return _mm_crc32_u8(crc, byte); }
std::uint32_t Step8(std::uint32_t crc, std::uint64_t word) {
  return static_cast<std::uint32_t>(_mm_crc32_u64(crc, word));
}
#elif defined(__ARM_FEATURE_CRC32)
std::uint32_t Step(std::uint32_t crc, std::uint8_t byte) { return __crc32cb(crc, byte); }
std::uint32_t Step8(std::uint32_t crc, std::uint64_t word) { return __crc32cd(crc, word); }
#else
constexpr std::array<std::uint32_t, 256> MakeTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0x82f63b78U : 0);
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kTable = MakeTable();
std::uint32_t Step(std::uint32_t crc, std::uint8_t byte) {
  return kTable[(crc ^ byte) & 0xff] ^ (crc >> 8);
}
std::uint32_t Step8(std::uint32_t crc, std::uint64_t word) {
  for (int i = 0; i < 8; ++i) crc = Step(crc, static_cast<std::uint8_t>(word >> (8 * i)));
  return crc;
}
#endif

template <std::size_t kSize>
std::array<std::byte, kSize> Hmac(const EVP_MD* hash, std::span<const std::byte> key,
                                  std::string_view message) {
  std::array<std::byte, kSize> out{};
  unsigned int size = 0;
  // A null key pointer would mean "the key of the last call" to OpenSSL.
  static constexpr char kEmpty = 0;
  const void* key_data = key.empty() ? static_cast<const void*>(&kEmpty) : key.data();
  const unsigned char* done =
      HMAC(hash, key_data, static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(),
           reinterpret_cast<unsigned char*>(out.data()), &size);
  CULVERT_CHECK(done != nullptr && size == kSize);
  return out;
}

std::string DigestHex(const EVP_MD* hash, std::string_view data) {
  std::array<std::byte, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  const int ok = EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()),
                            &size, hash, nullptr);
  CULVERT_CHECK(ok == 1);
  return HexEncode(std::span(out).first(size));
}

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::uint32_t Crc32c(std::span<const std::byte> data, std::uint32_t crc) {
  crc = ~crc;
  std::size_t at = 0;
  for (; data.size() - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data.data() + at, sizeof(word));
    crc = Step8(crc, word);
  }
  for (; at < data.size(); ++at) crc = Step(crc, std::to_integer<std::uint8_t>(data[at]));
  return ~crc;
}

std::array<std::byte, 20> HmacSha1(std::span<const std::byte> key, std::string_view message) {
  return Hmac<20>(EVP_sha1(), key, message);
}

std::array<std::byte, 32> HmacSha256(std::span<const std::byte> key, std::string_view message) {
  return Hmac<32>(EVP_sha256(), key, message);
}

std::string Md5Hex(std::string_view data) { return DigestHex(EVP_md5(), data); }
std::string Sha1Hex(std::string_view data) { return DigestHex(EVP_sha1(), data); }
std::string Sha256Hex(std::string_view data) { return DigestHex(EVP_sha256(), data); }

std::string Base64Encode(std::span<const std::byte> data) {
  std::string text;
  text.reserve((data.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < data.size(); at += 3) {
    const std::size_t left = data.size() - at;
    std::uint32_t bits = std::to_integer<std::uint32_t>(data[at]) << 16;
    if (left > 1) bits |= std::to_integer<std::uint32_t>(data[at + 1]) << 8;
    if (left > 2) bits |= std::to_integer<std::uint32_t>(data[at + 2]);
    text += kBase64Digits[(bits >> 18) & 63];
    text += kBase64Digits[(bits >> 12) & 63];
    text += left > 1 ? kBase64Digits[(bits >> 6) & 63] : '=';
    text += left > 2 ? kBase64Digits[bits & 63] : '=';
  }
  return text;
}

Result<std::string> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) {
    return Fail(InvalidArgument("base64 text is not a multiple of four characters long"));
  }
  std::string data;
  data.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::uint32_t bits = 0;
    int padding = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const char c = text[at + i];
      const std::size_t value = kBase64Digits.find(c);
      const bool pad = c == '=' && i >= 2 && at + 4 == text.size();
      if ((value == std::string_view::npos && !pad) || (padding > 0 && !pad)) {
        return Fail(InvalidArgument("base64 text has an unexpected character"));
      }
      padding += pad ? 1 : 0;
      bits = (bits << 6) | (pad ? 0 : static_cast<std::uint32_t>(value));
    }
    // Bits that no byte takes must be zero, or two texts would mean the same bytes.
    const std::uint32_t unused = (1U << (8 * padding)) - 1;
    if ((bits & unused) != 0) return Fail(InvalidArgument("base64 text has stray bits at its end"));
    data += static_cast<char>(bits >> 16);
    if (padding < 2) data += static_cast<char>((bits >> 8) & 0xff);
    if (padding < 1) data += static_cast<char>(bits & 0xff);
  }
  return data;
}

std::string HexEncode(std::span<const std::byte> data) {
  std::string text;
  text.reserve(data.size() * 2);
  for (const std::byte byte : data) {
    const auto value = std::to_integer<std::size_t>(byte);
    text += kHexDigits[value >> 4];
    text += kHexDigits[value & 15];
  }
  return text;
}

Result<std::string> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) {
    return Fail(InvalidArgument("hexadecimal text has an odd number of characters"));
  }
  std::string data;
  data.reserve(text.size() / 2);
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const int high = HexValue(text[at]);
    const int low = HexValue(text[at + 1]);
    if (high < 0 || low < 0) {
      return Fail(InvalidArgument("hexadecimal text has an unexpected character"));
    }
    data += static_cast<char>(high * 16 + low);
  }
  return data;
}

std::string RandomHex128() {
  std::array<std::byte, 16> bytes{};
  const int ok =
      RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  CULVERT_CHECK(ok == 1);
  return HexEncode(bytes);
}

}  // namespace culvert
