// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/step_message.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// A plan on its way from the pod that made it to the pods that read it: through a termination
// message or a log, into ConfigMaps, into files. Whatever the way, its hash is checked at the end.

namespace culvert::syncjob {

/// What goes into the message of a plan step: the plan itself where the whole message stays within
/// its limit, else its hash only.
PlanHandOver PackForMessage(const Plan& plan);
/// The same plan as lines for the log, each with its newline: `culvert-plan <16 of the hash>
/// <i>/<n> <base64>`.
std::string PackForLog(const Plan& plan);

/// The plan that `hand_over` promises, from the message itself or from `log`, where other lines
/// stand between. kDataLoss when pieces are missing or damaged, else as ParsePlan.
Result<Plan> Unpack(const PlanHandOver& hand_over, std::string_view log);

/// The plan compressed, in pieces of at most `piece_bytes`, for ConfigMaps.
std::vector<std::string> PackForRecord(const Plan& plan, std::size_t piece_bytes);
/// PackForRecord's inverse, for the pieces joined. kDataLoss when the hash is another.
Result<Plan> UnpackRecord(std::string_view joined, std::string_view hash);

}  // namespace culvert::syncjob
