// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/http/ip_address.h"

#include <compare>
#include <string>
#include <string_view>

namespace culvert::http {

/// The addresses that share their first bits: `10.0.0.0/8`, `fd00::/8` (RFC 4632, RFC 4291).
class IpNetwork {
 public:
  /// `ADDRESS/BITS`, or an address for itself alone. kInvalidArgument, with what to write instead,
  /// when bits behind the prefix are set: `10.0.0.1/8` is a slip of either half.
  static Result<IpNetwork> Parse(std::string_view text);
  /// The network of one address.
  static IpNetwork Of(const IpAddress& address);

  /// Of the same family and in the network. An IPv6 address that embeds an IPv4 one is of IPv6.
  bool Contains(const IpAddress& address) const;
  /// `ADDRESS/BITS`, the bits always.
  std::string ToString() const;

  friend auto operator<=>(const IpNetwork&, const IpNetwork&) = default;

 private:
  IpNetwork(const IpAddress& address, int bits) : address_(address), bits_(bits) {}
  IpAddress address_;
  int bits_;
};

}  // namespace culvert::http
