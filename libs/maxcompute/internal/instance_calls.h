// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/instances.h"
#include "libs/maxcompute/internal/connection.h"

#include <map>
#include <optional>
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

/// Guids of instances that were asked for theirs: an instance keeps it, so each is asked once in
/// the life of a client. Of a bounded number of them. Thread-safe.
class GuidCache {
 public:
  std::optional<std::string> Find(const std::string& id) const;
  void Add(const std::string& id, const std::string& guid);

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string> guids_ GUARDED_BY(mutex_);
};

Result<std::vector<OwnInstance>> ListInstances(const OpContext& ctx, Connection& connection,
                                               GuidCache& guids, WallTime since);

/// All that have the guid: a statement that was sent twice has two, and both must end.
Result<std::vector<std::string>> FindInstances(const OpContext& ctx, Connection& connection,
                                               GuidCache& guids, const std::string& guid,
                                               WallTime since);

Result<InstanceResult> WaitInstance(const OpContext& ctx, Connection& connection,
                                    const std::string& id);

Status WaitForSuccess(const OpContext& ctx, Connection& connection, const std::string& id);

}  // namespace culvert::maxcompute::internal
