// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/attempt.h"

#include "libs/base/log.h"
#include "libs/base/time_format.h"
#include "runner/endpoints.h"
#include "runner/job_statements.h"
#include "runner/prepare.h"
#include "runner/report_text.h"
#include "runner/stale_blocks.h"
#include "runner/verify.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

ProgressLine TotalsOf(const syncjob::Plan& plan) {
  return {.title = SourceTitle(plan.spec) + " → " + TargetTitle(plan.spec),
          .rows_total = plan.rows,
          .blocks_total = plan.BlockCount(),
          .partitions = plan.sources.size()};
}

double SecondsBetween(const std::string& from, const std::string& until) {
  const auto begin = ParseRfc3339(from);
  const auto end = ParseRfc3339(until);
  if (!begin || !end) return 0;
  return std::chrono::duration<double>(*end - *begin).count();
}

}  // namespace

Attempt::Attempt(const Input& input)
    : journal_(input.journal),
      sides_(input.sides),
      telemetry_(input.telemetry),
      speed_(input.speed),
      dirty_root_(input.dirty_root),
      progress_(input.progress),
      resumed_(input.resumed),
      reused_(input.reused),
      replay_(input.replay),
      plan_(*input.journal.state().plan),
      state_(input.journal.state()) {}

std::string Attempt::TargetName(std::size_t session) const {
  const std::string& partition = plan_.targets[plan_.sessions[session].target].partition;
  const std::string title = TargetTitle(plan_.spec);
  return partition.empty() ? title : title + "/" + partition;
}

Result<syncjob::RunReport> Attempt::Run(const OpContext& ctx) {
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(plan_));
  CULVERT_ASSIGN_OR_RETURN(
      const Endpoints endpoints,
      MakeEndpoints(plan_, spec, sides_.source, sides_.target, telemetry_.metrics(), replay_));
  Target& target = endpoints.target();
  CULVERT_ASSIGN_OR_RETURN(kept_, MakeDirtyStore(dirty_root_, spec, sides_.target));
  if (kept_ != nullptr) {
    std::vector<std::size_t> all(plan_.shards.size());
    // NOLINTNEXTLINE(modernize-use-ranges): g++ 12 has no std::ranges::iota
    std::iota(all.begin(), all.end(), std::size_t{0});
    CULVERT_TRY(kept_->Begin(ctx, all));
  }
  if (!state_.prepared) {
    CULVERT_ASSIGN_OR_RETURN(state_.statements, Prepare(ctx, plan_, sides_, target));
    CULVERT_TRY(journal_.RecordPrepared(state_.statements));
  }
  if (target.has_sessions()) {
    blocks_ = state_.blocks;
    shards_ = state_.shards;
    ForgetUnkept();
    if (resumed_ || reused_) CULVERT_TRY(CheckSessions(ctx, target));
  }
  CULVERT_TRY(CopyBlocks(ctx, endpoints.source(), target));
  if (target.has_sessions()) CULVERT_TRY(CommitShared(ctx, target));
  return Finish(ctx);
}

// Dirty rows that are not where they were written, or should be now: their blocks are copied again
// as long as their sessions take blocks.
void Attempt::ForgetUnkept() {
  if (kept_ == nullptr) return;
  const MutexLock lock(mutex_);
  std::erase_if(blocks_, [this](const auto& entry) {
    const syncjob::Block& block = plan_.shards[entry.first.shard].blocks[entry.first.block];
    const auto session = static_cast<std::size_t>(block.session);
    const bool open = !state_.committing.contains(session) && !state_.committed.contains(session);
    return open && entry.second.rows_dirty > 0 && !kept_->Holds(block, entry.second.rows_dirty);
  });
}

// Compares what the journal says of each session with what the service holds: blocks that it lost
// are copied again.
Status Attempt::CheckSessions(const OpContext& ctx, Target& target) {
  for (std::size_t session = 0; session < plan_.sessions.size(); ++session) {
    if (state_.committed.contains(session)) continue;
    CULVERT_TRY(CheckSession(ctx, target, session));
  }
  // A shard whose report is there but whose blocks are not is copied again; one whose sessions are
  // committed stays as reported.
  std::erase_if(shards_, [this](const auto& entry) {
    const auto& blocks = plan_.shards[entry.first].blocks;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (!blocks_.contains({.shard = entry.first, .block = i})) return true;
    }
    return false;
  });
  return {};
}

