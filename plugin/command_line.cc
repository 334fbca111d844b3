// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/command_line.h"

#include "libs/base/time_format.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>
#include <utility>

namespace culvert::plugin {
namespace {

constexpr int kWrongFlags = 2;
constexpr int kShardMax = 999;

constexpr const char* kAbout =
    "Looks at SyncJobs and SyncSchedules and steers them: what `kubectl get sj` does not show in "
    "one line.";

constexpr const char* kExamples =
    "Examples:\n"
    "  kubectl culvert status                          every SyncJob of the namespace, step by "
    "step\n"
    "  kubectl culvert status nightly                  one, down to its shards\n"
    "  kubectl culvert explain-failure nightly         what went wrong, where, and what to do\n"
    "  kubectl culvert logs nightly --shard 3          what the pods of shard 3 logged\n"
    "  kubectl culvert retry nightly                   runs a finished or failed job once more\n"
    "  kubectl culvert suspend nightly                 pods go, finished shards stay finished\n"
    "  kubectl culvert resume nightly                  goes on where it stopped\n"
    "  kubectl culvert schedule orders --next 10       when a schedule runs, and how its runs "
    "went\n"
    "  kubectl culvert suspend schedule/orders         makes no runs until it is resumed\n"
    "  kubectl culvert backfill orders --from 2025-03-01 --to 2025-03-31 --parallelism 4\n"
    "\n"
    "It reads the kubeconfig as kubectl does and asks only for what your account may see: "
    "SyncJobs, "
    "Jobs and\n"
    "pods (get, list), pods/log for logs, pods/proxy for live rows of shards, and patch on "
    "SyncJobs "
    "to steer.\n"
    "For schedules: get, list and patch on SyncSchedules.\n"
    "Colours go to terminals only, and never where NO_COLOR is set.";

void AddName(CLI::App& app, CommandLine& line, bool required) {
  CLI::Option* const name = app.add_option("NAME", line.name, "Name of the SyncJob");
  if (required) name->required();
}

/// A day of the calendar, as options take it.
std::string CheckDay(const std::string& text) {
  return text.size() == 10 && ParseDays(text) ? "" : "'" + text + "' is no date such as 2025-03-30";
}

void AddScheduleCommands(CLI::App& app, CommandLine& line) {
  CLI::App* const schedule = app.add_subcommand(
      "schedule", "Show schedules: when they run next, their runs, their backfill");
  schedule->callback([&line] { line.command = Command::kSchedule; });
  schedule->add_option("NAME", line.name, "Name of the SyncSchedule (default: all in short)");
  schedule->add_option("--next", line.next, "Planned times to show (default 5)")
      ->check(CLI::Range(1, 1'000));
  CLI::App* const backfill =
      app.add_subcommand("backfill", "Make the runs of past business dates of a schedule");
  backfill->callback([&line] { line.command = Command::kBackfill; });
  backfill->add_option("NAME", line.name, "Name of the SyncSchedule")->required();
  backfill->add_option("--from", line.from, "First business date, such as 2025-03-01")
      ->required()
      ->check(CheckDay);
  backfill->add_option("--to", line.to, "Last business date (default: that of --from)")
      ->check(CheckDay);
  backfill->add_option("--name", line.backfill,
                       "Name of the backfill, done once (default: made of the dates)");
  backfill->add_option("--parallelism", line.parallelism, "Runs at once (default 1)")
      ->check(CLI::Range(1, 50));
}

void AddCommands(CLI::App& app, CommandLine& line) {
  const auto command = [&app, &line](const char* name, const char* about, Command which) {
    CLI::App* const sub = app.add_subcommand(name, about);
    sub->callback([&line, which] { line.command = which; });
    return sub;
  };
  CLI::App* const status =
      command("status", "Show jobs as trees: job, steps, shards, with progress", Command::kStatus);
  AddName(*status, line, false);
  status
      ->add_option_function<std::string>(
          "-o,--output",
          [&line](const std::string& word) {
            line.output = word == "json" ? Output::kJson : Output::kText;
          },
          "text or json (default text); json is for programs and has all shards")
      ->check(CLI::IsMember({"text", "json"}));
  status->add_flag("--all-shards", line.all_shards,
                   "Show every shard; otherwise 20, those that need a look first");

  CLI::App* const logs =
      command("logs", "Print the logs of the pods of a job's current attempt", Command::kLogs);
  AddName(*logs, line, true);
  logs->add_option("--shard", line.shard, "Only the pods of this shard of the transfer")
      ->check(CLI::Range(0, kShardMax));
  logs->add_option("--step", line.step,
                   "plan, prepare, transfer, commit or work (default: the last that has pods)")
      ->check(CLI::IsMember({"plan", "prepare", "transfer", "commit", "work"}));
  logs->add_option("--tail", line.tail,
                   "Last lines of each pod (default: all of one pod, 20 of each of several)")
      ->check(CLI::PositiveNumber);

  AddName(*command("explain-failure",
                   "Say why a job failed or is held up, where, and what to do about it",
                   Command::kExplainFailure),
          line, true);

  CLI::App* const retry = command(
      "retry", "Run a finished or failed job once more, by a new spec.runNonce", Command::kRetry);
  AddName(*retry, line, true);
  retry->add_flag("--force", line.force,
                  "Even where rows of the failed run may be in the target already");

  AddName(*command("suspend",
                   "Stop a job's pods, what is finished stays finished; or with schedule/NAME a "
                   "schedule",
                   Command::kSuspend),
          line, true);
  AddName(*command("resume", "Let a suspended job, or schedule/NAME, go on", Command::kResume),
          line, true);
  AddScheduleCommands(app, line);
  command("version", "Print the version", Command::kVersion);
}

}  // namespace

ParsedCommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app{kAbout, "kubectl culvert"};
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("-n,--namespace", line.name_space, "Namespace (default: the context's)");
  app.add_option("--context", line.context, "Context of the kubeconfig (default: the current one)");
  app.add_option("--kubeconfig", line.kubeconfig,
                 "The kubeconfig (default: $KUBECONFIG, else ~/.kube/config)");
  AddCommands(app, line);
  app.footer(kExamples);  // set now, as subcommands inherit what is there before them
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    app.exit(done);
    return {.line = std::nullopt, .exit_code = 0};
  } catch (const CLI::ParseError& error) {
    std::cerr << "error: " << error.what() << " (see kubectl culvert --help)\n";
    return {.line = std::nullopt, .exit_code = kWrongFlags};
  }
  return {.line = std::move(line), .exit_code = 0};
}

}  // namespace culvert::plugin
