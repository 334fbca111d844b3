// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/commit_step.h"

#include "operator/knobs.h"
#include "operator/run_end.h"
#include "operator/run_progress.h"
#include "operator/step_job.h"

#include <utility>

namespace culvert::control {
namespace {

using syncjob::ConditionStatus;
using syncjob::Step;

/// The report of a run from the Job that committed it.
bool TakeRunReport(Look& look, const JobObject& job) {
  for (const PodPtr& pod : look.PodsOf(job)) {
    const auto word = syncjob::ParseStepMessage(pod->last_word);
    if (pod->phase != "Succeeded" || !word || !word->run) continue;
    Succeed(look, *word->run, word->partitions);
    return true;
  }
  return false;
}

}  // namespace

void DecideToCommit(Look& look, const syncjob::PlanSummary& plan,
                    std::vector<syncjob::ShardReport> reports) {
  look.Do(RecordDecision{.run = look.run,
                         .decision = {.commit = true,
                                      .attempt = look.run.attempt,
                                      .plan_hash = plan.status.hash,
                                      .reason = ""},
                         .reports = std::move(reports)});
}

void WorkStep(Look& look, const syncjob::PlanSummary& plan) {
  const JobObject* const job = look.JobOf(Step::kWork);
  if (look.Decided() == nullptr) DecideToCommit(look, plan, {});
  if (job != nullptr && TakeRunReport(look, *job)) return;
  ShowProgress(look, plan);
  if (job == nullptr) {
    WriteKnobsWhenChanged(look, plan);
    StartJob(look, RequestFor(look, Step::kWork), "Working");
    // Said now, it costs no write of its own once the Job is seen.
    look.Tell(syncjob::kTransferred, ConditionStatus::kUnknown, "Transferring", "");
    return;
  }
  if (!RunsOn(look, syncjob::kTransferred, *job, "Working")) return;
  WriteKnobsWhenChanged(look, plan);
  look.Progressing("Working", LastTrouble(look, *job));
  look.Tell(syncjob::kTransferred, ConditionStatus::kUnknown, "Transferring", "");
  look.LookAgain(look.policy.progress_interval);
}

void CommitStep(Look& look, const syncjob::PlanSummary& plan,
                std::vector<syncjob::ShardReport> reports) {
  const bool own_record = plan.has_sessions && !plan.consistency_commit;
  const JobObject* const job = look.JobOf(Step::kCommit);
  if (job == nullptr) {
    if (own_record && look.RecordOf("final") == nullptr) {
      look.Do(RecordFinalReports{.run = look.run, .reports = std::move(reports)});
    } else if (look.Decided() == nullptr) {
      DecideToCommit(look, plan, std::move(reports));
    }
    JobRequest request = RequestFor(look, Step::kCommit);
    request.final_reports = own_record;
    StartJob(look, std::move(request), "Committing");
    return;
  }
  if (TakeRunReport(look, *job)) return;
  if (!RunsOn(look, syncjob::kCommitted, *job, "Committing")) return;
  look.Progressing("Committing", LastTrouble(look, *job));
}

}  // namespace culvert::control
