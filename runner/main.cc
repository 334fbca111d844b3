// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/clock.h"
#include "libs/base/log.h"
#include "libs/base/log_level.h"
#include "libs/base/op_context.h"
#include "libs/base/signals.h"
#include "libs/syncjob/report.h"
#include "runner/command_line.h"
#include "runner/commands.h"
#include "runner/terminal.h"

#include <unistd.h>

#include <cstdio>
#include <string>

namespace {

// One line, whatever the message came from.
std::string ErrorLine(const culvert::Error& error) {
  std::string line = "error: " + culvert::ToString(error);
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  const std::string word =
      error.reason.empty() ? std::string(culvert::ErrorCodeName(error.code)) : error.reason;
  return line + " [" + word + "]\n";
}

}  // namespace

int main(int argc, char** argv) {
  using namespace culvert;
  using namespace culvert::runner;
  const ParsedCommandLine parsed = ParseCommandLine(argc, argv);
  if (!parsed.line) return parsed.exit_code;
  ProtectMemory();
  const auto clock = MakeSystemClock();
  const bool plain = IsTerminal(STDERR_FILENO) && parsed.line->progress != ProgressStyle::kJson;
  const LogThreshold log_threshold(parsed.line->log_level);
  Logger log(parsed.line->log_level, *clock,
             log_threshold.Over(plain ? TerminalSink(STDERR_FILENO) : StderrSink()));
  Status status;
  {
    const Signals signals;
    const OpContext ctx{.stop = signals.token(), .clock = *clock, .log = log};
    status = RunCommand(ctx, *parsed.line, log_threshold);
  }
  if (status) return 0;
  std::fputs(ErrorLine(status.error()).c_str(), stderr);
  return static_cast<int>(syncjob::ExitCodeFor(status.error()));
}
