// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace culvert::plugin {

inline constexpr const char* kProgramVersion = "0.1.0";

enum class Command : std::uint8_t {
  kStatus,
  kLogs,
  kExplainFailure,
  kRetry,
  kSuspend,
  kResume,
  kSchedule,
  kBackfill,
  kVersion
};
enum class Output : std::uint8_t { kText, kJson };

/// What the flags say; each command reads its own.
struct CommandLine {
  Command command = Command::kVersion;
  std::string kubeconfig = {};
  std::string context = {};
  std::string name_space = {};             // empty: the context's
  std::string name = {};                   // of the SyncJob or schedule; empty: all
  Output output = Output::kText;           // status
  bool all_shards = false;                 // status
  std::optional<std::int64_t> shard = {};  // logs
  std::string step = {};                   // logs; empty: the one that ran last
  std::size_t tail = 0;                    // logs; lines of each pod, 0: all
  bool force = false;                      // retry
  std::size_t next = 5;                    // schedule: planned times to show
  // backfill
  std::string from = {};
  std::string to = {};
  std::string backfill = {};
  std::int32_t parallelism = 1;
};

/// Reads the arguments. On --help, a wrong flag or a missing one, prints what there is to say and
/// gives the exit code (0, or 2).
struct ParsedCommandLine {
  std::optional<CommandLine> line;
  int exit_code = 0;
};
ParsedCommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace culvert::plugin
