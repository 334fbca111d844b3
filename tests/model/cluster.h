// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/model/shape.h"
#include "tests/model/state.h"

#include <vector>

namespace culvert::control::model {

/// What happens without the operator: the Job controller, the garbage collector, the kubelet with
/// the runner in its pods, the rival run; and what goes wrong there. Appends every step that is
/// possible in `state`, adverse ones only as far as the state allows them.
void AddClusterSteps(Catalogue& catalogue, const Shape& shape, const State& state,
                     std::vector<Step>& steps);

/// What the user may do: suspend, resume, delete, run again.
void AddWishes(Catalogue& catalogue, const Shape& shape, const State& state,
               std::vector<Step>& steps);

}  // namespace culvert::control::model
