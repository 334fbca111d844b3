// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/type.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a project must allow for a job, by its properties. Pure: the caller asks the service.

namespace culvert::syncjob {

/// The properties of one project that the checks look at; nothing: the project does not say.
struct ProjectFacts {
  std::string project;
  std::optional<bool> new_types;  // odps.sql.type.system.odps2
  std::optional<bool> acid;       // odps.sql.acid.table.enable

  static ProjectFacts From(std::string project,
                           const std::map<std::string, std::string>& properties);
};

/// A column that a job reads or writes.
struct TypedColumn {
  std::string name;
  record::Type type;
};

/// Types of edition 1.0 (vendor page "MaxCompute V1.0 data type edition"), made of each other:
/// BIGINT, DOUBLE, DECIMAL without precision, STRING, DATETIME, BOOLEAN, ARRAY, MAP, STRUCT.
bool IsOldType(const record::Type& type);
/// TIMESTAMP or TIMESTAMP_NTZ, at any depth.
bool HoldsTimestamp(const record::Type& type);

/// A TIMESTAMP column needs the project's types 2.0, the others travel through Tunnel without:
/// kFailedPrecondition, reason TypesNotEnabled, naming the column. `side` is "source" or "target".
Status CheckTimestamps(const ProjectFacts& project, std::string_view side,
                       const std::vector<TypedColumn>& columns);
/// A table that is made in a project without types 2.0 takes old types only: the same reason.
Status CheckNewTable(const ProjectFacts& project, const std::vector<TypedColumn>& columns);
/// A Delta table is written only where the project has ACID tables switched on:
/// kFailedPrecondition, reason AcidNotEnabled.
Status CheckAcid(const ProjectFacts& project, std::string_view table);

}  // namespace culvert::syncjob
