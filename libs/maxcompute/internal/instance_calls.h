// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/instances.h"
#include "libs/maxcompute/internal/connection.h"

#include <string>
#include <vector>

// REST calls about SQL instances; contracts as in libs/maxcompute/client.h.

namespace culvert::maxcompute::internal {

/// `repeat` is kWhenRefused, or kAlways for a statement that may run twice. Adds the hints of
/// three-tier projects and of quotas that `request` does not set itself.
Result<Instance> SubmitSql(const OpContext& ctx, Connection& connection, SqlRequest request,
                           Repeat repeat);

Result<Instance> GetInstance(const OpContext& ctx, Connection& connection, const std::string& id);

Result<InstanceResult> GetInstanceResult(const OpContext& ctx, Connection& connection,
                                         const std::string& id);

Result<std::vector<OwnInstance>> ListInstances(const OpContext& ctx, Connection& connection,
                                               WallTime since);

Result<std::vector<std::string>> FindInstances(const OpContext& ctx, Connection& connection,
                                               const std::string& guid, WallTime since);

Result<InstanceResult> WaitInstance(const OpContext& ctx, Connection& connection,
                                    const std::string& id);

Status WaitForSuccess(const OpContext& ctx, Connection& connection, const std::string& id);

}  // namespace culvert::maxcompute::internal
