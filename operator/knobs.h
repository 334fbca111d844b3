// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/look.h"

namespace culvert::control {

/// What may change while pods run: their speed, each pod's share of it, and what they log.
void WriteKnobsWhenChanged(Look& look, const syncjob::PlanSummary& plan);

}  // namespace culvert::control
