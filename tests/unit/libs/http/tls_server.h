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
  enum class Clients { kAnyone, kKnownCertificate };

  /// `kKnownCertificate` serves only clients that prove to hold key() of certificate().
  explicit TlsServer(Clients clients = Clients::kAnyone);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const;
  /// The certificate in PEM, which is its own authority.
  const std::string& certificate() const;
  /// Its key in PEM.
  const std::string& key() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace culvert::http
