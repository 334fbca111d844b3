// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log_level.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "runner/command_line.h"
#include "runner/last_word.h"
#include "runner/telemetry.h"

#include <string>
#include <string_view>

namespace culvert::runner {

/// Does what the command line asks; results go to standard output or the files named. With
/// `--listen` what it does can be watched meanwhile. A step whose line names a file for its last
/// word leaves it there, whatever its end. `log_threshold` is what the log of `ctx` goes by: knobs
/// may change it.
Status RunCommand(const OpContext& ctx, const CommandLine& line, const LogThreshold& log_threshold);

// The steps of a cluster, one process each (step_commands.cc), and what `explain` prints.
Status PlanCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry,
                   LastWord& word);
Status PrepareCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry);
Status TransferCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry,
                       LastWord& word, const LogThreshold& log_threshold);
Status CommitCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry,
                     LastWord& word);
Status WorkCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry,
                   LastWord& word, const LogThreshold& log_threshold);
Status ExplainCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry);

/// Prints the documents of a job script, and on standard error what became of each field.
Status ConvertCommand(const CommandLine& line);

/// Writes to the file durably, or to standard output when `path` is empty.
Status WriteOutput(const std::string& path, std::string_view text);

}  // namespace culvert::runner