Status Attempt::CheckSession(const OpContext& ctx, Target& target, std::size_t session) {
  CULVERT_ASSIGN_OR_RETURN(const SessionView view, target.Load(ctx, session));
  const bool may_be_committed = state_.committing.contains(session);
  if (view.state == SessionState::kLost && !may_be_committed) {
    return Fail(FailedPrecondition("the upload session of " + TargetName(session) + " is " +
                                   view.state_name + "; nothing of it was committed")
                    .Because("SessionExpired"));
  }
  // What became of a commit that was sent is asked when it is due; until then the blocks stand as
  // recorded.
  if (may_be_committed || view.state != SessionState::kOpen) return {};
  std::map<std::uint64_t, std::uint64_t> held;
  for (const BlockOnTarget& block : view.blocks) held[block.block_id] = block.rows;
  std::size_t lost = 0;
  const MutexLock lock(mutex_);
  for (auto at = blocks_.begin(); at != blocks_.end();) {
    const syncjob::Block& block = plan_.shards[at->first.shard].blocks[at->first.block];
    const auto found = held.find(block.block_id);
    const bool keep = block.session != session ||
                      (found != held.end() && found->second == at->second.rows_written);
    lost += static_cast<std::size_t>(!keep);
    at = keep ? std::next(at) : blocks_.erase(at);
  }
  if (lost > 0) {
    ctx.log.Warn("blocks on record are not on the target, copying them again",
                 {{"target", TargetName(session)}, {"blocks", lost}});
  }
  return reused_ ? EmptyStaleBlocks(ctx, plan_, session, view, target) : Status();
}

Status Attempt::CopyBlocks(const OpContext& ctx, const Source& source, Target& target) {
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(plan_));
  TransferInput input;
  input.streams = static_cast<std::size_t>(std::max(1, speed_.concurrent));
  input.seed = plan_.seed ^ static_cast<std::uint64_t>(plan_.attempt);
  Progress& progress = telemetry_.Begin({.shard = std::nullopt,
                                         .attempt = plan_.attempt,
                                         .rows_total = plan_.rows,
                                         .blocks_total = plan_.BlockCount()});
  for (std::size_t shard = 0; shard < plan_.shards.size(); ++shard) {
    if (const auto done = shards_.find(shard); done != shards_.end()) {
      input.dirty_before += done->second.rows_dirty;
      progress.rows += done->second.rows_read;
      progress.bytes_raw += done->second.bytes_raw;
      progress.dirty += done->second.rows_dirty;
      progress.blocks += done->second.blocks;
      continue;
    }
    input.shards.push_back(shard);
    for (std::size_t block = 0; block < plan_.shards[shard].blocks.size(); ++block) {
      const auto found = blocks_.find({.shard = shard, .block = block});
      if (found == blocks_.end()) continue;
      input.done.push_back({.where = found->first, .result = found->second});
      progress.rows += found->second.rows_read;
      progress.bytes_raw += found->second.bytes_raw;
      progress.dirty += found->second.rows_dirty;
      progress.blocks += 1;
    }
  }
  if (input.shards.empty()) return {};
  SpeedLimit speed_limit(RatesOf(speed_, 1));
  DirtyRows dirty;
  const std::unique_ptr<DirtyWindow> window = DirtyWindow::Of(plan_.spec);
  CopyServices services{.source = source,
                        .target = &target,
                        .speed_limit = &speed_limit,
                        .progress = &progress,
                        .dirty = &dirty,
                        .dirty_sink = kept_.get(),
                        .dirty_window = window.get(),
                        .retry = {.on_retry = [this](const Error& error) {
                          telemetry_.metrics().CountRetry(error);
                        }}};
  if (spec.route() == syncjob::Route::kTyped && target.has_sessions() && !plan_.sessions.empty()) {
    CULVERT_ASSIGN_OR_RETURN(const SessionView view, target.Load(ctx, 0));
    if (view.field_bytes_max > 0) services.field_bytes_max = view.field_bytes_max;
  }
  const TransferHooks hooks{.block_done =
                                [this](const BlockRecord& record) {
                                  telemetry_.metrics().CountBlock(record.result);
                                  {
                                    const MutexLock lock(mutex_);
                                    blocks_[record.where] = record.result;
                                  }
                                  return journal_.RecordBlock(record);
                                },
                            .shard_done = [this, &target](const OpContext& inner, std::size_t shard,
                                                          syncjob::ShardReport& report) -> Status {
                              if (kept_ != nullptr) {
                                CULVERT_TRY(kept_->FinishShard(inner, shard, report.rows_dirty));
                              }
                              if (target.has_sessions())
                                CULVERT_TRY(CommitShard(inner, target, shard, report));
                              return journal_.RecordShard(report);
                            }};
  const ProgressView view(progress_, TotalsOf(plan_), progress, ctx.clock);
  auto reports = Transfer(ctx, spec, services, input, hooks);
  if (!reports) {
    if (kept_ != nullptr && reports.error().reason == "DirtyLimitExceeded") {
      CULVERT_TRY(kept_->GiveUp(ctx));
    }
    return Fail(std::move(reports.error()));
  }
  for (syncjob::ShardReport& report : *reports) {
    shards_[static_cast<std::size_t>(report.shard)] = std::move(report);
  }
  return {};
}

