// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "operator/objects.h"

#include <optional>
#include <string>
#include <vector>

namespace culvert::control {

/// What keeps a pod from working, with what to do about it: a condition of the run.
struct PodProblem {
  std::string reason = {};
  std::string message = {};
  bool operator==(const PodProblem&) const = default;
};

/// What keeps a pod that has not ended from working, or nothing.
std::optional<PodProblem> ProblemOf(const PodObject& pod, WallTime now);

/// The first problem among the pods of `job` that have not ended, or that it has no pods although
/// it should. Nothing for a Job that is finished.
std::optional<PodProblem> FindProblem(const JobObject& job, const std::vector<PodPtr>& pods,
                                      WallTime now);

/// Whether all pods of `job` have ended, are being deleted, and got no successors for a while.
///
/// A Job with backoffLimitPerIndex keeps the last pod of each index until the next one is there.
/// In a namespace that is being deleted no next one may come, and the namespace deletes nothing
/// else before its pods are gone: both wait for ever, until the Job is deleted.
bool WaitsInVain(const JobObject& job, const std::vector<PodPtr>& pods, WallTime now);

}  // namespace culvert::control
