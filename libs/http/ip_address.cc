// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/ip_address.h"

#include "libs/base/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace culvert::http {
namespace {

constexpr std::size_t kV4Bytes = 4;
constexpr std::size_t kV6Bytes = 16;

bool StartsWith(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> prefix) {
  return std::ranges::equal(bytes.first(prefix.size()), prefix);
}

}  // namespace

IpAddress IpAddress::V4(std::span<const std::uint8_t> bytes) {
  IpAddress address;
  address.v4_ = true;
  std::ranges::copy(bytes.first(kV4Bytes), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::V6(std::span<const std::uint8_t> bytes) {
  IpAddress address;
  std::ranges::copy(bytes.first(kV6Bytes), address.bytes_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  // A zero byte would end the text for inet_pton.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string whole(text);
  std::array<std::uint8_t, kV6Bytes> bytes{};
  if (::inet_pton(AF_INET, whole.c_str(), bytes.data()) == 1) return V4(bytes);
  if (::inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1) return V6(bytes);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::FromSocket(const sockaddr* address, std::size_t size) {
  if (size < sizeof(sockaddr_in)) return std::nullopt;  // the smaller of the two
  std::array<std::uint8_t, kV6Bytes> bytes{};
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof(v4));
    std::memcpy(bytes.data(), &v4.sin_addr, kV4Bytes);
    return V4(bytes);
  }
  if (address->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof(v6));
    std::memcpy(bytes.data(), &v6.sin6_addr, kV6Bytes);
    return V6(bytes);
  }
  return std::nullopt;
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* const written =
      ::inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  CULVERT_CHECK(written != nullptr);  // both families are known, the room is enough
  return written;
}

std::optional<IpAddress> IpAddress::Embedded() const {
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<std::uint8_t, 12> kTranslated = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<std::uint8_t, 12> kCompatible = {};
  constexpr std::array<std::uint8_t, 12> kNat64 = {0, 0x64, 0xff, 0x9b};
  constexpr std::array<std::uint8_t, 6> kLocalNat64 = {0, 0x64, 0xff, 0x9b, 0, 1};
  constexpr std::array<std::uint8_t, 2> k6to4 = {0x20, 0x02};
  if (v4_) return std::nullopt;
  const std::span<const std::uint8_t> whole(bytes_);
  if (StartsWith(whole, k6to4)) return V4(whole.subspan(k6to4.size(), kV4Bytes));
  const std::span<const std::uint8_t> last = whole.last(kV4Bytes);
  if (StartsWith(whole, kMapped) || StartsWith(whole, kTranslated) || StartsWith(whole, kNat64) ||
      StartsWith(whole, kLocalNat64)) {
    return V4(last);
  }
  constexpr std::array<std::uint8_t, 3> kZeros = {};
  const bool unspecified_or_loopback = StartsWith(last, kZeros) && last.back() <= 1;
  if (StartsWith(whole, kCompatible) && !unspecified_or_loopback) return V4(last);
  return std::nullopt;
}

}  // namespace culvert::http
