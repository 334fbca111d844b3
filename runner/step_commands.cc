// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/digest.h"
#include "libs/base/log.h"
#include "libs/base/time_format.h"
#include "libs/syncjob/plan_parcel.h"
#include "libs/syncjob/plan_record.h"
#include "libs/syncjob/schema_contract.h"
#include "runner/commands.h"
#include "runner/commit_step.h"
#include "runner/connection.h"
#include "runner/dirty_store.h"
#include "runner/endpoints.h"
#include "runner/engine/stream_limit.h"
#include "runner/engine/transfer.h"
#include "runner/job_input.h"
#include "runner/job_statements.h"
#include "runner/knobs.h"
#include "runner/planner.h"
#include "runner/prepare.h"
#include "runner/record_files.h"
#include "runner/shard_state.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// The steps of a run in a cluster. Each is one process that knows the recorded plan and nothing
// else; what a step did is asked from the service or read from the reports.

namespace culvert::runner {
namespace {

// In a pod the key may come or change a while after the pod started.
CredentialsPlace PlaceOf(const OpContext& ctx, const CommandLine& line,
                         const syncjob::Manifest* manifest) {
  return {.manifest = manifest,
          .directory = line.credentials_directory,
          .wait = line.credentials_wait,
          .stop = ctx.stop};
}

// A recorded plan with clients for its two sides.
struct PlannedRun {
  syncjob::Plan plan;
  std::unique_ptr<Connection> source;
  std::unique_ptr<Connection> target;
  Sides sides;
};

// In a cluster the one who writes a DataSource is not the one whose network the pod is in.
Result<EndpointPolicy> PolicyOf(const CommandLine& line) {
  if (line.endpoint_allow.empty()) return EndpointPolicy();
  CULVERT_ASSIGN_OR_RETURN(http::EndpointRules rules,
                           http::EndpointRules::Make(line.endpoint_allow, line.endpoint_refuse));
  return EndpointPolicy(std::move(rules));
}

Status Connect(const OpContext& ctx, const CommandLine& line, const syncjob::Manifest* manifest,
               Telemetry& telemetry, PlannedRun& run) {
  const CredentialsPlace place = PlaceOf(ctx, line, manifest);
  CULVERT_ASSIGN_OR_RETURN(const EndpointPolicy policy, PolicyOf(line));
  const bool reads = std::holds_alternative<syncjob::MaxComputeSource>(run.plan.spec.source);
  const bool writes = std::holds_alternative<syncjob::MaxComputeTarget>(run.plan.spec.target);
  if (reads) {
    CULVERT_TRY(CheckEndpoints(run.plan.source_data_source));
    CULVERT_ASSIGN_OR_RETURN(run.source,
                             Connection::Make({.data_source = run.plan.source_data_source,
                                               .place = place,
                                               .tunnel_endpoint = run.plan.source_tunnel_endpoint,
                                               .jitter_seed = RandomSeed(),
                                               .side = Side::kSource,
                                               .policy = policy,
                                               .clock = ctx.clock,
                                               .metrics = telemetry.metrics()}));
    run.sides.source = &run.source->client();
  }
  if (writes) {
    CULVERT_TRY(CheckEndpoints(run.plan.target_data_source));
    CULVERT_ASSIGN_OR_RETURN(run.target,
                             Connection::Make({.data_source = run.plan.target_data_source,
                                               .place = place,
                                               .tunnel_endpoint = run.plan.target_tunnel_endpoint,
                                               .jitter_seed = RandomSeed(),
                                               .side = Side::kTarget,
                                               .policy = policy,
                                               .clock = ctx.clock,
                                               .metrics = telemetry.metrics()}));
    run.sides.target = &run.target->client();
  }
  return {};
}

Result<PlannedRun> LoadRun(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  PlannedRun run;
  CULVERT_ASSIGN_OR_RETURN(run.plan, ReadPlan(line.plan_file));
  CULVERT_TRY(Connect(ctx, line, nullptr, telemetry, run));
  telemetry.Begin({.attempt = run.plan.attempt});
  return run;
}

// The number of the plan's shard that this process does: pods count from 0 whatever is left.
Result<std::size_t> ShardOf(const CommandLine& line, const syncjob::Plan& plan) {
  std::uint64_t shard = line.shard;
  if (!line.shards.empty()) {
    if (line.shard >= line.shards.size()) {
      return Fail(InvalidArgument("--shards names " + std::to_string(line.shards.size()) +
                                  " shards, number " + std::to_string(line.shard) +
                                  " is not among them"));
    }
    shard = line.shards[line.shard];
  }
  if (shard < plan.shards.size()) return static_cast<std::size_t>(shard);
  return Fail(InvalidArgument("there is no shard " + std::to_string(shard) + ", the plan has " +
                              std::to_string(plan.shards.size())));
}

// What one process copies of a plan.
struct Portion {
  std::vector<std::size_t> shards;
  std::size_t streams = 1;
  bool may_have_committed = false;  // a pod before this one
  LogThreshold log_threshold;       // of this process
};

Result<std::vector<syncjob::ShardReport>> CopyShards(const OpContext& ctx, const CommandLine& line,
                                                     const syncjob::Plan& plan,
                                                     const CopySpec& spec,
                                                     const Endpoints& endpoints, const Sides& sides,
                                                     const Portion& portion, Telemetry& telemetry,
                                                     LastWord& word) {
  CULVERT_ASSIGN_OR_RETURN(
      const ShardState state,
      AskShards(ctx, plan, portion.shards, portion.may_have_committed, endpoints.target(), word));
  CULVERT_ASSIGN_OR_RETURN(const std::unique_ptr<DirtyStore> kept,
                           MakeDirtyStore(line.dirty_directory, spec, sides.target));
  if (kept != nullptr) CULVERT_TRY(kept->Begin(ctx, portion.shards));
  const std::unique_ptr<DirtyWindow> window = DirtyWindow::Of(plan.spec);
  KeepCommitted target(endpoints.target(), state.committed);
  // The run's rate is shared out by streams: those of this process have their part of it.
  const double share = static_cast<double>(portion.streams) /
                       static_cast<double>(std::max(1, plan.spec.speed.concurrent));
  SpeedLimit speed_limit(RatesOf(plan.spec.speed, share));
  StreamLimit stream_limit(portion.streams);
  const FileFollower follower(
      ctx, KnobsFile(line.knobs_file, [&](const OpContext& inner, const Knobs& knobs) {
        speed_limit.Set(knobs.rates, inner.clock.SteadyNow());
        stream_limit.Set(knobs.streams.value_or(portion.streams));
        portion.log_threshold.Change(inner.log, knobs.log_level.value_or(line.log_level));
      }));
  ProgressLine totals{.title = SourceTitle(plan.spec) + " → " + TargetTitle(plan.spec)};
  for (const std::size_t shard : portion.shards) {
    totals.blocks_total += plan.shards[shard].blocks.size();
    for (const syncjob::Block& block : plan.shards[shard].blocks) totals.rows_total += block.rows;
  }
  StepWork work{.attempt = plan.attempt,
                .rows_total = totals.rows_total,
                .blocks_total = totals.blocks_total};
  if (portion.shards.size() == 1) work.shard = portion.shards.front();
  Progress& progress = telemetry.Begin(work);
  for (const BlockRecord& record : state.done) {
    progress.rows += record.result.rows_read;
    progress.blocks += 1;
  }
  DirtyRows dirty;
  CopyServices services{.source = endpoints.source(),
                        .target = &target,
                        .speed_limit = &speed_limit,
                        .progress = &progress,
                        .dirty = &dirty,
                        .dirty_sink = kept.get(),
                        .dirty_window = window.get(),
                        .retry = {.on_retry = [&telemetry](const Error& error) {
                          telemetry.metrics().CountRetry(error);
                        }}};
  if (state.field_bytes_max > 0) services.field_bytes_max = state.field_bytes_max;
  const TransferHooks hooks{.block_done =
                                [&telemetry](const BlockRecord& record) {
                                  telemetry.metrics().CountBlock(record.result);
                                  return Status();
                                },
                            .shard_done = [&](const OpContext& inner, std::size_t done,
                                              syncjob::ShardReport& report) -> Status {
                              if (kept != nullptr) {
                                CULVERT_TRY(kept->FinishShard(inner, done, report.rows_dirty));
                              }
                              if (!target.has_sessions()) return {};
                              return CommitOwnSessions(inner, plan, done, target, report, word);
                            }};
  const ProgressView view(line.progress, totals, progress, ctx.clock);
  auto reports = Transfer(ctx, spec, services,
                          {.shards = portion.shards,
                           .done = state.done,
                           .streams = portion.streams,
                           .stream_limit = line.knobs_file.empty() ? nullptr : &stream_limit,
                           .dirty_before = 0,
                           .seed = RandomSeed()},
                          hooks);
  if (!reports && kept != nullptr && reports.error().reason == "DirtyLimitExceeded") {
    CULVERT_TRY(kept->GiveUp(ctx));
  }
  return reports;
}

// Says how many dirty rows the run left, now that its other rows are committed.
Status SumUpDirty(const OpContext& ctx, const CommandLine& line, const CopySpec& spec,
                  const Sides& sides, syncjob::RunReport& report) {
  CULVERT_ASSIGN_OR_RETURN(const std::unique_ptr<DirtyStore> kept,
                           MakeDirtyStore(line.dirty_directory, spec, sides.target));
  if (kept == nullptr) return {};
  if (report.totals.rows_dirty > 0) report.dirty_place = kept->Place();
  return kept->SumUp(
      ctx, {.job = report.job, .attempt = report.attempt, .rows_dirty = report.totals.rows_dirty});
}

// preSql was the business of another pod. The rows are committed: a list that the service does not
// give is no reason to fail.
void AddPreSql(const OpContext& ctx, const PlannedRun& run, syncjob::RunReport& report) {
  auto found = FindPreSql(ctx, run.plan, run.sides);
  if (found) {
    report.statements = *std::move(found);
  } else {
    ctx.log.Warn("the instances of preSql are not known, the log of the prepare pod has them",
                 {{"error", ToString(found.error())}});
  }
}

// What comes after the commits: postSql. The rows are committed whatever becomes of it.
Status FinishRun(const OpContext& ctx, const PlannedRun& run, syncjob::RunReport& report,
                 LastWord& word) {
  word.message().partitions = report.committed_partitions.size();
  auto after = RunJobStatements(ctx, run.plan, StatementTime::kAfter, run.sides);
  if (after) {
    report.statements.insert(report.statements.end(), after->begin(), after->end());
  } else {
    report.outcome = "Failed";
  }
  word.message().run = report;
  return after ? Status() : Fail(std::move(after.error()));
}

// What an earlier attempt left: overwriting sessions that are open, which this one must take over,
// and the columns that it copied.
struct Earlier {
  SessionHooks hooks;
  std::optional<std::vector<std::string>> contract;
};

Result<Earlier> ReadEarlier(const CommandLine& line) {
  Earlier earlier;
  SessionHooks& hooks = earlier.hooks;
  if (!line.since.empty()) {
    CULVERT_ASSIGN_OR_RETURN(hooks.since, ParseRfc3339(line.since));
  }
  if (line.previous_plan.empty()) return earlier;
  auto previous = ReadPlan(line.previous_plan);
  if (!previous) return Fail(std::move(previous.error()).With("plan", "previous"));
  earlier.contract = syncjob::ContractOf(*previous);
  for (const syncjob::Session& session : previous->sessions) {
    if (session.shard == -1) {
      hooks.known[previous->targets[session.target].partition] = session.upload_id;
    }
  }
  return earlier;
}

// A plan step before this one of the same attempt may have submitted the SELECTs: the attempt is
// told apart by when it began.
QueryName NameQuery(const JobInput& input, const CommandLine& line,
                    const std::optional<WallTime>& since) {
  if (!since) return {.seed = RandomHex128()};
  return {.seed = input.Name() + '\n' + std::to_string(line.attempt) + '\n' + line.since,
          .since = *since};
}

}  // namespace

Status PlanCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry,
                   LastWord& word) {
  CULVERT_ASSIGN_OR_RETURN(const JobInput input, ReadJob(line.files, line.job, line.parameters));
  CULVERT_ASSIGN_OR_RETURN(Earlier earlier, ReadEarlier(line));
  const std::optional<WallTime> since = earlier.hooks.since;
  PlannedRun run;
  run.plan.spec = input.job.spec;
  run.plan.source_data_source = input.source;
  run.plan.target_data_source = input.target;
  CULVERT_TRY(Connect(ctx, line, &input.manifest, telemetry, run));
  telemetry.Begin({.attempt = line.attempt});
  CULVERT_ASSIGN_OR_RETURN(const Survey survey, SurveyJob(ctx, input, run.sides));
  for (const std::string& warning : survey.warnings) {
    ctx.log.Warn("plan warning", {{"warning", warning}});
  }
  CULVERT_ASSIGN_OR_RETURN(
      const OpenedPlan opened,
      OpenPlan(ctx, {.job = input,
                     .survey = survey,
                     .sides = run.sides,
                     .spec_hash = syncjob::SpecHash(input.job.spec, input.source, input.target),
                     .attempt = line.attempt,
                     .created = FormatRfc3339(ctx.clock.Now()),
                     .seed = RandomSeed(),
                     .sessions = std::move(earlier.hooks),
                     .contract_before = std::move(earlier.contract),
                     .query = NameQuery(input, line, since)}));
  if (!line.hand_over) return WriteOutput(line.output, syncjob::PlanToJson(opened.plan) + "\n");
  word.message().plan = syncjob::PackForMessage(opened.plan);
  if (!word.message().plan->text.empty()) return {};
  return WriteOutput(line.output, syncjob::PackForLog(opened.plan));
}

