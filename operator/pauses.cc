// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/pauses.h"

#include "libs/base/text.h"
#include "libs/base/time_format.h"
#include "operator/run_end.h"
#include "operator/shard_reports.h"
#include "operator/stopping.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace culvert::control {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using syncjob::ConditionStatus;
using syncjob::Step;

constexpr minutes kBackoffMax{10};
constexpr minutes kCredentialsBackoffMax{30};
// An overwriting session that somebody else has open cannot be aborted; it expires after a day.
constexpr std::chrono::hours kOverwriteExpiry{25};
// A commit that was decided is asked for until the sessions cannot be there any more.
constexpr std::chrono::hours kCommitPatience{48};

std::chrono::milliseconds Backoff(std::int32_t count, minutes max) {
  const int doublings = std::min(count - 1, 10);
  return std::min<std::chrono::milliseconds>(minutes(1LL << doublings), max);
}

bool IsAboutCredentials(std::string_view reason) { return reason.starts_with("Credentials"); }

bool PauseIsOlderThan(const Look& look, seconds age) {
  if (!look.status.pause) return false;
  const auto begin = ParseRfc3339(look.status.pause->start_time);
  return begin && look.now - *begin > age;
}

/// One more of the pauses in a row for reasons of one kind.
syncjob::Pause NextPause(const Look& look, const Failure& failure,
                         const std::function<std::chrono::milliseconds(std::int32_t)>& delay_of) {
  syncjob::Pause pause;
  const auto& last = look.status.pause;
  const bool same = last && IsAboutCredentials(last->reason) == IsAboutCredentials(failure.reason);
  pause.reason = failure.reason;
  pause.message = CutText(failure.message, 512);
  pause.count = same ? last->count + 1 : 1;
  pause.start_time = same ? last->start_time : FormatRfc3339(look.now);
  pause.resume_time = FormatRfc3339(look.now + delay_of(pause.count));
  return pause;
}

/// No pods for a while. The Job goes, so that the next one begins without the delays of this one.
/// Pauses in a row end after `patience` at the latest: then comes the last try.
void PauseFor(Look& look, const JobObject& job, const Failure& failure, minutes backoff_max,
              std::optional<seconds> patience = std::nullopt) {
  look.status.pause = NextPause(
      look, failure, [backoff_max](std::int32_t count) { return Backoff(count, backoff_max); });
  const auto begin = ParseRfc3339(look.status.pause->start_time);
  const auto resume = ParseRfc3339(look.status.pause->resume_time);
  if (patience && begin && resume && *resume > *begin + *patience) {
    look.status.pause->resume_time = FormatRfc3339(*begin + *patience);
  }
  look.Delete(job);
  look.Note(true, failure.reason, "Pause", failure.message);
  ShowPause(look);
}

/// Whether the step of `job` may commit rows.
bool Commits(const Look& look, const JobObject& job) {
  return job.step == syncjob::StepName(Step::kCommit) ||
         (look.MayCommit() && job.step == syncjob::StepName(Step::kWork));
}

}  // namespace

bool IsPaused(const Look& look) {
  if (!look.status.pause) return false;
  const auto resume = ParseRfc3339(look.status.pause->resume_time);
  return resume && look.now < *resume;
}

std::optional<Failure> GivenUp(const Look& look) {
  if (!look.status.pause || !look.status.pause->resume_time.empty()) return std::nullopt;
  return Failure{.kind = FailureClass::kCredentials,
                 .reason = "CredentialsExpired",
                 .message = look.status.pause->message};
}

void ShowPause(Look& look) {
  const syncjob::Pause& pause = *look.status.pause;
  look.status.streams = 0;
  const std::string message = pause.message + "; goes on at " + pause.resume_time;
  if (IsAboutCredentials(pause.reason)) {
    look.Tell(syncjob::kSuspended, ConditionStatus::kTrue, pause.reason, message);
    look.Progressing(pause.reason, message);
  } else {
    look.Progressing("Retrying", pause.reason + ": " + message);
  }
  if (const auto resume = ParseRfc3339(pause.resume_time); resume && *resume > look.now) {
    // A second more: times are recorded in whole seconds.
    look.LookAgain(std::chrono::duration_cast<std::chrono::milliseconds>(*resume - look.now) +
                   std::chrono::milliseconds(1));
  }
}

