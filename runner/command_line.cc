// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/command_line.h"

#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <sstream>
#include <utility>

namespace culvert::runner {
namespace {

constexpr const char* kAbout =
    "Moves tables in and out of MaxCompute through its Tunnel service.\n"
    "\n"
    "A job is a SyncJob document with the DataSource and Secret documents that it names, the same "
    "YAML as\n"
    "on a cluster. `run` does all of it on this machine; `plan`, `prepare`, `transfer` and "
    "`commit` are the\n"
    "steps that the operator runs in pods.";

constexpr const char* kExamples =
    "Examples:\n"
    "  culvert-runner explain -f job.yaml                 what would run; sends no write request\n"
    "  culvert-runner run -f job.yaml -f keys.yaml        runs it; again after an interruption: "
    "resumes\n"
    "  kubectl get sj,dsrc,secret -o yaml | culvert-runner run -f - --job nightly\n"
    "  culvert-runner run -f job.yaml --credentials /etc/keys   keys from "
    "/etc/keys/<secret>/accessKeyId ...\n"
    "  culvert-runner run -f job.yaml --again             a finished job once more\n"
    "\n"
    "Exit codes: 0 done, 10 bad job or flags, 11 schema mismatch, 12 not found, 13 denied, 14 too "
    "many dirty\n"
    "rows, 15 source changed, 16 session expired, 17 unsupported, 20 credentials missing, 21 "
    "rejected,\n"
    "30 transient, 31 throttled, 32 local pressure (disk), 41 commit outcome unknown, 143 stopped.";

void AddJobFlags(CLI::App& app, CommandLine& line) {
  app.add_option("-f,--file", line.files, "Documents of the job: a file, or - for standard input")
      ->required()
      ->take_all();
  app.add_option("--job", line.job, "Name of the SyncJob, where the documents hold several");
}

void AddCredentialsFlag(CLI::App& app, CommandLine& line) {
  app.add_option("--credentials", line.credentials_directory,
                 "Directory with keys as Kubernetes mounts them: DIR/<secret>/accessKeyId, "
                 "accessKeySecret, securityToken; wins over Secret documents");
}

void AddListenFlag(CLI::App& app, CommandLine& line) {
  app.add_option_function<std::string>(
         "--listen",
         [&line](const std::string& text) {
           if (auto address = http::ListenAddress::Parse(text)) line.listen = *std::move(address);
         },
         "Serve /livez, /readyz, /progress and /metrics on ADDRESS:PORT (:9090 is every address)")
      ->check([](const std::string& text) {
        const auto address = http::ListenAddress::Parse(text);
        return address ? std::string() : address.error().message;
      });
}

void AddPlanFlag(CLI::App& app, CommandLine& line) {
  app.add_option("--plan", line.plan_file, "The recorded plan")->required();
}

void AddCommands(CLI::App& app, CommandLine& line) {
  const auto command = [&app, &line](const char* name, const char* about, Command which) {
    CLI::App* sub = app.add_subcommand(name, about);
    sub->callback([&line, which] { line.command = which; });
    return sub;
  };
  CLI::App* run = command("run", "Run a job on this machine, with a journal", Command::kRun);
  AddJobFlags(*run, line);
  AddCredentialsFlag(*run, line);
  run->add_option(
      "--state", line.state_directory,
      "Directory of the journal (default ./.culvert/<namespace>-<name>); the same command "
      "after an interruption goes on where it ends");
  AddListenFlag(*run, line);
  run->add_flag("--again", line.again, "Begin anew whatever the journal says");

  CLI::App* explain = command(
      "explain", "Say what would run: partitions, blocks, columns, route, SQL", Command::kExplain);
  AddJobFlags(*explain, line);
  AddCredentialsFlag(*explain, line);

  CLI::App* plan =
      command("plan", "Step 1 in a cluster: preflight, sessions, shards", Command::kPlan);
  AddJobFlags(*plan, line);
  AddCredentialsFlag(*plan, line);
  AddListenFlag(*plan, line);
  plan->add_option("-o,--output", line.output, "Where the plan goes (default: standard output)");
  plan->add_option("--attempt", line.attempt, "Number of the attempt")->check(CLI::PositiveNumber);

  CLI::App* prepare =
      command("prepare", "Step 2: empty targets by SQL, where the plan says so", Command::kPrepare);
  AddPlanFlag(*prepare, line);
  AddCredentialsFlag(*prepare, line);
  AddListenFlag(*prepare, line);

  CLI::App* transfer = command("transfer", "Step 3: copy one shard", Command::kTransfer);
  AddPlanFlag(*transfer, line);
  AddCredentialsFlag(*transfer, line);
  AddListenFlag(*transfer, line);
  transfer->add_option("--knobs", line.knobs_file,
                       "JSON file with this process's share of the speed, followed while it runs: "
                       "{\"throttle\": true, \"mbps\": 12.5, \"streams\": 2}");
  transfer->add_option("--shard", line.shard, "Number of the shard, from 0")
      ->envname("JOB_COMPLETION_INDEX")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{syncjob::kShardsMax - 1}))
      ->required();
  transfer->add_option("-o,--output", line.output,
                       "Where the shard's report goes (default: standard output)");

  CLI::App* commit = command("commit", "Step 4: compare, commit, verify", Command::kCommit);
  AddPlanFlag(*commit, line);
  AddCredentialsFlag(*commit, line);
  AddListenFlag(*commit, line);
  commit->add_option("--reports", line.reports_directory, "Directory of the shards' reports")
      ->required();
  commit->add_option("-o,--output", line.output,
                     "Where the run's report goes (default: standard output)");

  command("version", "Print the version", Command::kVersion);
}

}  // namespace

std::string_view CommandName(Command command) {
  switch (command) {
    case Command::kRun:
      return "run";
    case Command::kExplain:
      return "explain";
    case Command::kPlan:
      return "plan";
    case Command::kPrepare:
      return "prepare";
    case Command::kTransfer:
      return "transfer";
    case Command::kCommit:
      return "commit";
    case Command::kVersion:
      return "version";
  }
  return "unknown";
}

ParsedCommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app{kAbout, "culvert-runner"};
  app.footer(kExamples);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--log-level", line.log_level, "debug, info, warn or error (default info)")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, LogLevel>{{"debug", LogLevel::kDebug},
                                                                  {"info", LogLevel::kInfo},
                                                                  {"warn", LogLevel::kWarn},
                                                                  {"error", LogLevel::kError}},
                                  CLI::ignore_case));
  app.add_option("--progress", line.progress,
                 "auto, bar, json or none (default auto: a bar on a terminal, else JSON lines)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, ProgressStyle>{{"auto", ProgressStyle::kAuto},
                                               {"bar", ProgressStyle::kBar},
                                               {"json", ProgressStyle::kJson},
                                               {"none", ProgressStyle::kNone}},
          CLI::ignore_case));
  AddCommands(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    app.exit(done);
    return {.line = std::nullopt, .exit_code = 0};
  } catch (const CLI::ParseError& error) {
    std::cerr << "error: " << error.what() << " (see culvert-runner --help)\n";
    return {.line = std::nullopt, .exit_code = static_cast<int>(syncjob::ExitCode::kBadPlan)};
  }
  return {.line = std::move(line), .exit_code = 0};
}

}  // namespace culvert::runner
