// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/look.h"

namespace culvert::control {

/// Until there is a plan on record.
void PlanStep(Look& look);

}  // namespace culvert::control