void PauseForCredentials(Look& look, std::string_view where, const JobObject& job,
                         Failure failure) {
  const seconds patience(look.job.job.credential_timeout_seconds);
  if (look.status.pause && IsAboutCredentials(look.status.pause->reason) &&
      PauseIsOlderThan(look, patience)) {
    failure.message = "since " + look.status.pause->start_time + ": " + failure.message;
    failure.reason = "CredentialsExpired";
    // Remembered, as the pods that say so may go with their Job before the run can end.
    look.status.pause->message = CutText(failure.message, 512);
    look.status.pause->resume_time.clear();
    FailRun(look, where, failure);
    return;
  }
  PauseFor(look, job, failure, kCredentialsBackoffMax, patience);
}

void Retry(Look& look, std::string_view where, const JobObject& job, Failure failure) {
  const bool commits = Commits(look, job);
  const bool again = look.status.pause && !IsAboutCredentials(look.status.pause->reason);
  bool too_often = again && look.status.pause->count >= look.policy.retries_max;
  if (failure.reason == "OverwriteConflict") {
    too_often = PauseIsOlderThan(look, kOverwriteExpiry);
  } else if (commits) {
    too_often = PauseIsOlderThan(look, kCommitPatience);
  }
  if (!too_often) {
    PauseFor(look, job, failure, kBackoffMax);
    return;
  }
  const std::string tries = "after " + std::to_string(look.status.pause->count + 1) + " tries: ";
  const bool own_word = failure.reason == "OOMKilled" || failure.reason == "OverwriteConflict";
  failure.message = tries + (own_word ? "" : failure.reason + ": ") + failure.message;
  if (commits) {
    failure.reason = "CommitOutcomeUnknown";
  } else if (!own_word) {
    failure.reason = "RetriesExhausted";
  }
  FailRun(look, where, failure);
}

void AskAgain(Look& look, std::string_view where, const JobObject& job, const std::string& why) {
  Failure failure{.kind = FailureClass::kTransient,
                  .reason = "MessageUnreadable",
                  .message = why,
                  .step = job.step};
  const bool again = look.status.pause && !IsAboutCredentials(look.status.pause->reason);
  if (again && look.status.pause->count >= look.policy.retries_max) {
    failure.message = "after " + std::to_string(look.status.pause->count + 1) + " tries: " + why +
                      "; the operator's --runner-image must be of the operator's own version";
    if (Commits(look, job)) {
      failure.reason = "CommitOutcomeUnknown";
      failure.message += "; compare the target with the source before anything else";
    }
    FailRun(look, where, failure);
    return;
  }
  // What a node's end took is asked for at once; what no pod can say is not asked for again and
  // again.
  look.status.pause = NextPause(look, failure, [](std::int32_t count) {
    return count == 1 ? std::chrono::milliseconds(0) : Backoff(count - 1, kBackoffMax);
  });
  std::set<std::string> heard;
  for (const PodPtr& pod : look.PodsOf(job)) {
    if (!pod->IsAlive()) heard.insert(pod->meta.uid);
  }
  look.Do(DeleteJob{.key = job.meta.key, .uid = job.meta.uid, .heard = std::move(heard)});
  look.Note(true, failure.reason, "Restart", why + "; it runs again");
  if (IsPaused(look)) {
    ShowPause(look);
    return;
  }
  look.Progressing("Retrying", failure.reason + ": " + why + "; it runs again");
  look.LookAgain(kLookAtEnd);
}

void SuspendedByUser(Look& look) {
  KeepReports(look);
  const bool quiet = StopAll(look);
  look.status.streams = 0;
  if (!quiet && IsLossTold(look)) return;
  const std::string message = quiet ? "spec.suspend is true" : "stopping the pods";
  look.Tell(syncjob::kSuspended, ConditionStatus::kTrue, "SuspendedByUser", message);
  look.Tell(syncjob::kSucceeded, ConditionStatus::kUnknown, "Suspended", message);
  syncjob::RemoveCondition(look.status.conditions, syncjob::kReconciling);
}

}  // namespace culvert::control
