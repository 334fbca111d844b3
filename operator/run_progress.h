// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/look.h"

namespace culvert::control {

/// The shards on record and what running pods said last.
void ShowProgress(Look& look, const syncjob::PlanSummary& plan);

}  // namespace culvert::control