Status PrepareCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const PlannedRun run, LoadRun(ctx, line, telemetry));
  if (!syncjob::NeedsPreparing(run.plan)) return {};
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(run.plan));
  CULVERT_ASSIGN_OR_RETURN(
      const Endpoints endpoints,
      MakeEndpoints(run.plan, spec, run.sides.source, run.sides.target, telemetry.metrics()));
  CULVERT_TRY(Prepare(ctx, run.plan, run.sides, endpoints.target()));
  return {};
}

Status TransferCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry,
                       LastWord& word, const LogThreshold& log_threshold) {
  CULVERT_ASSIGN_OR_RETURN(const PlannedRun run, LoadRun(ctx, line, telemetry));
  const syncjob::Plan& plan = run.plan;
  CULVERT_ASSIGN_OR_RETURN(const std::size_t shard, ShardOf(line, plan));
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(plan));
  CULVERT_ASSIGN_OR_RETURN(
      const Endpoints endpoints,
      MakeEndpoints(plan, spec, run.sides.source, run.sides.target, telemetry.metrics()));
  const bool commits = std::ranges::any_of(
      plan.sessions, [&](const syncjob::Session& session) { return session.shard != -1; });
  CULVERT_ASSIGN_OR_RETURN(
      const std::vector<syncjob::ShardReport> reports,
      CopyShards(ctx, line, plan, spec, endpoints, run.sides,
                 {.shards = {shard},
                  .streams = static_cast<std::size_t>(std::max(1, plan.shards[shard].streams)),
                  .may_have_committed = commits,
                  .log_threshold = log_threshold},
                 telemetry, word));
  word.message().shard = reports.front();
  return WriteOutput(line.output, syncjob::ShardReportToJson(reports.front()) + "\n");
}

