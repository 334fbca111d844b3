// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/step_job.h"

#include "libs/base/time_format.h"
#include "operator/attempts.h"
#include "operator/failure.h"
#include "operator/holdings.h"
#include "operator/liveness.h"
#include "operator/pauses.h"
#include "operator/pod_problem.h"
#include "operator/run_end.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace culvert::control {
namespace {

using std::chrono::seconds;

constexpr seconds kLookAtLag{1};
constexpr seconds kPodsLag{10};  // a watch that is later than this has other troubles

/// Jobs and pods are watched apart: what a pod said may reach us behind the end of its Job.
bool MayStillSpeak(Look& look, const JobObject& job) {
  const auto ended = ParseRfc3339(job.ended);
  if (!ended || look.now > *ended + kPodsLag) return false;
  const std::vector<PodPtr> pods = look.PodsOf(job);
  const bool all_ended =
      !pods.empty() && std::ranges::none_of(pods, [](const PodPtr& pod) { return pod->IsAlive(); });
  if (all_ended && job.failed) return false;
  look.LookAgain(kLookAtLag);
  return true;
}

/// Why a Job that ended well is of no use.
std::string LostWord(const Look& look, const JobObject& job) {
  for (const PodPtr& pod : look.PodsOf(job)) {
    if (pod->phase != "Succeeded") continue;
    const auto word = syncjob::ParseStepMessage(pod->last_word);
    if (!word) return "pod " + pod->meta.key.name + " ended well, but " + word.error().message;
  }
  return "Job " + job.meta.key.name + " is complete, but what its pods said is lost";
}

}  // namespace

JobRequest RequestFor(const Look& look, syncjob::Step step) {
  JobRequest request{
      .run = look.run, .step = step, .runner = look.job.runner, .queue = look.job.queue};
  request.credentials_wait = seconds(look.job.job.credential_timeout_seconds);
  request.dirty_claim = look.job.job.spec.dirty_sink_claim;
  if (const syncjob::PlanSummary* const plan = look.Plan(); plan != nullptr) {
    request.plan = *plan;
    request.secrets = plan->secrets;
    request.ca_bundles = plan->ca_bundles;
  }
  return request;
}

void StartJob(Look& look, JobRequest request, const std::string& reason,
              const std::string& message) {
  const std::string_view step = syncjob::StepName(request.step);
  if (const PodObject* const alive = look.AlivePod(step); alive != nullptr) {
    const auto problem = ProblemOf(*alive, look.now);
    if (problem) {
      look.Progressing(problem->reason, problem->message);
    } else {
      look.Progressing(reason, "waits for the end of pod " + alive->meta.key.name);
    }
    look.LookAgain(kLookAtEnd);
    return;
  }
  look.Progressing(reason, message);
  look.Do(CreateJob{.request = std::move(request), .held = WantedClaim(look)});
}

bool IsDisturbed(Look& look, std::string_view where, const JobObject& job) {
  if (job.meta.IsBeingDeleted()) {
    look.LookAgain(kLookAtEnd);
    return true;
  }
  if (job.IsFinished()) return false;
  if (job.resources != ResourcesHash(look.job.runner) && MayStillRun(job, look.see.pods)) {
    look.Delete(job);
    look.Note(false, "ResourcesChanged", "Restart",
              "the pods of " + job.meta.key.name + " are replaced: spec.runner.resources changed");
    look.LookAgain(kLookAtEnd);
    return true;
  }
  const std::vector<PodPtr> pods = look.PodsOf(job);
  const auto failure = Worst(pods);
  if (failure && failure->kind == FailureClass::kCredentials) {
    PauseForCredentials(look, where, job, *failure);
    return true;
  }
  if (WaitsInVain(job, pods, look.now)) {
    look.Delete(job);
    look.LookAgain(kLookAtEnd);
    return true;
  }
  if (const auto problem = FindProblem(job, pods, look.now)) {
    look.Progressing(problem->reason, problem->message);
    look.LookAgain(kLookAtPods);
    return true;
  }
  look.LookAgain(kLookAtPods);
  return false;
}

std::string LastTrouble(const Look& look, const JobObject& job) {
  const auto failure = Worst(look.PodsOf(job));
  if (!failure) return {};
  return "last failure, of pod " + std::to_string(failure->index) + ": " + failure->reason + ": " +
         failure->message;
}

void OnFailedJob(Look& look, std::string_view where, const JobObject& job) {
  if (MayStillSpeak(look, job)) return;
  auto failure = Worst(look.PodsOf(job));
  if (!failure) {
    failure = Failure{.kind = FailureClass::kTransient,
                      .reason = "JobFailed",
                      .message = "Job " + job.meta.key.name + " failed (" + job.failure +
                                 ") and left no pod that says why"};
  }
  switch (failure->kind) {
    case FailureClass::kTerminal:
    case FailureClass::kPoison:
      FailRun(look, where, *failure);
      return;
    case FailureClass::kNewAttempt:
      StartOver(look, where, *failure);
      return;
    case FailureClass::kCredentials:
      PauseForCredentials(look, where, job, *failure);
      return;
    case FailureClass::kOutOfMemory:
    case FailureClass::kCrashed:
    case FailureClass::kTransient:
    case FailureClass::kStopped:
      Retry(look, where, job, *failure);
      return;
  }
}

namespace {

/// A Job that is complete without what it was for: its pods are gone, or say nothing that can be
/// read. It runs again, and not for ever.
void RunAgain(Look& look, std::string_view where, const JobObject& job, const std::string& reason) {
  if (MayStillSpeak(look, job)) return;
  if (job.meta.IsBeingDeleted()) {
    look.Progressing(reason, "waits for the end of Job " + job.meta.key.name);
    look.LookAgain(kLookAtEnd);
    return;
  }
  AskAgain(look, where, job, LostWord(look, job));
}

}  // namespace

bool RunsOn(Look& look, std::string_view where, const JobObject& job, const std::string& reason) {
  if (IsDisturbed(look, where, job)) return false;
  if (job.complete) {
    RunAgain(look, where, job, reason);
  } else if (job.failed) {
    OnFailedJob(look, where, job);
  }
  return !job.complete && !job.failed;
}

}  // namespace culvert::control
