// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/liveness.h"

#include <algorithm>
#include <cstdint>
#include <set>

namespace culvert::control {

bool MayStillRun(const JobObject& job, const std::vector<PodPtr>& pods) {
  if (job.IsFinished()) return false;
  std::set<std::int64_t> done;
  for (const PodPtr& pod : pods) {
    if (pod->job_uid != job.meta.uid) continue;
    if (pod->IsAlive()) return true;
    if (pod->phase == "Succeeded") done.insert(pod->index);
  }
  return !job.ending && static_cast<std::int64_t>(done.size()) < job.completions;
}

bool AnythingAlive(const std::vector<JobPtr>& jobs, const std::vector<PodPtr>& pods) {
  return std::ranges::any_of(pods, [](const PodPtr& pod) { return pod->IsAlive(); }) ||
         std::ranges::any_of(jobs, [&pods](const JobPtr& job) { return MayStillRun(*job, pods); });
}

}  // namespace culvert::control
