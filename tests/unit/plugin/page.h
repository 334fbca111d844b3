// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace culvert::plugin {

/// The `console` block of docs/kubectl-plugin.md under the comment `<!-- output: NAME -->`, without
/// its first line, which shows the command.
std::string PageBlock(const std::string& name);

}  // namespace culvert::plugin
