// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "operator/decision.h"
#include "operator/observed.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace culvert::control {

/// What holds for all runs.
struct Policy {
  std::optional<std::chrono::seconds> default_ttl = std::chrono::hours(7 * 24);  // nothing: keep
  std::int32_t retries_max = 6;   // of a step that fails for reasons that may pass, in a row
  std::int32_t attempts_max = 5;  // of one run, begun by the operator itself
  std::chrono::seconds progress_interval{10};
};

/// All of the operator's judgement: from what is there to what is to be done. Pure: the same
/// answer for the same question, whoever asks and however often. What it rests on is recorded in
/// the API server (the attempt in the status; plan, reports and decision in ConfigMaps), so an
/// operator that died anywhere is answered as if it had not. `see.job` is not null.
Decision Decide(const Observed& see, const Policy& policy, WallTime now);

/// The target of a run, for its claim; empty where there is no table to be written or its
/// DataSource is not known.
std::string TargetOf(const SyncJobObject& job, const DataSourceObject* target);

}  // namespace culvert::control
