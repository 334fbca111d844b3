// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace culvert::http {

/// A TLS server with a fresh self-signed certificate for 127.0.0.1 that answers every request with
/// `200 secure`, one connection at a time.
class TlsServer {
 public:
  TlsServer();
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const;
  /// The certificate in PEM, which is its own authority.
  const std::string& certificate() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace culvert::http
