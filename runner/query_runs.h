// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/client.h"
#include "runner/statement.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace culvert::runner {

/// The SELECTs of one plan, run on the service a few at a time. They change nothing, so that one
/// whose answer is lost is sent again; those that an interrupted process submitted since `since`
/// are taken over. One thread.
class QueryRuns {
 public:
  static constexpr std::size_t kAtOnce = 16;

  /// `since` absent: none of them was submitted before. `client` must outlive it.
  QueryRuns(std::vector<Statement> statements, std::optional<WallTime> since,
            maxcompute::Client& client);

  /// The instance of statement `index` after it succeeded; indexes grow from call to call. Errors
  /// of the client; kFailedPrecondition/SqlFailed with the service's text, or
  /// kPermissionDenied/PermissionDenied.
  Result<std::string> Wait(const OpContext& ctx, std::size_t index);

 private:
  Status Find(const OpContext& ctx);
  Status Submit(const OpContext& ctx, std::size_t index);

  std::vector<Statement> statements_;
  std::optional<WallTime> since_;
  maxcompute::Client& client_;
  std::map<std::string, std::string> found_;  // guid -> instance that was taken over
  std::vector<std::string> instances_;        // of the statements so far
};

}  // namespace culvert::runner
