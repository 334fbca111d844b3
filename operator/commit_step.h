// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/look.h"

#include <vector>

namespace culvert::control {

// The steps that may commit: none before the decision is on record.

/// Records that this attempt commits its plan.
void DecideToCommit(Look& look, const syncjob::PlanSummary& plan,
                    std::vector<syncjob::ShardReport> reports);
/// Small work: everything after the plan in one pod.
void WorkStep(Look& look, const syncjob::PlanSummary& plan);
/// `reports`: of all shards.
void CommitStep(Look& look, const syncjob::PlanSummary& plan,
                std::vector<syncjob::ShardReport> reports);

}  // namespace culvert::control
