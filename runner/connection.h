// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/http/endpoint_rules.h"
#include "libs/http/transport.h"
#include "libs/maxcompute/client.h"
#include "libs/maxcompute/credentials.h"
#include "libs/syncjob/types.h"
#include "runner/metrics.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace culvert::runner {

/// Where keys and certificates come from.
struct CredentialsPlace {
  const syncjob::Manifest* manifest = nullptr;  // Secret and ConfigMap documents; may be null
  std::string directory;  // DIR/<secret>/accessKeyId ...; wins over documents when not empty
  std::chrono::seconds wait{
      0};                // for a key in `directory` to appear or change; see WaitingCredentials
  std::stop_token stop;  // ends that wait
};

/// Where a process may connect to. Nothing: anywhere, as on a user's own machine with a file of
/// their own.
using EndpointPolicy = std::optional<http::EndpointRules>;

/// What a connection is made of.
struct ConnectionInput {
  const syncjob::DataSource& data_source;
  const CredentialsPlace& place;
  std::string
      tunnel_endpoint;  // wins over the DataSource's when not empty (a plan has it resolved)
  std::uint64_t jitter_seed = 0;
  Side side = Side::kSource;  // for the metrics of its key
  EndpointPolicy policy = {};
  Clock& clock;
  RunnerMetrics& metrics;
};

/// A client of one DataSource and what it stands on.
class Connection {
 public:
  /// Reads credentials and opens nothing yet. kUnauthenticated/CredentialsMissing naming the
  /// Secret, kInvalidArgument for an endpoint that is no URL. `clock` and `metrics` must outlive
  /// it.
  static Result<std::unique_ptr<Connection>> Make(const ConnectionInput& input);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  maxcompute::Client& client() { return *client_; }

 private:
  Connection() = default;
  int ca_bundle_fd_ = -1;  // memory file with the certificates, -1: the system's are used
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<http::Transport> observed_;
  std::unique_ptr<maxcompute::CredentialsProvider> credentials_;
  std::unique_ptr<maxcompute::Client> client_;
};

/// For `jitter_seed` and the like, from the system's generator.
std::uint64_t RandomSeed();

}  // namespace culvert::runner
