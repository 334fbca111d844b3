// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/client.h"

#include <cstdint>
#include <map>
#include <string>

namespace culvert::runner {

/// One SQL statement of a run, and the id it can be recognised by among the caller's instances.
struct Statement {
  std::string sql;
  std::string guid;
  std::map<std::string, std::string> hints = {};
};

/// 32 hexadecimal digits, equal for equal seeds.
std::string GuidOf(const std::string& seed);

/// What an earlier run of a statement that failed means.
enum class AfterFailure : std::uint8_t {
  kRunAgain,  // the statement may be repeated
  kGiveUp,    // it failed once, for good
};

/// Runs a statement that must not run twice: one that was submitted since `since`, runs or did its
/// work is waited for and not sent again; a lost answer is looked for among the instances. The
/// instance's id. Errors of the client; kFailedPrecondition/SqlFailed when the statement failed.
Result<std::string> RunOnce(const OpContext& ctx, const Statement& statement, WallTime since,
                            AfterFailure after_failure, maxcompute::Client& client);

}  // namespace culvert::runner
