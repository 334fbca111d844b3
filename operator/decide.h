// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "operator/decision.h"
#include "operator/observed.h"
#include "operator/policy.h"

namespace culvert::control {

/// All of the operator's judgement: from what is there to what is to be done. Pure: the same
/// answer for the same question, whoever asks and however often. What it rests on is recorded in
/// the API server (the attempt in the status; plan, reports and decision in ConfigMaps), so an
/// operator that died anywhere is answered as if it had not. `see.job` is not null.
Decision Decide(const Observed& see, const Policy& policy, WallTime now);

}  // namespace culvert::control
