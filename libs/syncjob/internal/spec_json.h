// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"
#include "libs/syncjob/types.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace culvert::syncjob::internal {

// The spec and a data source as the plan records them: every member present, defaults filled in.
// Reading keeps the first error in `error`.

/// Words of `overLengthRule`: dirty, truncate, setNull.
std::string_view OverLengthRuleName(OverLengthRule rule);
std::optional<OverLengthRule> OverLengthRuleFrom(std::string_view name);
inline constexpr std::uint32_t kErrorWindowSecondsMax = 86'400;

nlohmann::json SpecToJson(const SyncJobSpec& spec);
SyncJobSpec SpecFromJson(const nlohmann::json& value, std::optional<Error>& error);

nlohmann::json DataSourceToJson(const DataSource& data_source);
DataSource DataSourceFromJson(const nlohmann::json& value, std::optional<Error>& error);

}  // namespace culvert::syncjob::internal
