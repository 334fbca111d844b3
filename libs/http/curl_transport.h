// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/base/secret.h"
#include "libs/http/ip_address.h"
#include "libs/http/transport.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace culvert::http {

/// Success when a connection to `address`, to which `host` of a request's URL was resolved, may be
/// made. Called by the thread that makes the request; pure, as one address may be asked for twice.
using AddressGuard = std::function<Status(std::string_view host, const IpAddress& address)>;

struct CurlTransportOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  /// From the last byte sent to the first byte of the answer.
  std::chrono::milliseconds response_timeout{300'000};
  /// Fewer than this over `stall_window` of waiting while bytes are due is a stall. Time in which
  /// the caller does not read or write does not count.
  std::uint32_t stall_bytes_per_second = 1;
  std::chrono::milliseconds stall_window{120'000};
  std::size_t idle_connections_max = 64;
  std::string ca_bundle_file;  // empty: the system's
  /// Authorities as PEM text, instead of those of a file.
  std::string ca_pem;
  /// Proves who the client is in the TLS handshake; PEM texts, both or none.
  std::string client_certificate_pem;
  Secret client_key_pem;
  /// Offers HTTP/2 in the TLS handshake. A connection carries one request at a time all the same.
  bool http2 = false;
  /// POST and PATCH may be sent twice: right where a second one is harmless, as with creates of
  /// named objects. They then use kept connections too.
  bool writes_are_idempotent = false;
  bool allow_plain_http = false;
  /// Asked for each address before there is a socket for it, and again before a request goes over a
  /// connection, kept or new: another answer of the name server changes nothing, and of a request
  /// that is refused no byte is sent. It fails with what the guard said of the first address when
  /// there was no other. No proxy is used then, as it would look the name up for itself.
  AddressGuard guard;
  std::string user_agent = "culvert";
};

/// Transport over libcurl: each stream drives its own multi handle from the caller's thread, so no
/// thread is hidden in it; handles with their live connections are pooled.
/// TLS 1.2 at least, host and chain verified, always. `https` only unless `allow_plain_http`. The
/// usual proxy variables of the environment are obeyed, but never for a loopback host. A POST or
/// PATCH always opens a connection of its own: on a kept one that dies, libcurl would send it
/// twice.
std::unique_ptr<Transport> MakeCurlTransport(const CurlTransportOptions& options);

}  // namespace culvert::http
