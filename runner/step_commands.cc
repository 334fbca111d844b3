// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "libs/base/log.h"
#include "libs/base/time_format.h"
#include "runner/commands.h"
#include "runner/connection.h"
#include "runner/endpoints.h"
#include "runner/engine/committer.h"
#include "runner/engine/stream_limit.h"
#include "runner/engine/transfer.h"
#include "runner/job_input.h"
#include "runner/knobs.h"
#include "runner/planner.h"
#include "runner/prepare.h"
#include "runner/report_text.h"
#include "runner/verify.h"
#include "runner/waiting_credentials.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <variant>
#include <vector>

// The steps of a run in a cluster. Each is one process that knows the recorded plan and nothing
// else; what a step did is asked from the service or read from the reports.

namespace culvert::runner {
namespace {

constexpr std::size_t kReportFileBytesMax = std::size_t{64} * 1024;

// In a pod the key may come or change a while after the pod started.
CredentialsPlace PlaceOf(const OpContext& ctx, const CommandLine& line,
                         const syncjob::Manifest* manifest) {
  return {.manifest = manifest,
          .directory = line.credentials_directory,
          .wait = kCredentialsWait,
          .stop = ctx.stop};
}

// A recorded plan with clients for its two sides.
struct PlannedRun {
  syncjob::Plan plan;
  std::unique_ptr<Connection> source;
  std::unique_ptr<Connection> target;
  Sides sides;
};

Status Connect(const OpContext& ctx, const CredentialsPlace& place, Telemetry& telemetry,
               PlannedRun& run) {
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
                                               .clock = ctx.clock,
                                               .metrics = telemetry.metrics()}));
    run.sides.target = &run.target->client();
  }
  return {};
}

Result<PlannedRun> LoadRun(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  PlannedRun run;
  auto text = ReadWholeFile(line.plan_file, syncjob::kPlanBytesMax);
  if (!text) {
    return Fail(
        InvalidArgument("cannot read the plan: " + text.error().message).Because("PlanInvalid"));
  }
  CULVERT_ASSIGN_OR_RETURN(run.plan, syncjob::ParsePlan(*text));
  CULVERT_TRY(Connect(ctx, PlaceOf(ctx, line, nullptr), telemetry, run));
  telemetry.Begin({.attempt = run.plan.attempt});
  return run;
}

std::string TargetName(const syncjob::Plan& plan, std::size_t session) {
  const std::string& partition = plan.targets[plan.sessions[session].target].partition;
  const std::string title = TargetTitle(plan.spec);
  return partition.empty() ? title : title + "/" + partition;
}

// Blocks of sessions that are committed already are read and counted, but not written again.
class KeepCommitted final : public Target {
 public:
  KeepCommitted(Target& target, std::set<std::size_t> committed)
      : target_(target), committed_(std::move(committed)) {}

  Result<std::unique_ptr<BlockWriter>> OpenBlock(const OpContext& ctx, std::size_t session,
                                                 std::uint64_t block_id,
                                                 maxcompute::wire::Codec codec) override {
    if (committed_.contains(session)) return std::make_unique<Nothing>();
    return target_.OpenBlock(ctx, session, block_id, codec);
  }
  Result<SessionView> Load(const OpContext& ctx, std::size_t session) override {
    return target_.Load(ctx, session);
  }
  Status Commit(const OpContext& ctx, std::size_t session) override {
    return target_.Commit(ctx, session);
  }
  bool has_sessions() const override { return target_.has_sessions(); }

 private:
  class Nothing final : public BlockWriter {
   public:
    Status Write(const OpContext& ctx, std::span<const std::byte> /*bytes*/) override {
      return ctx.Check();
    }
    Status Finish(const OpContext& ctx) override { return ctx.Check(); }
  };
  Target& target_;
  std::set<std::size_t> committed_;
};

// What the service holds of one shard when its pod begins, perhaps not for the first time.
struct ShardState {
  std::vector<BlockRecord> done;
  std::set<std::size_t> committed;
  std::uint64_t field_bytes_max = 0;
};

