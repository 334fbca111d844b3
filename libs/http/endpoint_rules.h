// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/http/ip_address.h"
#include "libs/http/ip_network.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::http {

/// Why an endpoint is refused, and what would admit it.
struct EndpointRefusal {
  std::string why;    // host, address and rule: "host 'a' has the address ::1, which is loopback"
  std::string entry;  // for the list of what is allowed; empty: nothing admits it
};

/// Where endpoints may be that somebody else names: docs/operations.md, "Which endpoints a
/// DataSource may name". Pure: names are looked up elsewhere.
class EndpointRules {
 public:
  static constexpr std::size_t kEntriesMax = 256;
  /// The entry for all addresses that are not special and not in a refused network.
  static constexpr std::string_view kDefault = "default";

  /// `allow`: each of them `default`, a host (`proxy.sales.svc`), the hosts under a domain
  /// (`*.aliyuncs.com`) or a network or address (`10.8.0.0/16`). `refuse`: networks and addresses.
  /// kInvalidArgument names the entry; an empty `allow` admits nothing and is refused.
  static Result<EndpointRules> Make(const std::vector<std::string>& allow,
                                    const std::vector<std::string>& refuse);

  /// Nothing when `address`, to which `host` of a URL (an IPv6 literal without brackets) was
  /// resolved, may be connected to.
  std::optional<EndpointRefusal> Judge(std::string_view host, const IpAddress& address) const;

 private:
  EndpointRules() = default;
  Status Add(const std::string& entry);
  bool Names(std::string_view host) const;
  bool HasDomainOf(std::string_view host) const;
  std::string Listed() const;

  bool defaults_ = false;
  std::vector<std::string> hosts_;
  std::vector<std::string> domains_;  // with their dot in front
  std::vector<IpNetwork> networks_;
  std::vector<IpNetwork> refused_;
};

}  // namespace culvert::http
