// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/project_rules.h"

#include "libs/record/schema.h"

#include <algorithm>
#include <utility>

namespace culvert::syncjob {
namespace {

using record::Type;
using record::TypeKind;

constexpr const char* kNewTypes = "odps.sql.type.system.odps2";
constexpr const char* kAcid = "odps.sql.acid.table.enable";
constexpr std::int32_t kOldPrecision = 54;  // of a DECIMAL without precision, and scale 18

std::optional<bool> Switch(const std::map<std::string, std::string>& properties, const char* name) {
  const auto found = properties.find(name);
  if (found == properties.end()) return std::nullopt;
  return record::SameName(found->second, "true");
}

Error TypesNotEnabled(const ProjectFacts& project, const std::string& what) {
  return FailedPrecondition(what + ", but project " + project.project + " has " + kNewTypes +
                            "=false: let its owner run SETPROJECT " + kNewTypes +
                            "=true, or leave the column out")
      .Because("TypesNotEnabled");
}

}  // namespace

ProjectFacts ProjectFacts::From(std::string project,
                                const std::map<std::string, std::string>& properties) {
  return {.project = std::move(project),
          .new_types = Switch(properties, kNewTypes),
          .acid = Switch(properties, kAcid)};
}

bool IsOldType(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBigint:
    case TypeKind::kDouble:
    case TypeKind::kString:
    case TypeKind::kDatetime:
    case TypeKind::kBoolean:
      return true;
    case TypeKind::kDecimal:
      return type.precision == kOldPrecision;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return std::ranges::all_of(type.children, IsOldType);
    default:
      return false;
  }
}

bool HoldsTimestamp(const Type& type) {
  return type.kind == TypeKind::kTimestamp || type.kind == TypeKind::kTimestampNtz ||
         std::ranges::any_of(type.children, HoldsTimestamp);
}

Status CheckTimestamps(const ProjectFacts& project, std::string_view side,
                       const std::vector<TypedColumn>& columns) {
  if (project.new_types.value_or(true)) return {};
  for (const TypedColumn& column : columns) {
    if (!HoldsTimestamp(column.type)) continue;
    return Fail(TypesNotEnabled(project, std::string(side) + " column '" + column.name + "' is a " +
                                             column.type.ToString() +
                                             ", which needs the types of edition 2.0"));
  }
  return {};
}

Status CheckNewTable(const ProjectFacts& project, const std::vector<TypedColumn>& columns) {
  if (project.new_types.value_or(true)) return {};
  for (const TypedColumn& column : columns) {
    if (IsOldType(column.type)) continue;
    return Fail(TypesNotEnabled(project, "the table to create would have column '" + column.name +
                                             "' of type " + column.type.ToString() +
                                             ", which is of edition 2.0"));
  }
  return {};
}

Status CheckAcid(const ProjectFacts& project, std::string_view table) {
  if (project.acid.value_or(true)) return {};
  return Fail(FailedPrecondition("target " + std::string(table) +
                                 " is a Delta table, but project " + project.project + " has " +
                                 kAcid + "=false: let its owner run SETPROJECT " + kAcid + "=true")
                  .Because("AcidNotEnabled"));
}

}  // namespace culvert::syncjob
