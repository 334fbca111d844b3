// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/look.h"

#include <string>
#include <string_view>

namespace culvert::control {

// The Job of one step: how it begins, what is seen of it, and what its end means.

/// What the Job needs that every step needs.
JobRequest RequestFor(const Look& look, syncjob::Step step);
/// Starts a step's Job unless a pod of an earlier one may still run. `reason` and `message` are
/// what the run then does, as when the Job is seen: each change of the status is a write.
void StartJob(Look& look, JobRequest request, const std::string& reason,
              const std::string& message = "");
/// Watches over a Job. True: the pass is over.
bool IsDisturbed(Look& look, std::string_view where, const JobObject& job);
/// What went wrong in a Job that goes on all the same, for people.
std::string LastTrouble(const Look& look, const JobObject& job);
/// What the failure of a Job means for its run.
void OnFailedJob(Look& look, std::string_view where, const JobObject& job);
/// True while a Job that was to say something runs on undisturbed. Else what became of it is seen
/// to: it is disturbed, complete without its word, or failed.
bool RunsOn(Look& look, std::string_view where, const JobObject& job, const std::string& reason);

}  // namespace culvert::control
