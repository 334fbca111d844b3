// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/project_check.h"

#include <algorithm>
#include <utility>

namespace culvert::runner {
namespace {

bool NeedsNewTypes(const ProjectCheck& check) {
  return std::ranges::any_of(check.columns, [&](const syncjob::TypedColumn& column) {
    return check.creates_table ? !syncjob::IsOldType(column.type)
                               : syncjob::HoldsTimestamp(column.type);
  });
}

}  // namespace

Result<bool> HasNewTypes(const OpContext& ctx, const std::string& project,
                         maxcompute::Client& client) {
  const auto told = client.GetProject(ctx);
  if (told) return syncjob::ProjectFacts::From(project, told->properties).new_types.value_or(true);
  if (told.error().code == ErrorCode::kPermissionDenied) return true;
  return Fail(told.error());
}

Status CheckProject(const OpContext& ctx, const ProjectCheck& check, maxcompute::Client& client,
                    std::vector<std::string>& warnings) {
  const bool types = NeedsNewTypes(check);
  const bool acid = !check.delta_table.empty();
  if (!types && !acid) return {};
  auto project = client.GetProject(ctx);
  if (!project) {
    if (project.error().code != ErrorCode::kPermissionDenied) {
      return Fail(std::move(project.error()));
    }
    warnings.push_back("the key may not read the properties of project " + check.project +
                       ": whether they allow this job is not checked");
    return {};
  }
  const auto facts = syncjob::ProjectFacts::From(check.project, project->properties);
  if (acid) CULVERT_TRY(syncjob::CheckAcid(facts, check.delta_table));
  CULVERT_TRY(check.creates_table ? syncjob::CheckNewTable(facts, check.columns)
                                  : syncjob::CheckTimestamps(facts, check.side, check.columns));
  if (acid && !facts.acid) {
    warnings.push_back("project " + check.project +
                       " does not say whether ACID tables are switched on "
                       "(odps.sql.acid.table.enable), which target " +
                       check.delta_table + " needs");
  }
  if (types && !facts.new_types) {
    warnings.push_back("project " + check.project +
                       " does not say whether the types of edition 2.0 are switched on "
                       "(odps.sql.type.system.odps2), which columns of this job need");
  }
  return {};
}

}  // namespace culvert::runner