Status CommitCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry,
                     LastWord& word) {
  CULVERT_ASSIGN_OR_RETURN(const PlannedRun run, LoadRun(ctx, line, telemetry));
  const syncjob::Plan& plan = run.plan;
  if (line.decision_directory.empty() && line.reports_directory.empty()) {
    return Fail(InvalidArgument("one of --reports and --decision is required"));
  }
  if (!line.decision_directory.empty()) CULVERT_TRY(CheckDecision(line.decision_directory, plan));
  CULVERT_ASSIGN_OR_RETURN(
      const std::vector<syncjob::ShardReport> reports,
      ReadReports(line.reports_directory.empty() ? line.decision_directory : line.reports_directory,
                  plan));
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(plan));
  CULVERT_ASSIGN_OR_RETURN(
      const Endpoints endpoints,
      MakeEndpoints(plan, spec, run.sides.source, run.sides.target, telemetry.metrics()));
  CULVERT_ASSIGN_OR_RETURN(syncjob::RunReport report,
                           CommitRun(ctx, plan, reports, run.sides, endpoints.target(), word));
  CULVERT_TRY(SumUpDirty(ctx, line, spec, run.sides, report));
  AddPreSql(ctx, run, report);
  CULVERT_TRY(FinishRun(ctx, run, report, word));
  return WriteOutput(line.output, syncjob::RunReportToJson(report) + "\n");
}

