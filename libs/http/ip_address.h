// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;

namespace culvert::http {

/// An IPv4 or IPv6 address, without port and zone.
class IpAddress {
 public:
  /// Four decimal numbers without leading zeros, or the text of RFC 4291: what inet_pton(3) reads.
  /// Nothing for everything else, as `127.1`, `0x7f000001` or `[::1]`.
  static std::optional<IpAddress> Parse(std::string_view text);
  /// The address of a socket address of `size` bytes; nothing for other families and shorter ones.
  static std::optional<IpAddress> FromSocket(const sockaddr* address, std::size_t size);

  bool is_v4() const { return v4_; }
  /// 4 or 16 bytes in the order of the wire.
  std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(v4_ ? 4 : 16); }
  std::string ToString() const;

  /// The IPv4 address that an IPv6 address stands for, which a system or a gateway may turn it
  /// into: mapped ::ffff:0:0/96 and compatible ::/96 (RFC 4291, but for :: and ::1), translated
  /// ::ffff:0:0:0/96 (RFC 2765), NAT64 64:ff9b::/96 (RFC 6052) and 64:ff9b:1::/48 (RFC 8215, its
  /// last 32 bits), 6to4 2002::/16 (RFC 3056). Nothing for all others.
  std::optional<IpAddress> Embedded() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  IpAddress() = default;
  static IpAddress V4(std::span<const std::uint8_t> bytes);
  static IpAddress V6(std::span<const std::uint8_t> bytes);

  bool v4_ = false;
  std::array<std::uint8_t, 16> bytes_{};  // of IPv4 the first four, the rest is zero
};

}  // namespace culvert::http
