// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/decide.h"

#include "libs/base/time_format.h"
#include "operator/attempts.h"
#include "operator/commit_step.h"
#include "operator/holdings.h"
#include "operator/look.h"
#include "operator/pauses.h"
#include "operator/plan_step.h"
#include "operator/run_end.h"
#include "operator/run_progress.h"
#include "operator/shard_reports.h"
#include "operator/stopping.h"
#include "operator/transfer_step.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace culvert::control {
namespace {

using std::chrono::seconds;
using syncjob::ConditionStatus;
using syncjob::Step;

/// Whether the DataSources that the spec names are there and make sense.
bool SourcesReady(Look& look) {
  const auto check = [&look](const std::string& name, const DataSourcePtr& data_source) {
    std::string what;
    if (data_source == nullptr) {
      what = "there is no DataSource '" + name + "' in namespace '" + look.job.meta.key.name_space +
             "'";
    } else if (!data_source->problem.empty()) {
      what = "DataSource '" + name + "': " + data_source->problem;
    } else {
      return true;
    }
    look.Tell(syncjob::kValidated, ConditionStatus::kUnknown, "WaitingForDataSource", what);
    look.Progressing("WaitingForDataSource", what);
    return false;
  };
  const auto* source = std::get_if<syncjob::MaxComputeSource>(&look.spec.source);
  const auto* target = std::get_if<syncjob::MaxComputeTarget>(&look.spec.target);
  return (source == nullptr || check(source->data_source, look.see.source)) &&
         (target == nullptr || check(target->data_source, look.see.target));
}

void Begin(Look& look) {
  if (look.spec.suspend) {
    SuspendedByUser(look);
    return;
  }
  look.NotSuspended();
  if (!SourcesReady(look)) return;
  look.Tell(syncjob::kValidated, ConditionStatus::kTrue, "Valid", "");
  if (!EnsureTarget(look) || !EnsureStreams(look)) {
    // Nothing has begun: the attempt's number is written with the streams that it holds.
    if (!look.out.refused) return;
  }
  look.status.attempt = 1;
  look.status.first_attempt = 1;
  look.status.run_nonce = look.job.job.run_nonce;
  look.status.start_time = FormatRfc3339(look.now);
  look.Progressing("Planning", "");
  look.LookAgain(std::chrono::milliseconds(0));
}

/// The condition of the step that the run is in.
std::string_view WhereNow(const Look& look) {
  return look.Plan() == nullptr ? syncjob::kPlanned : syncjob::kTransferred;
}

/// activeDeadlineSeconds, from the start of the attempt.
bool DeadlinePassed(Look& look) {
  if (!look.job.job.active_deadline_seconds) return false;
  const auto begin = ParseRfc3339(look.status.start_time);
  if (!begin) return false;
  const WallTime end = *begin + seconds(*look.job.job.active_deadline_seconds);
  if (look.now > end) return true;
  look.LookAgain(std::chrono::duration_cast<std::chrono::milliseconds>(end - look.now) +
                 std::chrono::milliseconds(1));
  return false;
}

/// The user's suspend, or our own pause, or the deadline. True: the pass is over.
bool IsHeld(Look& look) {
  const JobObject* const commit = look.JobOf(Step::kCommit);
  const bool committing = commit != nullptr && !commit->complete;
  if (!look.MayCommit() && DeadlinePassed(look)) {
    FailRun(look, WhereNow(look),
            {.kind = FailureClass::kTerminal,
             .reason = "DeadlineExceeded",
             .message = "the run took longer than activeDeadlineSeconds (" +
                        std::to_string(*look.job.job.active_deadline_seconds) + " s)"});
    return true;
  }
  if (const auto failure = GivenUp(look)) {
    FailRun(look, WhereNow(look), *failure);
    return true;
  }
  if (look.spec.suspend && !committing) {
    SuspendedByUser(look);
    return true;
  }
  if (IsPaused(look)) {
    KeepReports(look);
    StopAll(look);
    ShowPause(look);
    return true;
  }
  look.NotSuspended();
  return false;
}

void StepByStep(Look& look, const syncjob::PlanSummary& plan) {
  if (!IsPrepared(look, plan)) return;
  if (plan.has_sessions && !plan.consistency_commit && look.Decided() == nullptr) {
    // Each shard of it commits what is its own.
    DecideToCommit(look, plan, {});
  }
  const std::map<std::uint64_t, syncjob::ShardReport> reports = KeepReports(look);
  if (DirtyLimitPassed(look, plan, reports)) return;
  if (reports.size() < plan.status.shards) {
    TransferStep(look, plan, reports);
    return;
  }
  look.Tell(syncjob::kTransferred, ConditionStatus::kTrue, "Transferred", "");
  std::vector<syncjob::ShardReport> all;
  all.reserve(reports.size());
  for (const auto& [shard, report] : reports) all.push_back(report);
  ShowProgress(look, plan);
  CommitStep(look, plan, std::move(all));
}

void GoOn(Look& look) {
  look.Tell(syncjob::kValidated, ConditionStatus::kTrue, "Valid", "");
  if (IsHeld(look)) return;
  if (look.RecordOf("plan") == nullptr && !SourcesReady(look)) return;
  if (!EnsureTarget(look)) return;
  if (!EnsureStreams(look)) {
    // Whether they were there is known when they are taken; then comes the next pass.
    look.Progressing(look.Plan() == nullptr ? "Planning" : "Transferring", "");
    look.LookAgain(std::chrono::milliseconds(0));
    return;
  }
  const RecordObject* const record = look.RecordOf("plan");
  if (record == nullptr) {
    PlanStep(look);
    return;
  }
  if (!record->plan) {
    FailRun(look, syncjob::kPlanned,
            {.kind = FailureClass::kTerminal,
             .reason = "PlanInvalid",
             .message = "the recorded plan in ConfigMap " + record->meta.key.name +
                        " cannot be read: " + record->problem});
    return;
  }
  const syncjob::PlanSummary& plan = *record->plan;
  if (!look.status.plan) {
    look.status.pause.reset();  // it went forward
    for (const std::string& warning : plan.warnings) {
      look.Note(true, "PlanWarning", "Planning", warning);
    }
  }
  look.status.plan = plan.status;
  look.Tell(syncjob::kPlanned, ConditionStatus::kTrue, "Planned",
            std::to_string(plan.status.rows) + " rows in " + std::to_string(plan.status.shards) +
                " shards");
  if (look.Decided() != nullptr && !look.Decided()->commit) {
    // An operator before this one had decided so and came no further.
    StartOver(look, syncjob::kTransferred,
              {.kind = FailureClass::kNewAttempt,
               .reason = look.Decided()->reason,
               .message = "the attempt was abandoned: " + look.Decided()->reason});
    return;
  }
  if (plan.status.small) {
    WorkStep(look, plan);
  } else {
    StepByStep(look, plan);
  }
}

}  // namespace

Decision Decide(const Observed& see, const Policy& policy, WallTime now) {
  Look look(see, policy, now);
  if (look.job.meta.IsBeingDeleted()) {
    ReleaseWhenQuiet(look);
    return std::move(look.out);
  }
  look.Initialise();
  const bool again = look.status.attempt > 0 && look.status.run_nonce != look.job.job.run_nonce;
  if (look.status.IsTerminal() && !(again && look.job.problem.empty())) {
    AfterTheEnd(look);
  } else if (look.status.IsTerminal()) {
    RunAnew(look);
  } else if (!look.job.problem.empty()) {
    RefuseSpec(look);
  } else if (look.status.attempt == 0) {
    Begin(look);
  } else {
    GoOn(look);
  }
  return std::move(look.out);
}

}  // namespace culvert::control