Result<std::uint64_t> Attempt::CommitOne(const OpContext& ctx, Target& target,
                                         std::size_t session) {
  CommitInput commit{.session = session,
                     .target_name = TargetName(session),
                     .blocks = {},
                     .may_have_been_sent = state_.committing.contains(session),
                     .before_send = [this, session] { return journal_.RecordCommitting(session); }};
  {
    const MutexLock lock(mutex_);
    for (const auto& [where, result] : blocks_) {
      const syncjob::Block& block = plan_.shards[where.shard].blocks[where.block];
      if (block.session != session) continue;
      commit.blocks.push_back({.block_id = block.block_id,
                               .rows_min = result.rows_written,
                               .rows_max = result.rows_written});
    }
  }
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t sent, CommitSession(ctx, target, commit));
  CULVERT_TRY(journal_.RecordCommitted(session));
  return sent;
}

// Without consistencyCommit a shard shows its own rows as soon as all of them are there.
Status Attempt::CommitShard(const OpContext& ctx, Target& target, std::size_t shard,
                            syncjob::ShardReport& report) {
  for (std::size_t session = 0; session < plan_.sessions.size(); ++session) {
    if (plan_.sessions[session].shard != static_cast<std::int64_t>(shard)) continue;
    if (state_.committed.contains(session)) continue;
    const MutexLock lock(commit_mutex_);
    CULVERT_ASSIGN_OR_RETURN(const std::uint64_t sent, CommitOne(ctx, target, session));
    report.commits_sent += sent;
  }
  return {};
}

Status Attempt::CommitShared(const OpContext& ctx, Target& target) {
  if (!state_.decided) CULVERT_TRY(journal_.RecordDecision());
  for (std::size_t session = 0; session < plan_.sessions.size(); ++session) {
    if (plan_.sessions[session].shard != -1 || state_.committed.contains(session)) continue;
    CULVERT_TRY(CommitOne(ctx, target, session));
  }
  return {};
}

syncjob::ShardReport Attempt::Totals() const {
  syncjob::ShardReport totals;
  totals.route = std::string(syncjob::RouteName(plan_.route));
  for (const auto& [shard, report] : shards_) AddShard(report, totals);
  return totals;
}

Result<syncjob::RunReport> Attempt::Finish(const OpContext& ctx) {
  syncjob::RunReport report;
  report.job = plan_.job;
  report.attempt = plan_.attempt;
  report.started = state_.started;
  report.outcome = "Succeeded";
  report.totals = Totals();
  report.shards = plan_.shards.size();
  std::set<std::size_t> targets;
  for (const syncjob::Session& session : plan_.sessions) {
    if (sides_.target != nullptr) targets.insert(static_cast<std::size_t>(session.target));
  }
  for (const std::size_t target : targets) {
    const std::string& partition = plan_.targets[target].partition;
    report.committed_partitions.push_back(partition.empty() ? TargetTitle(plan_.spec) : partition);
  }
  const syncjob::ShardReport& totals = report.totals;
  if (totals.rows_read != plan_.rows ||
      totals.rows_written + totals.rows_dirty + totals.rows_filtered != plan_.rows) {
    return Fail(Internal("the reports have " + std::to_string(report.totals.rows_read) +
                         " rows, the plan has " + std::to_string(plan_.rows)));
  }
  if (plan_.spec.verify == syncjob::Verify::kContentHash && sides_.target != nullptr) {
    CULVERT_ASSIGN_OR_RETURN(const bool verified_before, PostSqlBegan(ctx, plan_, sides_));
    if (!verified_before) CULVERT_TRY(VerifyContent(ctx, plan_, report.totals, *sides_.target));
    report.verified = "content hash";
  } else if (plan_.spec.verify != syncjob::Verify::kNone) {
    report.verified = "count";
  }
  report.statements = state_.statements;
  CULVERT_ASSIGN_OR_RETURN(const std::vector<syncjob::StatementRun> after,
                           RunJobStatements(ctx, plan_, StatementTime::kAfter, sides_));
  report.statements.insert(report.statements.end(), after.begin(), after.end());
  report.finished = FormatRfc3339(ctx.clock.Now(), Subseconds::kMilliseconds);
  report.seconds = SecondsBetween(report.started, report.finished);
  report.bottleneck = Bottleneck(
      report.totals, report.seconds * static_cast<double>(std::max(1, speed_.concurrent)));
  if (kept_ != nullptr) {
    CULVERT_TRY(kept_->SumUp(
        ctx, {.job = plan_.job, .attempt = plan_.attempt, .rows_dirty = totals.rows_dirty}));
    if (totals.rows_dirty > 0) report.dirty_place = kept_->Place();
  }
  CULVERT_TRY(journal_.RecordFinished(report));
  return report;
}

}  // namespace culvert::runner
