// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/internal/yaml_tree.h"

#include <nlohmann/json_fwd.hpp>

namespace culvert::syncjob::internal {

/// A parsed JSON value as ParseYaml gives its text, but all of its nodes stand in line 1, column 1.
/// An API server's objects, already parsed, are read so: as YAML they cost many times as much.
YamlRef TreeOfJson(const nlohmann::json& value);

}  // namespace culvert::syncjob::internal
