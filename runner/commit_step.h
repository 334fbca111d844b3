// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "runner/engine/target.h"
#include "runner/last_word.h"
#include "runner/planner.h"

#include <vector>

namespace culvert::runner {

/// From the reports of all shards to visible rows: compares sums, block lists and counts with the
/// plan, commits the sessions that shards share, reads back what is to be verified, and makes the
/// run's report. The decision to commit is on record: an earlier process may have sent any of these
/// commits, so each session's state is asked and decides. Sessions committed are told to `word`.
/// kFailedPrecondition/DirtyLimitExceeded and kAborted/BlockListMismatch before anything is
/// committed; else as CommitSession and VerifyContent.
Result<syncjob::RunReport> CommitRun(const OpContext& ctx, const syncjob::Plan& plan,
                                     const std::vector<syncjob::ShardReport>& reports,
                                     const Sides& sides, Target& target, LastWord& word);

}  // namespace culvert::runner
