// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/command_line.h"

#include "libs/http/endpoint_rules.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <map>
#include <string_view>
#include <utility>

namespace culvert::control {
namespace {

constexpr int kBadFlags = 2;

constexpr const char* kAbout =
    "Runs SyncJobs: launches runner pods that move tables in and out of MaxCompute, and records "
    "what "
    "they did.\n"
    "Speaks to the Kubernetes API only; it reads no Secrets and opens no warehouse connection.";

constexpr const char* kExamples =
    "Examples:\n"
    "  culvert-operator --runner-image ghcr.io/example/culvert-runner:0.1.0          in a pod\n"
    "  culvert-operator --runner-image culvert-runner:dev --kubeconfig ~/.kube/config \\\n"
    "      --namespace culvert-system --leader-elect=false                           on a laptop\n"
    "\n"
    "Exit codes: 0 clean stop, 1 unexpected, 2 wrong flags, 3 the API server cannot be reached, 4 "
    "the "
    "kinds of\n"
    "culvert.dev/v1alpha1 are missing, 5 the lease was lost, 70 an invariant of its own is broken.";

/// `HOST:PORT` or `:PORT` (every address).
std::optional<Address> ParseAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Address address{.host = std::string(text.substr(0, colon)), .port = 0};
  if (address.host.empty()) address.host = "0.0.0.0";
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  const std::string_view port = text.substr(colon + 1);
  const char* const end = port.data() + port.size();
  const auto [stop, problem] = std::from_chars(port.data(), end, address.port);
  if (problem != std::errc() || stop != end || port.empty()) return std::nullopt;
  return address;
}

void AddAddress(CLI::App& app, const std::string& name, std::string& text,
                const std::string& about) {
  app.add_option(name, text, about + "; empty: not served")
      ->capture_default_str()
      ->check([](const std::string& value) {
        return value.empty() || ParseAddress(value) ? std::string()
                                                    : "'" + value + "' is no HOST:PORT";
      });
}

void AddPodFlags(CLI::App& app, CommandLine& line) {
  app.add_option("--runner-image", line.runner_image, "Image of the runner's pods")->required();
  app.add_option("--runner-image-pull-policy", line.runner_image_pull_policy, "Of that image")
      ->capture_default_str()
      ->check(CLI::IsMember({"Always", "IfNotPresent", "Never"}));
  app.add_option("--runner-service-account", line.runner_service_account,
                 "ServiceAccount of the pods; its token is not mounted")
      ->capture_default_str();
  app.add_option("--runner-port", line.runner_port, "Port of the pods' progress and metrics")
      ->capture_default_str()
      ->check(CLI::Range(1, 65'535));
}

void AddEndpointFlags(CLI::App& app, CommandLine& line) {
  app.add_option("--endpoint-allow", line.endpoint_allow,
                 "Where endpoints of DataSources may be: default (all but loopback, link-local and "
                 "metadata addresses), a host, *.DOMAIN or a network; may be given several times "
                 "(default: default)")
      ->allow_extra_args(false);
  app.add_option("--endpoint-refuse", line.endpoint_refuse,
                 "Network without endpoints, as that of the nodes, but for those that "
                 "--endpoint-allow names by host or network; may be given several times. The API "
                 "server and, where all namespaces are watched, the networks of Services are "
                 "refused anyway")
      ->allow_extra_args(false);
}

void AddScopeFlags(CLI::App& app, CommandLine& line) {
  app.add_option("--watch-namespaces", line.watch_namespaces,
                 "Namespaces to watch, comma-separated; then no request is cluster-wide (default: "
                 "all)")
      ->delimiter(',');
  app.add_option("--namespace", line.name_space,
                 "Namespace of the Lease and the claims (default: the pod's, or the kubeconfig's)")
      ->envname("POD_NAMESPACE");
  app.add_option("--kubeconfig", line.kubeconfig,
                 "How to reach the API server from outside a cluster (default: as a pod does)");
  app.add_option("--context", line.context, "Context of the kubeconfig (default: its current one)");
}

void AddElectionFlags(CLI::App& app, CommandLine& line) {
  const auto seconds = CLI::Range(1, 3600);
  app.add_option("--leader-elect", line.leader_elect,
                 "Only the holder of a Lease works; false: one replica only")
      ->capture_default_str();
  app.add_option("--leader-elect-lease-duration", line.lease_duration_seconds,
                 "Seconds that a dead leader is waited for")
      ->capture_default_str()
      ->check(seconds);
  app.add_option("--leader-elect-renew-deadline", line.renew_deadline_seconds,
                 "Seconds without a renewal after which a leader gives up")
      ->capture_default_str()
      ->check(seconds);
  app.add_option("--leader-elect-retry-period", line.retry_period_seconds,
                 "Seconds between two tries")
      ->capture_default_str()
      ->check(seconds);
  app.add_option("--identity", line.identity, "Name of this process among its replicas")
      ->envname("POD_NAME");
}

void AddWorkFlags(CLI::App& app, CommandLine& line) {
  app.add_option("--workers", line.workers, "SyncJobs that are looked at at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  app.add_option("--requests-per-second", line.requests_per_second,
                 "To the API server, burst twice that; 0: no limit")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100'000.0));
  app.add_option("--resync", line.resync_seconds,
                 "Seconds until everything is looked at again, changed or not")
      ->capture_default_str()
      ->check(CLI::Range(10, 10'000'000));
  app.add_option("--ttl-seconds-after-finished", line.ttl_seconds_after_finished,
                 "When Jobs and ConfigMaps of a finished run go, for SyncJobs that do not say; -1: "
                 "never")
      ->capture_default_str()
      ->check(CLI::Range(-1, 2'147'483'647));
  app.add_option("--progress-interval", line.progress_interval_seconds,
                 "Seconds between two looks at a running pod's progress; 0: never")
      ->capture_default_str()
      ->check(CLI::Range(0, 3600));
  app.add_option("--log-level", line.log_level, "debug, info, warn or error (default info)")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, LogLevel>{{"debug", LogLevel::kDebug},
                                                                  {"info", LogLevel::kInfo},
                                                                  {"warn", LogLevel::kWarn},
                                                                  {"error", LogLevel::kError}},
                                  CLI::ignore_case));
  app.add_option("--log-level-file", line.log_level_file,
                 "File with the name of a level, followed while the operator runs: it wins over "
                 "--log-level");
}

/// The arguments, last first, as the parser takes them. It would take the argument behind `--x=`
/// for the value of x: an empty value is one of its own.
std::vector<std::string> Arguments(int argc, const char* const* argv) {
  std::vector<std::string> args;
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    const bool empty_value = arg.starts_with("--") && arg.ends_with('=');
    if (empty_value) arg.pop_back();
    args.push_back(std::move(arg));
    if (empty_value) args.emplace_back();
  }
  std::ranges::reverse(args);
  return args;
}

/// What is wrong with the flags together; empty: nothing.
std::string Contradiction(const CommandLine& line) {
  const std::vector<std::string> everywhere = {std::string(http::EndpointRules::kDefault)};
  if (const auto rules = http::EndpointRules::Make(
          line.endpoint_allow.empty() ? everywhere : line.endpoint_allow, {});
      !rules) {
    return "--endpoint-allow: " + rules.error().message;
  }
  if (const auto rules = http::EndpointRules::Make(everywhere, line.endpoint_refuse); !rules) {
    return "--endpoint-refuse: " + rules.error().message;
  }
  if (line.renew_deadline_seconds >= line.lease_duration_seconds) {
    return "--leader-elect-renew-deadline must be below --leader-elect-lease-duration";
  }
  if (line.retry_period_seconds >= line.renew_deadline_seconds) {
    return "--leader-elect-retry-period must be below --leader-elect-renew-deadline";
  }
  return {};
}

}  // namespace

ParsedCommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  std::string metrics = "0.0.0.0:8080";
  std::string health = "0.0.0.0:8081";
  CLI::App app{kAbout, "culvert-operator"};
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("culvert-operator ") + kOperatorVersion);
  AddPodFlags(app, line);
  AddEndpointFlags(app, line);
  AddScopeFlags(app, line);
  AddElectionFlags(app, line);
  AddWorkFlags(app, line);
  AddAddress(app, "--metrics-address", metrics, "HOST:PORT of /metrics");
  AddAddress(app, "--health-address", health, "HOST:PORT of /livez and /readyz");
  try {
    std::vector<std::string> args = Arguments(argc, argv);
    app.parse(args);
  } catch (const CLI::Success& done) {
    app.exit(done);
    return {.line = std::nullopt, .exit_code = 0};
  } catch (const CLI::ParseError& error) {
    std::cerr << "error: " << error.what() << " (see culvert-operator --help)\n";
    return {.line = std::nullopt, .exit_code = kBadFlags};
  }
  if (const std::string problem = Contradiction(line); !problem.empty()) {
    std::cerr << "error: " << problem << "\n";
    return {.line = std::nullopt, .exit_code = kBadFlags};
  }
  if (!metrics.empty()) line.metrics_address = ParseAddress(metrics);
  if (!health.empty()) line.health_address = ParseAddress(health);
  return {.line = std::move(line), .exit_code = 0};
}

}  // namespace culvert::control