Status WorkCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry,
                   LastWord& word, const LogThreshold& log_threshold) {
  CULVERT_ASSIGN_OR_RETURN(const PlannedRun run, LoadRun(ctx, line, telemetry));
  const syncjob::Plan& plan = run.plan;
  CULVERT_TRY(CheckDecision(line.decision_directory, plan));
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(plan));
  CULVERT_ASSIGN_OR_RETURN(
      const Endpoints endpoints,
      MakeEndpoints(plan, spec, run.sides.source, run.sides.target, telemetry.metrics()));
  CULVERT_ASSIGN_OR_RETURN(const std::vector<syncjob::StatementRun> before,
                           Prepare(ctx, plan, run.sides, endpoints.target()));
  Portion all{.shards = std::vector<std::size_t>(plan.shards.size()),
              .streams = static_cast<std::size_t>(std::max(1, plan.spec.speed.concurrent)),
              .may_have_committed = true,
              .log_threshold = log_threshold};
  // NOLINTNEXTLINE(modernize-use-ranges): g++ 12 has no std::ranges::iota
  std::iota(all.shards.begin(), all.shards.end(), std::size_t{0});
  CULVERT_ASSIGN_OR_RETURN(
      const std::vector<syncjob::ShardReport> reports,
      CopyShards(ctx, line, plan, spec, endpoints, run.sides, all, telemetry, word));
  CULVERT_ASSIGN_OR_RETURN(syncjob::RunReport report,
                           CommitRun(ctx, plan, reports, run.sides, endpoints.target(), word));
  CULVERT_TRY(SumUpDirty(ctx, line, spec, run.sides, report));
  report.statements = before;
  // What is prepared is not prepared again: a pod before this one ran them.
  if (before.empty()) AddPreSql(ctx, run, report);
  CULVERT_TRY(FinishRun(ctx, run, report, word));
  return WriteOutput(line.output, syncjob::RunReportToJson(report) + "\n");
}

}  // namespace culvert::runner
