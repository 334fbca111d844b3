// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/listen_address.h"

#include "libs/http/beast_server.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <utility>

namespace culvert::http {
namespace {

bool IsLiteral(int family, const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> room{};
  return ::inet_pton(family, host.c_str(), room.data()) == 1;
}

}  // namespace

Result<ListenAddress> ListenAddress::Parse(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return Fail(InvalidArgument("'" + std::string(text) + "' " + std::string(why) +
                                "; write ADDRESS:PORT, as :9090 or 127.0.0.1:9090"));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("has no port");
  const std::string_view port = text.substr(colon + 1);
  ListenAddress address;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size()) return wrong("has no valid port");
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  address.host = host;
  if (colon == 0) return address;  // every address
  if (!IsLiteral(brackets ? AF_INET6 : AF_INET, address.host)) {
    return wrong("names no IPv4 address, nor an IPv6 one in brackets");
  }
  return address;
}

Result<std::unique_ptr<Server>> StartServerAt(const ListenAddress& address, ServerOptions options,
                                              Handler handler) {
  options.port = address.port;
  options.address = address.host.empty() ? "::" : address.host;
  if (!address.host.empty()) return StartBeastServer(options, std::move(handler));
  auto both = StartBeastServer(options, handler);
  // A machine without IPv6 has no such address; one with both answers IPv4 on it too.
  if (both || both.error().code != ErrorCode::kFailedPrecondition) return both;
  options.address = "0.0.0.0";
  return StartBeastServer(options, std::move(handler));
}

}  // namespace culvert::http
