// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/base/secret.h"
#include "libs/http/curl_transport.h"
#include "libs/http/url.h"

#include <memory>
#include <string>

namespace culvert::kube {

/// Hands out the bearer token of a request. Thread-safe.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  /// Empty when the client is known by its certificate.
  virtual Result<Secret> Token() = 0;
  /// The server refused the token: the next Token reads anew.
  virtual void Rejected() = 0;
};

/// How to reach an API server and who we are there.
struct Config {
  http::Url server;
  std::string name_space = "default";  // of the context, or of the pod
  // PEM texts; empty: the system's authorities, no client certificate.
  std::string ca_pem;
  std::string client_certificate_pem;
  Secret client_key_pem;
  std::shared_ptr<TokenSource> token;  // never null
};

/// From the service account of the pod: KUBERNETES_SERVICE_HOST and _PORT (given as `host` and
/// `port`), and token, ca.crt and namespace of `directory`. The token is read again after 60 s and
/// when it was rejected. `clock` must outlive the config. kFailedPrecondition when this is no pod.
Result<Config> InClusterConfig(std::string_view host, std::string_view port,
                               const std::string& directory, Clock& clock);

/// From the text of a kubeconfig: `context` or its current one. Files it names are read relative to
/// `directory`. Tokens, token files, certificates as data or files; exec plugins, auth providers,
/// user names and insecure-skip-tls-verify are refused by name with kUnimplemented.
Result<Config> ParseKubeconfig(std::string_view text, const std::string& directory,
                               std::string_view context, Clock& clock);

/// What a transport to that server needs: its authorities, the client's certificate, HTTP/2, and
/// the patience that a watch takes. Writes count as repeatable, since every object here is created
/// by name and changed by version.
http::CurlTransportOptions TransportOptions(const Config& config);

}  // namespace culvert::kube
