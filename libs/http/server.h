// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/http/message.h"
#include "libs/http/url.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace culvert::http {

/// One exchange as the handler sees it. Calls block; the handler runs on a thread of the server and
/// owns the exchange until it returns. Not thread-safe.
class ServerExchange {
 public:
  virtual ~ServerExchange() = default;

  virtual const std::string& method() const = 0;
  virtual const std::string& raw_target() const = 0;  // as received: path and query, encoded
  virtual const std::string& path() const = 0;        // decoded once
  virtual const Query& query() const = 0;             // decoded once
  virtual const Headers& headers() const = 0;

  /// Next bytes of the request body (at most 512 KiB), valid until the next call; empty at its end.
  /// kUnavailable when the client went away or cut the body short.
  virtual Result<std::span<const std::byte>> ReadBody() = 0;
  /// The rest of the body, at most `limit` bytes (kOutOfRange beyond).
  virtual Result<std::string> ReadWholeBody(std::size_t limit) = 0;

  /// Sends a whole response. At most one of Respond and Begin is called, once.
  virtual Status Respond(const Response& response) = 0;
  /// Sends status and headers and opens a chunked body.
  virtual Status Begin(const Response& response) = 0;
  /// Sends all of `bytes` as part of the chunked body, without copying them.
  virtual Status Write(std::span<const std::byte> bytes) = 0;
  /// Ends the chunked body.
  virtual Status End() = 0;

  // Faults, for a server that is asked to misbehave.
  /// Resets the connection (RST) now; later calls fail.
  virtual void Reset() = 0;
  /// Closes the connection (FIN) after what was written; later calls fail.
  virtual void Close() = 0;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free port
  std::size_t connections_max = 1024;
  std::chrono::seconds idle_timeout{120};  // between bytes of a request, and between requests
  std::size_t header_bytes_max = 64UL * 1024;
};

/// Calls `handler` for each request, on one thread per connection; the handler must be thread-safe.
/// A handler that returns without responding makes the server answer 500.
class Server {
 public:
  virtual ~Server() = default;  // stops
  virtual std::uint16_t port() const = 0;
  /// Closes the listener and every connection, and joins all threads.
  virtual void Stop() = 0;
};

using Handler = std::function<void(ServerExchange&)>;

}  // namespace culvert::http
