// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "plugin/run_view.h"

namespace culvert::plugin {

/// What StatusText shows as JSON for programs: `{"items": [{"name": ..., "steps": [...]}]}`, two
/// spaces of indentation, a newline at the end. docs/kubectl-plugin.md lists the members.
std::string StatusJson(const std::vector<RunView>& runs);

}  // namespace culvert::plugin
