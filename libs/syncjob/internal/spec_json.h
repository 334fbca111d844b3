// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"
#include "libs/syncjob/types.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>

namespace culvert::syncjob::internal {

// The spec and a data source as the plan records them: every member present, defaults filled in.
// Reading keeps the first error in `error`.

nlohmann::json SpecToJson(const SyncJobSpec& spec);
SyncJobSpec SpecFromJson(const nlohmann::json& value, std::optional<Error>& error);

nlohmann::json DataSourceToJson(const DataSource& data_source);
DataSource DataSourceFromJson(const nlohmann::json& value, std::optional<Error>& error);

}  // namespace culvert::syncjob::internal