Result<ShardState> AskShard(const OpContext& ctx, const syncjob::Plan& plan, std::size_t shard,
                            Target& target) {
  ShardState state;
  if (!target.has_sessions()) return state;
  std::set<std::size_t> sessions;
  const auto& blocks = plan.shards[shard].blocks;
  for (const syncjob::Block& block : blocks)
    sessions.insert(static_cast<std::size_t>(block.session));
  // Only where the plan alone says what a block would have reported.
  const bool may_skip =
      plan.route != syncjob::Route::kTyped && plan.spec.verify != syncjob::Verify::kContentHash;
  for (const std::size_t session : sessions) {
    CULVERT_ASSIGN_OR_RETURN(const SessionView view, target.Load(ctx, session));
    state.field_bytes_max = view.field_bytes_max;
    if (view.state == SessionState::kLost) {
      return Fail(FailedPrecondition("the upload session of " + TargetName(plan, session) + " is " +
                                     view.state_name)
                      .Because("SessionExpired"));
    }
    if (view.state != SessionState::kOpen) {
      state.committed.insert(session);
      continue;
    }
    for (std::size_t i = 0; may_skip && i < blocks.size(); ++i) {
      if (blocks[i].session != session) continue;
      const bool held = std::ranges::any_of(view.blocks, [&](const BlockOnTarget& on_target) {
        return on_target.block_id == blocks[i].block_id && on_target.rows == blocks[i].rows;
      });
      if (!held) continue;
      BlockResult result;
      result.rows_read = result.rows_written = blocks[i].rows;
      state.done.push_back({.where = {.shard = shard, .block = i}, .result = result});
    }
  }
  return state;
}

// Commits the sessions that are the shard's own, with the rows that its blocks had.
Status CommitOwnSessions(const OpContext& ctx, const syncjob::Plan& plan, std::size_t shard,
                         const ShardState& state, Target& target, syncjob::ShardReport& report) {
  for (std::size_t session = 0; session < plan.sessions.size(); ++session) {
    if (plan.sessions[session].shard != static_cast<std::int64_t>(shard)) continue;
    CommitInput commit{.session = session,
                       .target_name = TargetName(plan, session),
                       .blocks = {},
                       .may_have_been_sent = state.committed.contains(session),
                       .before_send = {}};
    for (const syncjob::Block& block : plan.shards[shard].blocks) {
      if (block.session != session) continue;
      const std::uint64_t dirty = std::min(report.rows_dirty, block.rows);
      commit.blocks.push_back(
          {.block_id = block.block_id, .rows_min = block.rows - dirty, .rows_max = block.rows});
    }
    CULVERT_ASSIGN_OR_RETURN(const std::uint64_t sent, CommitSession(ctx, target, commit));
    report.commits_sent += std::max<std::uint64_t>(sent, 1);
  }
  return {};
}

