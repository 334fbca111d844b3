// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/model/pass.h"
#include "tests/model/shape.h"
#include "tests/model/state.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace culvert::control::model {

/// What an exploration found.
struct Findings {
  std::size_t states = 0;
  std::size_t transitions = 0;
  std::size_t depth = 0;   // of the longest shortest way to a state
  std::size_t ends = 0;    // states in which nothing happens any more
  std::size_t passes = 0;  // of the operator that were carried out
  bool whole = false;      // every reachable state was looked at
  /// Empty: nothing is wrong. Else the invariant that is broken, and the shortest way there.
  std::string crime = {};
  std::vector<std::string> trace = {};

  std::string Text() const;
};

/// Looks at every state that can be reached, nearest first, up to `states_max` of them. In each the
/// invariants hold; and from each, once nothing adverse happens any more, every way comes to an
/// end that is a proper one: with caches that keep up and without adverse steps there is no way
/// round in circles, and where no step is left the run is over or suspended, and what was its own
/// is gone (eventually stable reconciliation). Deterministic.
Findings Explore(const Shape& shape, const Judge& judge, std::size_t states_max);

}  // namespace culvert::control::model
