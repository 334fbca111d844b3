// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/commands.h"

#include "libs/base/file.h"
#include "libs/syncjob/report_text.h"
#include "libs/syncjob/types.h"
#include "runner/report_text.h"
#include "runner/run.h"
#include "runner/status_server.h"

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

namespace culvert::runner {
namespace {

Status RunRunCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const syncjob::RunReport report,
                           RunJob(ctx,
                                  {.files = line.files,
                                   .job = line.job,
                                   .parameters = line.parameters,
                                   .state_directory = line.state_directory,
                                   .credentials_directory = line.credentials_directory,
                                   .dirty_directory = line.dirty_directory,
                                   .again = line.again,
                                   .progress = line.progress},
                                  telemetry));
  std::string text = syncjob::ReportText(report);
  if (report.outcome == "AlreadyDone") {
    text += "already done at " + report.finished + "; --again runs it anew\n";
  }
  return WriteOutput("", text + VerifiedLine(report) + "\n");
}

Status RunReplayCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const syncjob::RunReport report,
                           ReplayDirty(ctx,
                                       {.files = line.files,
                                        .job = line.job,
                                        .parameters = line.parameters,
                                        .state_directory = {},
                                        .credentials_directory = line.credentials_directory,
                                        .dirty_directory = {},
                                        .progress = line.progress},
                                       line.replay_directory, telemetry));
  std::string text = syncjob::ReportText(report);
  if (report.outcome == "AlreadyDone") text += "already replayed at " + report.finished + "\n";
  return WriteOutput("", text + VerifiedLine(report) + "\n");
}

Status RunFetchCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t rows,
                           FetchDirty(ctx,
                                      {.files = line.files,
                                       .job = line.job,
                                       .parameters = line.parameters,
                                       .state_directory = {},
                                       .credentials_directory = line.credentials_directory,
                                       .dirty_directory = {}},
                                      line.dirty_run, line.dirty_directory, telemetry));
  return WriteOutput("", std::to_string(rows) + " dirty rows in " + line.dirty_directory + "\n");
}

// A pod that did its step but cannot say so did not do it, as far as anybody can know.
Status RunStep(syncjob::Step step, const CommandLine& line,
               const std::function<Status(LastWord&)>& run) {
  LastWord word(step);
  const Status status = run(word);
  if (!status) word.Failed(status.error());
  if (line.last_word_file.empty()) return status;
  const Status written = WriteLastWord(line.last_word_file, word.message());
  return status ? written : status;
}

}  // namespace

Status WriteOutput(const std::string& path, std::string_view text) {
  if (!path.empty()) return WriteFileDurably(path, text);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return {};
  return Fail(ResourceExhausted("standard output cannot be written").Because("LocalPressure"));
}

Status RunCommand(const OpContext& ctx, const CommandLine& line,
                  const LogThreshold& log_threshold) {
  using syncjob::Step;
  Telemetry telemetry(std::string(CommandName(line.command)), ctx.clock);
  std::unique_ptr<http::Server> server;
  if (line.listen) {
    CULVERT_ASSIGN_OR_RETURN(server, StartStatusServer(ctx, *line.listen, telemetry));
  }
  switch (line.command) {
    case Command::kRun:
      return RunRunCommand(ctx, line, telemetry);
    case Command::kReplayDirty:
      return RunReplayCommand(ctx, line, telemetry);
    case Command::kFetchDirty:
      return RunFetchCommand(ctx, line, telemetry);
    case Command::kExplain:
      return ExplainCommand(ctx, line, telemetry);
    case Command::kConvert:
      return ConvertCommand(line);
    case Command::kPlan:
      return RunStep(Step::kPlan, line,
                     [&](LastWord& word) { return PlanCommand(ctx, line, telemetry, word); });
    case Command::kPrepare:
      return RunStep(Step::kPrepare, line,
                     [&](LastWord&) { return PrepareCommand(ctx, line, telemetry); });
    case Command::kTransfer:
      return RunStep(Step::kTransfer, line, [&](LastWord& word) {
        return TransferCommand(ctx, line, telemetry, word, log_threshold);
      });
    case Command::kCommit:
      return RunStep(Step::kCommit, line,
                     [&](LastWord& word) { return CommitCommand(ctx, line, telemetry, word); });
    case Command::kWork:
      return RunStep(Step::kWork, line, [&](LastWord& word) {
        return WorkCommand(ctx, line, telemetry, word, log_threshold);
      });
    case Command::kVersion:
      return WriteOutput("", std::string("culvert-runner ") + kProgramVersion + "\n");
  }
  return Fail(Internal("no such command"));
}

}  // namespace culvert::runner
