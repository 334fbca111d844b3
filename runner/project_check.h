// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/client.h"
#include "libs/syncjob/project_rules.h"

#include <string>
#include <string_view>
#include <vector>

namespace culvert::runner {

/// What a job asks of the project on one of its sides.
struct ProjectCheck {
  std::string_view side = {};  // "source" or "target"
  std::string project = {};    // its name
  std::string delta_table =
      {};  // the Delta table that is written, as a person names it; empty: none
  bool creates_table = false;
  std::vector<syncjob::TypedColumn> columns = {};  // that are read, or written
};

/// Whether a table that is made in the project may have types of edition 2.0, one GET. A project
/// that does not say, or may not be read: yes, the statement will tell.
Result<bool> HasNewTypes(const OpContext& ctx, const std::string& project,
                         maxcompute::Client& client);

/// Asks the service for the project's properties where the job depends on them, one GET, and checks
/// them: reasons AcidNotEnabled, TypesNotEnabled. A key that may not read them, or a project that
/// does not name one, is a warning: the job may well be right.
Status CheckProject(const OpContext& ctx, const ProjectCheck& check, maxcompute::Client& client,
                    std::vector<std::string>& warnings);

}  // namespace culvert::runner
