// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/look.h"

#include <cstdint>
#include <map>

namespace culvert::control {

// The steps of a run whose shards move in pods of their own.

/// Whether the target is emptied where SQL must do it before the first block.
bool IsPrepared(Look& look, const syncjob::PlanSummary& plan);
/// Until every shard has its report.
void TransferStep(Look& look, const syncjob::PlanSummary& plan,
                  const std::map<std::uint64_t, syncjob::ShardReport>& reports);

}  // namespace culvert::control
