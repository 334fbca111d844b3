// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/special_address.h"

#include "libs/base/check.h"

#include <algorithm>
#include <vector>

namespace culvert::http {
namespace {

SpecialRange Range(std::string_view network, std::string_view name, bool nobody = false) {
  auto parsed = IpNetwork::Parse(network);
  CULVERT_CHECK(parsed.has_value());
  return {.network = *std::move(parsed), .name = name, .nobody = nobody};
}

// IANA's registries of special-purpose addresses (RFC 6890), and where clouds answer machines with
// what only these may know: Alibaba ECS, AWS EC2 and EKS (all of fd00:ec2::/32 is local to a
// machine), Azure's platform, Google Compute Engine over IPv6, Oracle Cloud Classic, Scaleway over
// IPv6. The other metadata services are link-local.
std::vector<SpecialRange> MakeRanges() {
  constexpr bool kNobody = true;
  return {Range("0.0.0.0/8", "unspecified", kNobody),
          Range("::/128", "unspecified", kNobody),
          Range("224.0.0.0/4", "multicast", kNobody),
          Range("ff00::/8", "multicast", kNobody),
          Range("255.255.255.255/32", "broadcast", kNobody),
          Range("127.0.0.0/8", "loopback"),
          Range("::1/128", "loopback"),
          Range("169.254.0.0/16", "link-local"),
          Range("fe80::/10", "link-local"),
          Range("100.100.100.200/32", "a cloud's metadata service"),
          Range("fd00:ec2::/32", "a cloud's metadata service"),
          Range("168.63.129.16/32", "a cloud's metadata service"),
          Range("fd20:ce::254/128", "a cloud's metadata service"),
          Range("192.0.0.192/32", "a cloud's metadata service"),
          Range("fd00:42::42/128", "a cloud's metadata service")};
}

const SpecialRange* FindRangeOf(const IpAddress& address) {
  const std::span<const SpecialRange> ranges = SpecialRanges();
  const auto found = std::ranges::find_if(
      ranges, [&](const SpecialRange& range) { return range.network.Contains(address); });
  return found == ranges.end() ? nullptr : &*found;
}

}  // namespace

std::span<const SpecialRange> SpecialRanges() {
  static const std::vector<SpecialRange> ranges = MakeRanges();
  return ranges;
}

const SpecialRange* FindSpecialRange(const IpAddress& address) {
  if (const SpecialRange* const range = FindRangeOf(address); range != nullptr) return range;
  const auto embedded = address.Embedded();
  return embedded ? FindRangeOf(*embedded) : nullptr;
}

}  // namespace culvert::http
