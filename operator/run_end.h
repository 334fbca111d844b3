// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/step_message.h"
#include "operator/failure.h"
#include "operator/look.h"

#include <cstdint>
#include <string_view>

namespace culvert::control {

/// Ends the run in failure, once nothing of it is alive. `where`: the condition of the step.
void FailRun(Look& look, std::string_view where, const Failure& failure);
/// The spec makes no sense: the end of a run that has not begun; one that has goes on.
void RefuseSpec(Look& look);
/// Ends the run well, with what its last pod reports.
void Succeed(Look& look, const syncjob::RunReport& report, std::uint64_t partitions);
/// A run that is over: gives back what it holds, and cleans up when its time has come.
void AfterTheEnd(Look& look);

}  // namespace culvert::control
