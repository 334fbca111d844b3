// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/failure.h"
#include "operator/look.h"

#include <string_view>

namespace culvert::control {

/// The plan cannot be carried out any more: plans anew, where no row can be doubled by it.
void StartOver(Look& look, std::string_view where, Failure failure);
/// Another runNonce: the next attempt, once nothing of the last is alive.
void RunAnew(Look& look);

}  // namespace culvert::control
