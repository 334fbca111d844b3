// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/model/shape.h"
#include "tests/model/state.h"

#include <string>

namespace culvert::control::model {

// What must hold whatever happens: docs/ordering.md. Each answer is the invariant that is broken,
// in words, or empty.

/// Of one write of the operator: `begin` is what the API server held when its pass began.
std::string CrimeOfWrite(const Catalogue& catalogue, const Shape& shape, const Objects& begin,
                         const Objects& before, const Objects& after);

/// Of a state of the world.
std::string CrimeOfState(Catalogue& catalogue, const Shape& shape, const State& state);

/// Of a state in which nothing happens any more.
std::string CrimeOfEnd(const Catalogue& catalogue, const State& state);

}  // namespace culvert::control::model
