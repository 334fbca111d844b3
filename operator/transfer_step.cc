// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/transfer_step.h"

#include "operator/knobs.h"
#include "operator/run_progress.h"
#include "operator/step_job.h"

#include <string>
#include <utility>

namespace culvert::control {
namespace {

using syncjob::ConditionStatus;
using syncjob::Step;

}  // namespace

bool IsPrepared(Look& look, const syncjob::PlanSummary& plan) {
  const RecordObject* const reports = look.RecordOf("reports");
  const bool begun =
      look.JobOf(Step::kTransfer) != nullptr || (reports != nullptr && !reports->reports.empty());
  if (!plan.prepares || begun) return true;
  const JobObject* const job = look.JobOf(Step::kPrepare);
  if (job == nullptr) {
    StartJob(look, RequestFor(look, Step::kPrepare), "Preparing");
    return false;
  }
  if (IsDisturbed(look, syncjob::kTransferred, *job)) return false;
  if (job->complete) return true;
  if (job->failed) {
    OnFailedJob(look, syncjob::kTransferred, *job);
  } else {
    look.Progressing("Preparing", LastTrouble(look, *job));
  }
  return false;
}

void TransferStep(Look& look, const syncjob::PlanSummary& plan,
                  const std::map<std::uint64_t, syncjob::ShardReport>& reports) {
  const JobObject* const job = look.JobOf(Step::kTransfer);
  ShowProgress(look, plan);
  const std::string done =
      std::to_string(reports.size()) + " of " + std::to_string(plan.status.shards) + " shards";
  look.Tell(syncjob::kTransferred, ConditionStatus::kUnknown, "Transferring", done);
  if (job == nullptr) {
    WriteKnobsWhenChanged(look, plan);
    JobRequest request = RequestFor(look, Step::kTransfer);
    for (std::uint64_t shard = 0; !reports.empty() && shard < plan.status.shards; ++shard) {
      if (!reports.contains(shard)) request.shards.push_back(shard);
    }
    StartJob(look, std::move(request), "Transferring", done);
    return;
  }
  if (!RunsOn(look, syncjob::kTransferred, *job, "Transferring")) return;
  WriteKnobsWhenChanged(look, plan);
  const std::string trouble = LastTrouble(look, *job);
  look.Progressing("Transferring", trouble.empty() ? done : done + "; " + trouble);
  look.LookAgain(look.policy.progress_interval);
}

}  // namespace culvert::control