Result<std::vector<syncjob::ShardReport>> ReadReports(const std::string& directory,
                                                      const syncjob::Plan& plan) {
  std::vector<syncjob::ShardReport> reports;
  for (std::size_t shard = 0; shard < plan.shards.size(); ++shard) {
    const std::string path = directory + "/" + std::to_string(shard) + ".json";
    auto text = ReadWholeFile(path, kReportFileBytesMax);
    if (!text) {
      return Fail(FailedPrecondition("shard " + std::to_string(shard) + " has no report in " +
                                     path + ": " + text.error().message + "; transfer it first"));
    }
    CULVERT_ASSIGN_OR_RETURN(syncjob::ShardReport report, syncjob::ParseShardReport(*text));
    if (report.shard != shard) {
      return Fail(
          InvalidArgument(path + " is the report of shard " + std::to_string(report.shard)));
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

Status CheckTotals(const syncjob::Plan& plan, const syncjob::ShardReport& totals) {
  if (totals.rows_dirty > plan.spec.error_limit_record) {
    return Fail(
        FailedPrecondition(std::to_string(totals.rows_dirty) + " dirty rows, the limit is " +
                           std::to_string(plan.spec.error_limit_record) + "; nothing was committed")
            .Because("DirtyLimitExceeded"));
  }
  if (totals.rows_read != plan.rows || totals.rows_written + totals.rows_dirty != plan.rows) {
    return Fail(Aborted("the reports have " + std::to_string(totals.rows_read) +
                        " rows, the plan " + std::to_string(plan.rows))
                    .Because("BlockListMismatch"));
  }
  return {};
}

// What each shared session must hold, from the plan and the shards' dirty rows.
std::vector<CommitInput> SharedCommits(const syncjob::Plan& plan,
                                       const std::vector<syncjob::ShardReport>& reports) {
  std::vector<CommitInput> commits(plan.sessions.size());
  for (std::size_t session = 0; session < commits.size(); ++session) {
    commits[session].session = session;
    commits[session].target_name = TargetName(plan, session);
    // The decision is on record before this step runs, so an earlier pod may have sent the commit.
    commits[session].may_have_been_sent = true;
  }
  for (std::size_t shard = 0; shard < plan.shards.size(); ++shard) {
    for (const syncjob::Block& block : plan.shards[shard].blocks) {
      const std::uint64_t dirty = std::min(reports[shard].rows_dirty, block.rows);
      commits[block.session].blocks.push_back(
          {.block_id = block.block_id, .rows_min = block.rows - dirty, .rows_max = block.rows});
    }
  }
  std::erase_if(commits, [&plan](const CommitInput& commit) {
    return plan.sessions[commit.session].shard != -1;
  });
  return commits;
}

// Where dirty rows leave a block's rows open, the sum over all sessions must still be what was
// written.
Status CheckSum(const OpContext& ctx, const std::vector<CommitInput>& commits,
                std::uint64_t rows_written, Target& target) {
  std::uint64_t sum = 0;
  for (const CommitInput& commit : commits) {
    CULVERT_ASSIGN_OR_RETURN(const SessionView view, target.Load(ctx, commit.session));
    if (view.state != SessionState::kOpen) return {};  // decided before
    CULVERT_ASSIGN_OR_RETURN(const std::uint64_t rows,
                             CheckBlocks(commit.blocks, view.blocks, commit.target_name));
    sum += rows;
  }
  if (commits.empty() || sum == rows_written) return {};
  return Fail(Aborted("the service holds " + std::to_string(sum) + " rows, " +
                      std::to_string(rows_written) + " were written; nothing was committed")
                  .Because("BlockListMismatch"));
}

}  // namespace

Status PlanCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const JobInput input, ReadJob(line.files, line.job));
  PlannedRun run;
  run.plan.spec = input.job.spec;
  run.plan.source_data_source = input.source;
  run.plan.target_data_source = input.target;
  CULVERT_TRY(Connect(ctx, PlaceOf(ctx, line, &input.manifest), telemetry, run));
  telemetry.Begin({.attempt = line.attempt});
  CULVERT_ASSIGN_OR_RETURN(const Survey survey, SurveyJob(ctx, input, run.sides));
  for (const std::string& warning : survey.warnings) {
    ctx.log.Warn("check the plan", {{"warning", warning}});
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
                     .sessions = {}}));
  return WriteOutput(line.output, syncjob::PlanToJson(opened.plan) + "\n");
}

Status PrepareCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const PlannedRun run, LoadRun(ctx, line, telemetry));
  if (!run.plan.truncate_by_sql) return {};
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(run.plan));
  CULVERT_ASSIGN_OR_RETURN(
      const Endpoints endpoints,
      MakeEndpoints(run.plan, spec, run.sides.source, run.sides.target, telemetry.metrics()));
  return Prepare(ctx, run.plan, *run.sides.target, endpoints.target());
}

