// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/startup.h"

#include "libs/base/log.h"
#include "operator/names.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <chrono>
#include <utility>

namespace culvert::control {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::seconds kPause{2};

}  // namespace

ExitCode ExitCodeOf(const Error& error) {
  if (error.reason == "KindsMissing") return ExitCode::kKindsMissing;
  switch (error.code) {
    case ErrorCode::kCancelled:
      return ExitCode::kDone;
    case ErrorCode::kAborted:
      return ExitCode::kLeaseLost;
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kPermissionDenied:
      return ExitCode::kUnreachable;
    default:
      return ExitCode::kUnexpected;
  }
}

Status CheckKinds(const OpContext& ctx, kube::Client& client,
                  const std::vector<std::string>& namespaces) {
  const SteadyTime give_up = ctx.clock.SteadyNow() + kPatience;
  for (const kube::Resource& resource : {SyncJobs(), SyncSchedules(), DataSources()}) {
    for (;;) {
      const auto listed =
          client.List(ctx.WithTimeout(kPause * 5), resource,
                      {.name_space = namespaces.empty() ? "" : namespaces.front(), .page_size = 1},
                      [](const nlohmann::json&) { return Status(); });
      if (listed) break;
      const Error& error = listed.error();
      if (error.code == ErrorCode::kNotFound) {
        return Fail(NotFound("the API server does not know " + resource.ToString() +
                             "; install the CRDs: kubectl apply -f crds/")
                        .Because("KindsMissing"));
      }
      if (!IsRetryable(error.code) || ctx.clock.SteadyNow() > give_up) return Fail(error);
      ctx.log.Warn("the API server cannot be reached yet", {{"err", ToString(error)}});
      if (!ctx.clock.SleepUntil(ctx.clock.SteadyNow() + kPause, ctx.stop)) {
        return Fail(Cancelled("stopped"));
      }
    }
  }
  return {};
}

OperatorOptions OptionsFrom(const CommandLine& line, const std::string& own_namespace,
                            const std::string& identity, const std::string& random,
                            const std::vector<std::string>& cluster) {
  OperatorOptions options;
  options.pods = {.image = line.runner_image,
                  .image_pull_policy = line.runner_image_pull_policy,
                  .service_account = line.runner_service_account,
                  .version = kOperatorVersion,
                  .port = line.runner_port};
  if (!line.endpoint_allow.empty()) options.pods.endpoint_allow = line.endpoint_allow;
  options.pods.endpoint_refuse = line.endpoint_refuse;
  options.pods.endpoint_refuse.insert(options.pods.endpoint_refuse.end(), cluster.begin(),
                                      cluster.end());
  options.policy.default_ttl.reset();
  if (line.ttl_seconds_after_finished >= 0) {
    options.policy.default_ttl = std::chrono::seconds(line.ttl_seconds_after_finished);
  }
  if (line.progress_interval_seconds > 0) {
    options.policy.progress_interval = std::chrono::seconds(line.progress_interval_seconds);
  }
  options.own_namespace = own_namespace;
  options.watch_namespaces = line.watch_namespaces;
  options.identity = identity;
  options.workers = line.workers;
  options.resync = std::chrono::seconds(line.resync_seconds);
  options.progress_interval = std::chrono::seconds(line.progress_interval_seconds);
  std::from_chars(random.data(), random.data() + std::min<std::size_t>(random.size(), 16),
                  options.seed, 16);
  if (line.leader_elect) {
    // A pod that was replaced under its name must not take the lease of the one before for its own.
    options.election = kube::LeaderElectionOptions{
        .lease = {.name_space = own_namespace, .name = kOperatorName},
        .identity = identity + "_" + random.substr(0, 8),
        .lease_duration = std::chrono::seconds(line.lease_duration_seconds),
        .renew_deadline = std::chrono::seconds(line.renew_deadline_seconds),
        .retry_period = std::chrono::seconds(line.retry_period_seconds)};
  }
  return options;
}

}  // namespace culvert::control
