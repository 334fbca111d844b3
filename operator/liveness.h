// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/objects.h"

#include <vector>

// What of a run may still do something. The end of a pod is seen before the end of its Job: a Job
// whose pods have all ended well is left to complete, so that its pods and their logs stay.

namespace culvert::control {

/// Whether a pod of `job` lives, or the Job controller may make another one. `pods`: of any Jobs.
bool MayStillRun(const JobObject& job, const std::vector<PodPtr>& pods);

/// Whether any pod lives or any Job may make one: nothing takes their place before.
bool AnythingAlive(const std::vector<JobPtr>& jobs, const std::vector<PodPtr>& pods);

}  // namespace culvert::control
