// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/dirty_store.h"

#include "runner/dirty_files.h"
#include "runner/dirty_table.h"

namespace culvert::runner {

Result<std::unique_ptr<DirtyStore>> MakeDirtyStore(const std::string& root, const CopySpec& spec,
                                                   maxcompute::Client* target) {
  const syncjob::Plan& plan = spec.plan();
  if (!plan.dirty_sessions.empty()) {
    if (target == nullptr) {
      return Fail(InvalidArgument("the plan keeps dirty rows in a table and writes none")
                      .Because("PlanInvalid"));
    }
    CULVERT_ASSIGN_OR_RETURN(auto table, DirtyTable::Make(spec, target->tunnel()));
    return table;
  }
  if (plan.spec.dirty_sink_claim.empty()) return nullptr;
  if (root.empty()) {
    return Fail(InvalidArgument("the job keeps its dirty rows: --dirty-directory must say where"));
  }
  CULVERT_ASSIGN_OR_RETURN(auto files, DirtyFiles::Make(DirtyDirectory(root, plan), spec));
  return files;
}

}  // namespace culvert::runner
