// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"
#include "libs/convert/convert.h"
#include "libs/http/listen_address.h"
#include "libs/syncjob/step_message.h"
#include "runner/job_parameters.h"
#include "runner/progress_view.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::runner {

inline constexpr const char* kProgramVersion = "0.1.0";

enum class Command : std::uint8_t {
  kRun,
  kReplayDirty,
  kFetchDirty,
  kExplain,
  kConvert,
  kPlan,
  kPrepare,
  kTransfer,
  kCommit,
  kWork,
  kVersion
};

/// `run`, `transfer` ...: as it is written.
std::string_view CommandName(Command command);

/// What the flags say; each command reads its own.
struct CommandLine {
  Command command = Command::kVersion;
  LogLevel log_level = LogLevel::kInfo;
  ProgressStyle progress = ProgressStyle::kAuto;
  std::vector<std::string> files;  // run, explain, convert (one), plan
  std::string job;
  ParameterFlags parameters;  // run, explain, plan
  std::string credentials_directory;
  std::chrono::seconds credentials_wait = syncjob::kCredentialsWait;  // the steps
  // The steps: http::EndpointRules; nothing allowed: everything is.
  std::vector<std::string> endpoint_allow;
  std::vector<std::string> endpoint_refuse;
  std::string state_directory;  // run
  bool again = false;
  std::string replay_directory;  // replay-dirty
  // run, transfer, commit, work; run: empty: in the state directory; fetch-dirty: where to
  std::string dirty_directory;
  std::string dirty_run;                      // fetch-dirty
  std::optional<http::ListenAddress> listen;  // all but explain and version
  // prepare, transfer, commit, work: a file, or the directory of a record
  std::string plan_file;
  std::string output;                 // plan, transfer, commit, convert; empty: standard output
  std::uint64_t shard = 0;            // transfer
  std::vector<std::uint64_t> shards;  // transfer: `shard` counts in this list; empty: in the plan
  std::string knobs_file;             // transfer, work; empty: none
  std::string reports_directory;      // commit
  std::string decision_directory;     // commit, work
  std::int32_t attempt = 1;           // plan
  std::string since;                  // plan
  std::string previous_plan;          // plan
  bool hand_over = false;             // plan
  std::string last_word_file;         // the steps; empty: none
  // convert
  convert::Format script_format = convert::Format::kAuto;
  convert::Comments script_comments = convert::Comments::kRefuse;
  std::vector<convert::Parameter> script_parameters;
  std::string name;        // of the SyncJob; empty: from the tables
  std::string name_space;  // of all documents; empty: none
};

/// Reads the arguments. On --help, a wrong flag or a missing one, prints what CLI11 has to say and
/// gives the exit code (0, or 10).
struct ParsedCommandLine {
  std::optional<CommandLine> line;
  int exit_code = 0;
};
ParsedCommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace culvert::runner
