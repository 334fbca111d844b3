// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"
#include "libs/syncjob/conditions.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <vector>

namespace culvert::syncjob::internal {

/// `status.conditions`, the same in every kind.
nlohmann::json ConditionsToJson(const std::vector<Condition>& conditions);
/// The inverse; null is an empty list. Keeps the first error in `error`.
std::vector<Condition> ConditionsFromJson(const nlohmann::json& value, std::optional<Error>& error);

}  // namespace culvert::syncjob::internal
