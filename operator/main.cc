// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/broken_invariant.h"
#include "libs/base/clock.h"
#include "libs/base/digest.h"
#include "libs/base/file.h"
#include "libs/base/followed_file.h"
#include "libs/base/log.h"
#include "libs/base/log_level.h"
#include "libs/base/metrics.h"
#include "libs/base/signals.h"
#include "libs/http/curl_transport.h"
#include "libs/kube/config.h"
#include "libs/kube/request_metrics.h"
#include "libs/kube/rest_client.h"
#include "operator/cluster_networks.h"
#include "operator/command_line.h"
#include "operator/names.h"
#include "operator/operator.h"
#include "operator/startup.h"
#include "operator/status_server.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

using namespace culvert;
using namespace culvert::control;

constexpr const char* kTokenDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr std::size_t kKubeconfigBytesMax = 1024UL * 1024;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no threads yet
  return value == nullptr ? std::string() : std::string(value);
}

Result<kube::Config> ReadConfig(const CommandLine& line, Clock& clock) {
  if (line.kubeconfig.empty()) {
    return kube::InClusterConfig(Variable("KUBERNETES_SERVICE_HOST"),
                                 Variable("KUBERNETES_SERVICE_PORT"), kTokenDirectory, clock);
  }
  CULVERT_ASSIGN_OR_RETURN(const std::string text,
                           ReadWholeFile(line.kubeconfig, kKubeconfigBytesMax));
  const std::size_t slash = line.kubeconfig.rfind('/');
  return kube::ParseKubeconfig(text,
                               slash == std::string::npos ? "." : line.kubeconfig.substr(0, slash),
                               line.context, clock);
}

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "culvert-operator";
}

int Failed(const Error& error, ExitCode code) {
  std::fputs(("error: " + ToString(error) + "\n").c_str(), stderr);
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  const ParsedCommandLine parsed = ParseCommandLine(argc, argv);
  if (!parsed.line) return parsed.exit_code;
  ProtectMemory();
  ExitOnBrokenInvariant(static_cast<int>(ExitCode::kBroken));
  const CommandLine& line = *parsed.line;
  const auto clock = MakeSystemClock();
  const LogThreshold log_threshold(line.log_level);
  Logger log(line.log_level, *clock, log_threshold.Over(StderrSink()));
  const Signals signals;
  const OpContext ctx{.stop = signals.token(), .clock = *clock, .log = log};
  const FileFollower log_level(ctx, LogLevelFile(line.log_level_file, log_threshold));

  auto config = ReadConfig(line, *clock);
  if (!config) return Failed(config.error(), ExitCode::kUnreachable);
  const std::string own_namespace = line.name_space.empty() ? config->name_space : line.name_space;
  http::CurlTransportOptions wire;
  wire.ca_pem = config->ca_pem;
  wire.client_certificate_pem = config->client_certificate_pem;
  wire.client_key_pem = config->client_key_pem;
  wire.http2 = true;
  wire.writes_are_idempotent = true;  // everything that we make has a name of its own
  wire.allow_plain_http = config->server.scheme == "http";
  wire.stall_window = std::chrono::minutes(6);  // a quiet watch is no stall
  wire.user_agent = std::string("culvert-operator/") + kOperatorVersion;
  const auto transport = http::MakeCurlTransport(wire);
  http::CurlTransportOptions pod_wire;
  pod_wire.allow_plain_http = true;
  pod_wire.connect_timeout = std::chrono::seconds(1);
  const auto pod_transport = http::MakeCurlTransport(pod_wire);
  MetricsRegistry metrics;
  kube::RequestMetrics requests(metrics, config->server.Authority());
  const auto observed = kube::ObserveRequests(*transport, requests);
  const std::string server = config->server.host;
  const auto client = kube::MakeRestClient(*std::move(config), *observed,
                                           {.user_agent = wire.user_agent,
                                            .metrics = &requests,
                                            .requests_per_second = line.requests_per_second});
  if (const Status there = CheckKinds(ctx, *client, line.watch_namespaces); !there) {
    return Failed(there.error(), ExitCodeOf(there.error()));
  }
  const auto cluster = ClusterNetworks(ctx, *client, server, line.watch_namespaces.empty());
  if (!cluster) return Failed(cluster.error(), ExitCodeOf(cluster.error()));

  const std::string identity = line.identity.empty() ? HostName() : line.identity;
  Operator work(OptionsFrom(line, own_namespace, identity, RandomHex128(), *cluster), *client,
                *pod_transport, metrics, *clock);
  std::unique_ptr<http::Server> servers[2];
  for (int i = 0; i < 2; ++i) {
    const auto& address = i == 0 ? line.metrics_address : line.health_address;
    if (!address) continue;
    auto server = StartStatusServer(*address, work, *clock);
    if (!server) return Failed(server.error(), ExitCode::kUnexpected);
    servers[i] = *std::move(server);
  }
  log.Info("started",
           {{"version", kOperatorVersion}, {"namespace", own_namespace}, {"identity", identity}});
  const Status ended = work.Run(ctx);
  if (!ended) return Failed(ended.error(), ExitCodeOf(ended.error()));
  log.Info("stopped");
  return static_cast<int>(ExitCode::kDone);
}
