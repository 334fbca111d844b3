// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/stopping.h"

#include "operator/liveness.h"
#include "operator/pod_problem.h"

namespace culvert::control {

void StopJobs(Look& look) {
  for (const JobPtr& job : look.see.jobs) {
    if (MayStillRun(*job, look.see.pods)) look.Delete(*job);
  }
}

bool StopAll(Look& look) {
  StopJobs(look);
  if (!AnythingAlive(look.see.jobs, look.see.pods)) return true;
  for (const PodPtr& pod : look.see.pods) {
    if (const auto problem = ProblemOf(*pod, look.now); problem && problem->reason == "PodLost") {
      look.Progressing(problem->reason, problem->message);
    }
  }
  look.LookAgain(kLookAtEnd);
  return false;
}

bool IsLossTold(const Look& look) {
  const syncjob::Condition* const told =
      syncjob::FindCondition(look.status.conditions, syncjob::kSucceeded);
  return told != nullptr && told->reason == "PodLost";
}

void ReleaseWhenQuiet(Look& look) {
  if (look.see.held.empty()) return;
  if (AnythingAlive(look.see.jobs, look.see.pods)) {
    look.LookAgain(kLookAtEnd);
    return;
  }
  for (const TargetClaim& claim : look.see.held) {
    look.Do(ReleaseTarget{.target = claim.target, .uid = look.job.meta.uid});
  }
}

}  // namespace culvert::control
