// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/commands.h"

#include <utility>
#include <vector>

#include "plugin/explanation.h"
#include "plugin/run_logs.h"
#include "plugin/run_reader.h"
#include "plugin/schedules.h"
#include "plugin/status_json.h"
#include "plugin/status_text.h"
#include "plugin/steering.h"

namespace culvert::plugin {
namespace {

constexpr std::size_t kExplainLogLines = 10;
constexpr std::size_t kShardsShown = 20;

Result<std::string> StatusOfAll(const OpContext& ctx, kube::Client& client,
                                const std::string& name_space, const CommandLine& line,
                                bool colours) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<RunView> runs,
                           ReadRuns(ctx, client, name_space, Live::kYes));
  if (line.output == Output::kJson) return StatusJson(runs);
  if (runs.empty()) return "there are no SyncJobs in namespace '" + name_space + "'\n";
  std::string text;
  for (const RunView& run : runs) {
    if (!text.empty()) text += "\n";
    text += StatusText(run, {.colours = colours,
                             .shards = line.all_shards,
                             .shards_max = line.all_shards ? 0 : kShardsShown});
  }
  return text;
}

Result<std::string> StatusOfOne(const OpContext& ctx, kube::Client& client,
                                const kube::ObjectKey& key, const CommandLine& line, bool colours) {
  CULVERT_ASSIGN_OR_RETURN(const RunView run, ReadRun(ctx, client, key, Live::kYes));
  if (line.output == Output::kJson) return StatusJson({run});
  return StatusText(
      run, {.colours = colours, .shards = true, .shards_max = line.all_shards ? 0 : kShardsShown});
}

Result<std::string> ExplainFailure(const OpContext& ctx, kube::Client& client,
                                   const kube::ObjectKey& key, bool colours) {
  CULVERT_ASSIGN_OR_RETURN(const RunView run, ReadRun(ctx, client, key, Live::kNo));
  const auto explanation = Explain(run);
  if (!explanation) return run.name + " has not failed: " + SummaryOf(run) + "\n";
  const std::string log =
      LastLines(ctx, client, run.name_space, explanation->pod, kExplainLogLines);
  return ExplanationText(run, *explanation, log, colours);
}

}  // namespace

Result<std::string> RunCommand(const OpContext& ctx, kube::Client& client,
                               const std::string& name_space, const CommandLine& line,
                               bool colours) {
  const kube::ObjectKey key{.name_space = name_space, .name = line.name};
  switch (line.command) {
    case Command::kStatus:
      return line.name.empty() ? StatusOfAll(ctx, client, name_space, line, colours)
                               : StatusOfOne(ctx, client, key, line, colours);
    case Command::kLogs: {
      CULVERT_ASSIGN_OR_RETURN(const RunView run, ReadRun(ctx, client, key, Live::kNo));
      return RunLogs(ctx, client, run, {.shard = line.shard, .step = line.step, .tail = line.tail});
    }
    case Command::kExplainFailure:
      return ExplainFailure(ctx, client, key, colours);
    case Command::kRetry: {
      CULVERT_ASSIGN_OR_RETURN(const RunView run, ReadRun(ctx, client, key, Live::kNo));
      return Retry(ctx, client, run, line.force ? Doubling::kAccepted : Doubling::kRefused);
    }
    case Command::kSchedule:
      return ScheduleText(ctx, client, key, line.next, colours);
    case Command::kBackfill:
      return BeginBackfill(ctx, client, key,
                           {.from = line.from,
                            .to = line.to,
                            .name = line.backfill,
                            .parallelism = line.parallelism});
    case Command::kSuspend:
    case Command::kResume: {
      if (const std::string_view schedule = ScheduleNameOf(line.name); !schedule.empty()) {
        return SuspendSchedule(ctx, client,
                               {.name_space = name_space, .name = std::string(schedule)},
                               line.command == Command::kSuspend);
      }
      CULVERT_ASSIGN_OR_RETURN(const RunView run, ReadRun(ctx, client, key, Live::kNo));
      return SetSuspend(ctx, client, run, line.command == Command::kSuspend);
    }
    case Command::kVersion:
      return std::string("kubectl-culvert ") + kProgramVersion + "\n";
  }
  return Fail(Internal("no such command"));
}

}  // namespace culvert::plugin
