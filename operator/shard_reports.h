// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/look.h"

#include <cstdint>
#include <map>

namespace culvert::control {

/// The shards' reports on record, with those that pods have left since, which are recorded first
/// of all.
std::map<std::uint64_t, syncjob::ShardReport> KeepReports(Look& look);
/// Fails a run with more dirty rows than its limit before they can be committed. True: the pass is
/// over.
bool DirtyLimitPassed(Look& look, const syncjob::PlanSummary& plan,
                      const std::map<std::uint64_t, syncjob::ShardReport>& reports);

}  // namespace culvert::control
