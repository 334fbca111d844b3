// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "tests/model/catalogue.h"
#include "tests/model/model_client.h"
#include "tests/model/warehouse.h"

#include <cstdint>
#include <string>
#include <vector>

namespace culvert::control::model {

/// All kinds of `State::frozen`.
inline constexpr std::uint8_t kAllKinds = (1U << kKinds) - 1;
inline std::uint8_t BitOf(Kind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

/// The whole world of one run: the API server, what the operator's caches show of it, the
/// warehouse, the time, and how much may still go wrong. The operator itself has no state: what it
/// keeps in memory (streams given away, writes that caches do not show yet) only saves work, and is
/// lost before each pass here.
struct State {
  Api api = {};
  Warehouse warehouse = {};
  std::uint8_t frozen = 0;  // kinds whose watch is late, one bit each
  Objects seen = {};        // what the caches hold of those
  std::uint8_t tick = 0;
  std::uint8_t faults = 0;  // left
  std::uint8_t wishes = 0;  // left
  bool operator==(const State&) const = default;
};

/// Equal states, equal bytes.
std::string KeyOf(const State& state);

/// One thing that may happen next.
struct Step {
  std::string what = {};
  bool adverse = false;  // a fault, or a wish of the user: these end some time
  State next = {};
  std::string crime = {};  // an invariant that was broken on the way
};

/// Longer than all that is waited for, but for days.
inline constexpr std::chrono::hours kTick{1};
WallTime TimeOf(std::uint8_t tick);
std::string TextOf(std::uint8_t tick);  // RFC 3339

/// What the caches show.
Objects ViewOf(const Catalogue& catalogue, const State& state);

}  // namespace culvert::control::model
