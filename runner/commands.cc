// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/commands.h"

#include "libs/base/file.h"
#include "libs/syncjob/report_text.h"
#include "libs/syncjob/types.h"
#include "runner/report_text.h"
#include "runner/run.h"
#include "runner/status_server.h"

#include <cstdio>
#include <memory>
#include <string>

namespace culvert::runner {
namespace {

Status RunRunCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const syncjob::RunReport report,
                           RunJob(ctx,
                                  {.files = line.files,
                                   .job = line.job,
                                   .state_directory = line.state_directory,
                                   .credentials_directory = line.credentials_directory,
                                   .again = line.again,
                                   .progress = line.progress},
                                  telemetry));
  std::string text = syncjob::ReportText(report);
  if (report.outcome == "AlreadyDone") {
    text += "already done at " + report.finished + "; --again runs it anew\n";
  }
  return WriteOutput("", text + VerifiedLine(report) + "\n");
}

}  // namespace

Status WriteOutput(const std::string& path, std::string_view text) {
  if (!path.empty()) return WriteFileDurably(path, text);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return {};
  return Fail(ResourceExhausted("standard output cannot be written").Because("LocalPressure"));
}

Status RunCommand(const OpContext& ctx, const CommandLine& line) {
  Telemetry telemetry(std::string(CommandName(line.command)), ctx.clock);
  std::unique_ptr<http::Server> server;
  if (line.listen) {
    CULVERT_ASSIGN_OR_RETURN(server, StartStatusServer(ctx, *line.listen, telemetry));
  }
  switch (line.command) {
    case Command::kRun:
      return RunRunCommand(ctx, line, telemetry);
    case Command::kExplain:
      return ExplainCommand(ctx, line, telemetry);
    case Command::kPlan:
      return PlanCommand(ctx, line, telemetry);
    case Command::kPrepare:
      return PrepareCommand(ctx, line, telemetry);
    case Command::kTransfer:
      return TransferCommand(ctx, line, telemetry);
    case Command::kCommit:
      return CommitCommand(ctx, line, telemetry);
    case Command::kVersion:
      return WriteOutput("", std::string("culvert-runner ") + kProgramVersion + "\n");
  }
  return Fail(Internal("no such command"));
}

}  // namespace culvert::runner
