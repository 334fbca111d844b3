// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"

#include <string>

#include "plugin/command_line.h"

namespace culvert::plugin {

/// Does what the command line asks of the cluster behind `client`, in `name_space`; what it has to
/// say is returned, with colours where asked for. A name that does not exist is kNotFound, a change
/// that is refused kFailedPrecondition.
Result<std::string> RunCommand(const OpContext& ctx, kube::Client& client,
                               const std::string& name_space, const CommandLine& line,
                               bool colours);

}  // namespace culvert::plugin
