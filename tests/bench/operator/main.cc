// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/log.h"
#include "libs/base/signals.h"
#include "tests/bench/operator/api.h"
#include "tests/bench/operator/bare_writer.h"
#include "tests/bench/operator/pod_player.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

// The other side of tools/bench_operator.py: who applies SyncJobs, who makes the operator's writes
// without being one, and who plays the pods.

namespace {

using namespace culvert;
using namespace culvert::bench;

int Failed(const Error& error) {
  std::fputs(("operator_bench: " + ToString(error) + "\n").c_str(), stderr);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Loads an API server as users, bare writers and nodes do.", "operator_bench"};
  std::string kubeconfig;
  Workload workload;
  int threads = 8;
  app.add_option("--kubeconfig", kubeconfig)->required();
  app.add_option("--namespace", workload.name_space)->required();
  app.add_option("--count", workload.count, "SyncJobs");
  app.add_option("--concurrent", workload.concurrent, "Streams of a SyncJob");
  app.add_option("--threads", workload.threads, "Streams of a pod");
  app.add_option("--connections", threads, "Requests at once");
  auto* const submit = app.add_subcommand("submit", "Creates the SyncJobs");
  auto* const bare = app.add_subcommand(
      "bare", "Creates them and makes the operator's writes up to the first Job of each");
  auto* const pods = app.add_subcommand("pods", "Plays Jobs and pods until SIGTERM");
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);

  const auto clock = MakeSystemClock();
  Logger log(LogLevel::kWarn, *clock, StderrSink());
  const Signals signals;
  const OpContext ctx{.stop = signals.token(), .clock = *clock, .log = log};
  auto api = Api::Open(kubeconfig, *clock);
  if (!api) return Failed(api.error());
  if (pods->parsed()) {
    PodPlayer(workload, api->client(), *clock, threads).Run(ctx);
    return 0;
  }
  const Status done = ForEachNumber(workload.count, threads, [&](int number) -> Status {
    CULVERT_TRY(ctx.Check());
    if (bare->parsed()) return WriteToFirstJob(ctx, api->client(), workload, number);
    if (submit->parsed()) CULVERT_TRY(Submit(ctx, api->client(), workload, number));
    return {};
  });
  return done ? 0 : Failed(done.error());
}
