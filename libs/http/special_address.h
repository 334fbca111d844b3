// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/ip_address.h"
#include "libs/http/ip_network.h"

#include <span>
#include <string_view>

namespace culvert::http {

/// Addresses at which a machine meets itself, its link, its cloud, or nobody.
struct SpecialRange {
  IpNetwork network;
  std::string_view name;  // `link-local`: fits behind "which is"
  bool nobody = false;    // no server can have such an address
};

/// All of them. Private networks are none: the endpoints of a VPC are there.
std::span<const SpecialRange> SpecialRanges();
/// The range of an address, or of the IPv4 address that it embeds; null for an ordinary one.
const SpecialRange* FindSpecialRange(const IpAddress& address);

}  // namespace culvert::http
