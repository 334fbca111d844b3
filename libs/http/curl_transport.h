// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/transport.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace culvert::http {

struct CurlTransportOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds response_timeout{
      300'000};  // last byte sent -> first byte of the answer
  std::uint32_t stall_bytes_per_second =
      1;  // fewer over `stall_window` while bytes are due: a stall
  std::chrono::seconds stall_window{120};
  std::size_t idle_connections_max = 64;
  std::string ca_bundle_file;  // empty: the system's
  bool allow_plain_http = false;
  std::string user_agent = "culvert";
};

/// Transport over libcurl: each stream drives its own multi handle from the caller's thread, so no
/// thread is hidden in it; handles with their live connections are pooled.
/// TLS 1.2 at least, host and chain verified, always. `https` only unless `allow_plain_http`.
std::unique_ptr<Transport> MakeCurlTransport(const CurlTransportOptions& options);

}  // namespace culvert::http
