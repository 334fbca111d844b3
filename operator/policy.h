// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace culvert::control {

/// What holds for all runs.
struct Policy {
  std::optional<std::chrono::seconds> default_ttl = std::chrono::hours(7 * 24);  // nothing: keep
  std::int32_t retries_max = 6;   // of a step that fails for reasons that may pass, in a row
  std::int32_t attempts_max = 5;  // of one run, begun by the operator itself
  std::chrono::seconds progress_interval{10};
};

}  // namespace culvert::control
