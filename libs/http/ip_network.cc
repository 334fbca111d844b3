// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/ip_network.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>

namespace culvert::http {
namespace {

int BitsOf(const IpAddress& address) { return static_cast<int>(address.bytes().size()) * 8; }

Error NoNetwork(std::string_view text) {
  return InvalidArgument("'" + std::string(text) +
                         "' is no network; write it as 10.0.0.0/8 or fd00::/8");
}

// The bits of byte `index` that a prefix of that many bits covers.
std::uint8_t MaskOf(std::size_t index, int bits) {
  const int left = bits - static_cast<int>(index) * 8;
  if (left >= 8) return 0xff;
  return left <= 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(0xff << (8 - left));
}

// Whether bits behind the prefix are set.
bool IsInside(const IpAddress& address, int bits) {
  const std::span<const std::uint8_t> bytes = address.bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if ((bytes[i] & ~MaskOf(i, bits)) != 0) return true;
  }
  return false;
}

}  // namespace

Result<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address) return Fail(NoNetwork(text));
  if (slash == std::string_view::npos) return Of(*address);
  const std::string_view digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  const bool canonical = digits.size() == 1 || !digits.starts_with('0');
  if (error != std::errc() || end != digits.data() + digits.size() || !canonical || bits < 0 ||
      bits > BitsOf(*address)) {
    return Fail(NoNetwork(text));
  }
  if (IsInside(*address, bits)) {
    return Fail(InvalidArgument("'" + std::string(text) +
                                "' has bits set behind its prefix; write " + address->ToString() +
                                " for that address alone, or the network's "
                                "first address in front of the '/'"));
  }
  return IpNetwork(*address, bits);
}

IpNetwork IpNetwork::Of(const IpAddress& address) { return {address, BitsOf(address)}; }

bool IpNetwork::Contains(const IpAddress& address) const {
  if (address.is_v4() != address_.is_v4()) return false;
  const std::span<const std::uint8_t> bytes = address.bytes();
  const std::span<const std::uint8_t> first = address_.bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (((bytes[i] ^ first[i]) & MaskOf(i, bits_)) != 0) return false;
  }
  return true;
}

std::string IpNetwork::ToString() const {
  return address_.ToString() + "/" + std::to_string(bits_);
}

}  // namespace culvert::http
