// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/look.h"

namespace culvert::control {

/// Stops every Job that may still run.
void StopJobs(Look& look);
/// Likewise. True once nothing of the run can be alive any more; else tells of a pod that is lost.
bool StopAll(Look& look);
/// Whether the status says that a lost pod is waited for.
bool IsLossTold(const Look& look);
/// Gives the targets back, once no pod of the run can write.
void ReleaseWhenQuiet(Look& look);

}  // namespace culvert::control
