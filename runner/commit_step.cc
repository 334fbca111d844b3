// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/commit_step.h"

#include "libs/base/time_format.h"
#include "runner/endpoints.h"
#include "runner/engine/committer.h"
#include "runner/engine/transfer.h"
#include "runner/job_statements.h"
#include "runner/report_text.h"
#include "runner/shard_state.h"
#include "runner/stale_blocks.h"
#include "runner/verify.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace culvert::runner {
namespace {

Status CheckTotals(const syncjob::Plan& plan, const syncjob::ShardReport& totals) {
  if (const std::uint64_t limit = syncjob::DirtyRowsMax(plan); totals.rows_dirty > limit) {
    const std::string first = totals.dirty_samples.empty()
                                  ? std::string()
                                  : "; the first: " + DirtySampleText(totals.dirty_samples.front());
    return Fail(FailedPrecondition(std::to_string(totals.rows_dirty) +
                                   " dirty rows, the limit is " + std::to_string(limit) +
                                   "; nothing was committed" + first)
                    .Because("DirtyLimitExceeded"));
  }
  if (totals.rows_read != plan.rows ||
      totals.rows_written + totals.rows_dirty + totals.rows_filtered != plan.rows) {
    return Fail(Aborted("the reports have " + std::to_string(totals.rows_read) +
                        " rows, the plan " + std::to_string(plan.rows))
                    .Because("BlockListMismatch"));
  }
  return {};
}

// What each shared session must hold, from the plan and the rows that the shards left out.
std::vector<CommitInput> SharedCommits(const syncjob::Plan& plan,
                                       const std::vector<syncjob::ShardReport>& reports,
                                       LastWord& word) {
  std::vector<CommitInput> commits(plan.sessions.size());
  for (std::size_t session = 0; session < commits.size(); ++session) {
    commits[session].session = session;
    commits[session].target_name = SessionTitle(plan, session);
    commits[session].may_have_been_sent = true;
    commits[session].before_send = [&word, session]() -> Status {
      word.Committed(session);
      return {};
    };
  }
  for (const syncjob::ShardReport& report : reports) {
    for (const syncjob::Block& block : plan.shards[report.shard].blocks) {
      const std::uint64_t lost = std::min(report.rows_dirty + report.rows_filtered, block.rows);
      commits[block.session].blocks.push_back(
          {.block_id = block.block_id, .rows_min = block.rows - lost, .rows_max = block.rows});
    }
  }
  std::erase_if(commits, [&plan](const CommitInput& commit) {
    return plan.sessions[commit.session].shard != -1;
  });
  return commits;
}

// Before the first commit: every session holds what it must, and where rows were left out of a
// block its rows are open, the sum over all sessions is still what was written.
Status CheckSum(const OpContext& ctx, const syncjob::Plan& plan,
                const std::vector<CommitInput>& commits, std::uint64_t rows_written,
                Target& target) {
  std::uint64_t sum = 0;
  for (const CommitInput& commit : commits) {
    CULVERT_ASSIGN_OR_RETURN(SessionView view, target.Load(ctx, commit.session));
    if (view.state != SessionState::kOpen) return {};  // decided before
    if (MayHoldOlderBlocks(plan)) {
      CULVERT_TRY(EmptyStaleBlocks(ctx, plan, commit.session, view, target));
      CULVERT_ASSIGN_OR_RETURN(view, target.Load(ctx, commit.session));
    }
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

Result<syncjob::RunReport> CommitRun(const OpContext& ctx, const syncjob::Plan& plan,
                                     const std::vector<syncjob::ShardReport>& reports,
                                     const Sides& sides, Target& target, LastWord& word) {
  syncjob::RunReport report;
  report.totals.route = std::string(syncjob::RouteName(plan.route));
  for (const syncjob::ShardReport& shard : reports) AddShard(shard, report.totals);
  CULVERT_TRY(CheckTotals(plan, report.totals));
  if (target.has_sessions()) {
    const std::vector<CommitInput> commits = SharedCommits(plan, reports, word);
    CULVERT_TRY(CheckSum(ctx, plan, commits, report.totals.rows_written, target));
    for (const CommitInput& commit : commits) {
      CULVERT_TRY(CommitSession(ctx, target, commit));
      word.Committed(commit.session);
    }
    for (const syncjob::TargetUnit& unit : plan.targets) {
      report.committed_partitions.push_back(unit.partition.empty() ? TargetTitle(plan.spec)
                                                                   : unit.partition);
    }
  }
  if (plan.spec.verify == syncjob::Verify::kContentHash && sides.target != nullptr) {
    CULVERT_ASSIGN_OR_RETURN(const bool verified_before, PostSqlBegan(ctx, plan, sides));
    if (!verified_before) CULVERT_TRY(VerifyContent(ctx, plan, report.totals, *sides.target));
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
  return report;
}

}  // namespace culvert::runner