Status TransferCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const PlannedRun run, LoadRun(ctx, line, telemetry));
  const syncjob::Plan& plan = run.plan;
  if (line.shard >= plan.shards.size()) {
    return Fail(InvalidArgument("there is no shard " + std::to_string(line.shard) +
                                ", the plan has " + std::to_string(plan.shards.size())));
  }
  const auto shard = static_cast<std::size_t>(line.shard);
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(plan));
  CULVERT_ASSIGN_OR_RETURN(
      const Endpoints endpoints,
      MakeEndpoints(plan, spec, run.sides.source, run.sides.target, telemetry.metrics()));
  CULVERT_ASSIGN_OR_RETURN(const ShardState state, AskShard(ctx, plan, shard, endpoints.target()));
  KeepCommitted target(endpoints.target(), state.committed);
  // The run's rate is shared out by streams: those of this shard have their part of it.
  const double share = static_cast<double>(plan.shards[shard].streams) /
                       static_cast<double>(std::max(1, plan.spec.speed.concurrent));
  RateLimiter limiter(plan.spec.speed.throttle ? plan.spec.speed.mbps * 1e6 * share : 0);
  const auto streams = static_cast<std::size_t>(std::max(1, plan.shards[shard].streams));
  StreamLimit stream_limit(streams);
  const KnobsFollower follower(ctx, line.knobs_file, [&, planned = streams](const Knobs& knobs) {
    limiter.SetRate(knobs.bytes_per_second, ctx.clock.SteadyNow());
    stream_limit.Set(knobs.streams.value_or(planned));
  });
  ProgressLine totals{.title = SourceTitle(plan.spec) + " → " + TargetTitle(plan.spec)};
  totals.blocks_total = plan.shards[shard].blocks.size();
  for (const syncjob::Block& block : plan.shards[shard].blocks) totals.rows_total += block.rows;
  Progress& progress = telemetry.Begin({.shard = line.shard,
                                        .attempt = plan.attempt,
                                        .rows_total = totals.rows_total,
                                        .blocks_total = totals.blocks_total});
  for (const BlockRecord& record : state.done) {
    progress.rows += record.result.rows_read;
    progress.blocks += 1;
  }
  DirtyRows dirty;
  CopyServices services{.source = endpoints.source(),
                        .target = &target,
                        .limiter = &limiter,
                        .progress = &progress,
                        .dirty = &dirty,
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
                              if (!target.has_sessions()) return {};
                              return CommitOwnSessions(inner, plan, done, state, target, report);
                            }};
  std::vector<syncjob::ShardReport> reports;
  {
    const ProgressView view(line.progress, totals, progress, ctx.clock);
    CULVERT_ASSIGN_OR_RETURN(
        reports, Transfer(ctx, spec, services,
                          {.shards = {shard},
                           .done = state.done,
                           .streams = streams,
                           .stream_limit = line.knobs_file.empty() ? nullptr : &stream_limit,
                           .dirty_before = 0,
                           .seed = RandomSeed()},
                          hooks));
  }
  return WriteOutput(line.output, syncjob::ShardReportToJson(reports.front()) + "\n");
}

Status CommitCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const PlannedRun run, LoadRun(ctx, line, telemetry));
  const syncjob::Plan& plan = run.plan;
  CULVERT_ASSIGN_OR_RETURN(const std::vector<syncjob::ShardReport> reports,
                           ReadReports(line.reports_directory, plan));
  syncjob::RunReport report;
  report.totals.route = std::string(syncjob::RouteName(plan.route));
  for (const syncjob::ShardReport& shard : reports) AddShard(shard, report.totals);
  CULVERT_TRY(CheckTotals(plan, report.totals));
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(plan));
  CULVERT_ASSIGN_OR_RETURN(
      const Endpoints endpoints,
      MakeEndpoints(plan, spec, run.sides.source, run.sides.target, telemetry.metrics()));
  if (endpoints.target().has_sessions()) {
    const std::vector<CommitInput> commits = SharedCommits(plan, reports);
    CULVERT_TRY(CheckSum(ctx, commits, report.totals.rows_written, endpoints.target()));
    for (const CommitInput& commit : commits) {
      CULVERT_TRY(CommitSession(ctx, endpoints.target(), commit));
    }
    for (const syncjob::TargetUnit& target : plan.targets) {
      report.committed_partitions.push_back(target.partition.empty() ? TargetTitle(plan.spec)
                                                                     : target.partition);
    }
  }
  if (plan.spec.verify == syncjob::Verify::kContentHash && run.sides.target != nullptr) {
    CULVERT_TRY(VerifyContent(ctx, plan, report.totals, *run.sides.target));
    report.verified = "content hash";
  } else if (plan.spec.verify != syncjob::Verify::kNone) {
    report.verified = "count";
  }
  report.job = plan.job;
  report.attempt = plan.attempt;
  report.started = plan.created;
  report.outcome = "Succeeded";
  report.shards = plan.shards.size();
  const WallTime now = ctx.clock.Now();
  report.finished = FormatRfc3339(now);
  if (const auto created = ParseRfc3339(plan.created)) {
    report.seconds = std::chrono::duration<double>(now - *created).count();
  }
  report.bottleneck =
      Bottleneck(report.totals, report.seconds * std::max(1, plan.spec.speed.concurrent));
  return WriteOutput(line.output, syncjob::RunReportToJson(report) + "\n");
}

}  // namespace culvert::runner
