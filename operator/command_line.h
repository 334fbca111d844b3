// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::control {

inline constexpr const char* kOperatorVersion = "0.1.0";

/// Where to serve; an empty text: nowhere.
struct Address {
  std::string host = {};
  std::uint16_t port = 0;
};

/// What the flags say. docs/adr/0008-pods-and-their-contract.md lists them.
struct CommandLine {
  std::string runner_image = {};
  std::string runner_image_pull_policy = "IfNotPresent";
  std::string runner_service_account = "default";
  int runner_port = 9090;
  // http::EndpointRules of the pods; nothing allowed: the default rules.
  std::vector<std::string> endpoint_allow = {};
  std::vector<std::string> endpoint_refuse = {};
  std::vector<std::string> watch_namespaces = {};  // empty: all
  std::string name_space = {};                     // empty: the kubeconfig's or the pod's
  std::string identity = {};                       // empty: the host's name
  bool leader_elect = true;
  int lease_duration_seconds = 15;
  int renew_deadline_seconds = 10;
  int retry_period_seconds = 2;
  int workers = 4;
  double requests_per_second = 100;
  int resync_seconds = 36'000;
  int ttl_seconds_after_finished = 604'800;  // -1: keep
  int progress_interval_seconds = 10;        // 0: never
  std::optional<Address> metrics_address = {};
  std::optional<Address> health_address = {};
  std::string kubeconfig = {};  // empty: in-cluster
  std::string context = {};
  LogLevel log_level = LogLevel::kInfo;
  std::string log_level_file = {};  // followed, wins over log_level; empty: none
};

/// Reads the arguments. On --help, --version or a wrong flag, prints what there is to say and gives
/// the exit code (0, or 2).
struct ParsedCommandLine {
  std::optional<CommandLine> line = {};
  int exit_code = 0;
};
ParsedCommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace culvert::control
