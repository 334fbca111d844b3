// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/endpoint_rules.h"

#include "libs/http/special_address.h"

#include <algorithm>
#include <utility>

namespace culvert::http {
namespace {

constexpr std::size_t kHostNameBytesMax = 253;  // RFC 1035, as text
constexpr std::size_t kLabelBytesMax = 63;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Lower case and without the dot of a fully qualified name.
std::string Canonical(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string name(host);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return name;
}

// What resolvers take for an IPv4 address in another notation: its last label is a number.
bool EndsInNumber(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if (last.starts_with("0x")) return true;
  return std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
}

bool IsHostName(std::string_view name) {
  if (name.empty() || name.size() > kHostNameBytesMax || EndsInNumber(name)) return false;
  while (true) {
    const std::string_view label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > kLabelBytesMax ||
        !std::ranges::all_of(label, IsNameCharacter)) {
      return false;
    }
    if (label.size() == name.size()) return true;
    name.remove_prefix(label.size() + 1);
  }
}

bool LooksLikeNetwork(std::string_view entry) {
  return entry.find_first_of("/:") != std::string_view::npos || IpAddress::Parse(entry).has_value();
}

std::string Located(std::string_view host, const IpAddress& address) {
  const std::string text = address.ToString();
  if (host == text) return "the address " + text;
  return "host '" + std::string(host) + "' has the address " + text;
}

template <typename Networks>
const IpNetwork* FindNetwork(const Networks& networks, const IpAddress& address) {
  const auto embedded = address.Embedded();
  for (const IpNetwork& network : networks) {
    if (network.Contains(address) || (embedded && network.Contains(*embedded))) return &network;
  }
  return nullptr;
}

}  // namespace

Status EndpointRules::Add(const std::string& entry) {
  if (LooksLikeNetwork(entry)) {
    CULVERT_ASSIGN_OR_RETURN(const IpNetwork network, IpNetwork::Parse(entry));
    networks_.push_back(network);
    return {};
  }
  std::string name = Canonical(entry);
  if (name == kDefault) {
    defaults_ = true;
    return {};
  }
  const bool domain = name.starts_with("*.");
  if (!IsHostName(domain ? std::string_view(name).substr(2) : std::string_view(name))) {
    return Fail(InvalidArgument("'" + entry +
                                "' is none of: default, a host name, *.DOMAIN, an IP address, a "
                                "network as 10.0.0.0/8"));
  }
  if (domain) {
    domains_.push_back(name.substr(1));
  } else {
    hosts_.push_back(std::move(name));
  }
  return {};
}

Result<EndpointRules> EndpointRules::Make(const std::vector<std::string>& allow,
                                          const std::vector<std::string>& refuse) {
  if (allow.empty()) {
    return Fail(InvalidArgument("no endpoint is allowed; allow 'default' or name those that are"));
  }
  if (allow.size() > kEntriesMax || refuse.size() > kEntriesMax) {
    return Fail(InvalidArgument("more than " + std::to_string(kEntriesMax) +
                                " entries for endpoints; name domains or networks instead"));
  }
  EndpointRules rules;
  for (const std::string& entry : allow) CULVERT_TRY(rules.Add(entry));
  for (const std::string& entry : refuse) {
    CULVERT_ASSIGN_OR_RETURN(const IpNetwork network, IpNetwork::Parse(entry));
    rules.refused_.push_back(network);
  }
  return rules;
}

bool EndpointRules::Names(std::string_view host) const {
  return std::ranges::find(hosts_, host) != hosts_.end();
}

bool EndpointRules::HasDomainOf(std::string_view host) const {
  return std::ranges::any_of(domains_, [host](const std::string& domain) {
    return host.size() > domain.size() && host.ends_with(domain);
  });
}

std::string EndpointRules::Listed() const {
  std::string text;
  const auto add = [&text](const std::string& entry) {
    text.append(text.empty() ? "" : ", ").append(entry);
  };
  for (const std::string& host : hosts_) add(host);
  for (const std::string& domain : domains_) add("*" + domain);
  for (const IpNetwork& network : networks_) add(network.ToString());
  constexpr std::size_t kShownMax = 300;
  if (text.size() > kShownMax) text = text.substr(0, text.rfind(',', kShownMax)) + ", ...";
  return text;
}

std::optional<EndpointRefusal> EndpointRules::Judge(std::string_view host,
                                                    const IpAddress& address) const {
  const SpecialRange* const special = FindSpecialRange(address);
  const auto which_is = [&](std::string_view what, const IpNetwork& network) {
    return Located(host, address) + ", which is " + std::string(what) + " (" + network.ToString() +
           ")";
  };
  if (special != nullptr && special->nobody) {
    return EndpointRefusal{.why = which_is(special->name, special->network), .entry = {}};
  }
  if (FindNetwork(networks_, address) != nullptr) return std::nullopt;
  // No name vouches for these: whoever answers for it could lead us to the keys of a machine.
  if (special != nullptr) {
    return EndpointRefusal{.why = which_is(special->name, special->network),
                           .entry = address.ToString()};
  }
  const std::string name = Canonical(host);
  if (Names(name)) return std::nullopt;
  // A host that is called as the word for the default rules cannot be named.
  const std::string entry = IsHostName(name) && name != kDefault ? name : address.ToString();
  if (const IpNetwork* const refused = FindNetwork(refused_, address); refused != nullptr) {
    return EndpointRefusal{.why = which_is("in a refused network", *refused), .entry = entry};
  }
  if (defaults_ || HasDomainOf(name)) return std::nullopt;
  return EndpointRefusal{
      .why = Located(host, address) + ", which is none of those allowed: " + Listed(),
      .entry = entry};
}

}  // namespace culvert::http
