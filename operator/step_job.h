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
/// Watches over a Job that runs. True: the pass is over.
bool IsDisturbed(Look& look, std::string_view where, const JobObject& job);
/// What went wrong in a Job that goes on all the same, for people.
std::string LastTrouble(const Look& look, const JobObject& job);
/// A Job that is complete without what it was for: its pods are gone, or say nothing that can be
/// read. It runs again, and not for ever.
void RunAgain(Look& look, std::string_view where, const JobObject& job, const std::string& reason);
/// What the failure of a Job means for its run.
void OnFailedJob(Look& look, std::string_view where, const JobObject& job);

}  // namespace culvert::control
