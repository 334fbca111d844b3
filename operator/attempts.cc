// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/attempts.h"

#include "libs/base/time_format.h"
#include "operator/run_end.h"
#include "operator/stopping.h"

#include <chrono>
#include <string>

namespace culvert::control {
namespace {

void Abandon(Look& look, const std::string& reason) {
  if (look.Decided() != nullptr || look.run.attempt == 0) return;
  const syncjob::PlanSummary* const plan = look.Plan();
  look.Do(RecordDecision{.run = look.run,
                         .decision = {.commit = false,
                                      .attempt = look.run.attempt,
                                      .plan_hash = plan == nullptr ? "" : plan->status.hash,
                                      .reason = reason},
                         .reports = {}});
}

void NextAttempt(Look& look, const std::string& why) {
  look.status.attempt += 1;
  look.status.start_time = FormatRfc3339(look.now);
  look.status.completion_time.clear();
  look.status.plan.reset();
  look.status.progress.reset();
  look.status.pause.reset();
  look.status.report.reset();
  look.status.failed_shards.clear();
  for (const std::string_view type :
       {syncjob::kPlanned, syncjob::kTransferred, syncjob::kCommitted}) {
    look.Tell(type, syncjob::ConditionStatus::kUnknown, "Pending", "");
  }
  look.Progressing("Retrying", "attempt " + std::to_string(look.status.attempt) + ": " + why);
  look.Note(false, "AttemptStarted", "Plan",
            "attempt " + std::to_string(look.status.attempt) + ": " + why);
  look.LookAgain(std::chrono::milliseconds(0));
}

}  // namespace

void StartOver(Look& look, std::string_view where, Failure failure) {
  if (look.run.attempt - look.status.first_attempt + 1 >= look.policy.attempts_max) {
    failure.message +=
        "; that was attempt " + std::to_string(look.run.attempt) + ", no more follow";
    FailRun(look, where, failure);
    return;
  }
  const syncjob::PlanSummary* const plan = look.Plan();
  const bool replaces = plan == nullptr || plan->replaces || !plan->has_sessions;
  if (look.MayCommit() && !replaces) {
    const RecordObject* const reports = look.RecordOf("reports");
    const bool shards_done = reports != nullptr && !reports->reports.empty();
    const bool one_pod = plan->status.small && failure.has_word && failure.committed == 0;
    if (!one_pod) {
      failure.message +=
          "; rows may be committed, and appending them again would double them: "
          "compare the target with the source, then set another runNonce";
      failure.reason =
          shards_done || failure.committed > 0 ? "PartiallyCommitted" : "CommitOutcomeUnknown";
      FailRun(look, where, failure);
      return;
    }
  }
  if (!StopAll(look)) return;
  Abandon(look, failure.reason);
  NextAttempt(look, failure.message);
}

void RunAnew(Look& look) {
  if (look.spec.suspend) {
    AfterTheEnd(look);
    return;
  }
  if (!StopAll(look)) return;
  const syncjob::Condition* const committed =
      syncjob::FindCondition(look.status.conditions, syncjob::kCommitted);
  if (committed != nullptr &&
      (committed->reason == "PartiallyCommitted" || committed->reason == "CommitOutcomeUnknown")) {
    look.Note(true, committed->reason, "RunAgain",
              "rows of the last run may be visible: appending them again doubles them");
  }
  Abandon(look, "RunAgain");
  NextAttempt(look, "another runNonce");
  look.status.first_attempt = look.status.attempt;
  look.status.run_nonce = look.job.job.run_nonce;
}

}  // namespace culvert::control
