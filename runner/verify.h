// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/client.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"

namespace culvert::runner {

/// Reads the committed targets again and compares their rows and content hash with what was written
/// (`written`, the totals of all shards). Only for runs that replaced the targets' rows.
/// kDataLoss/VerificationFailed with both numbers.
Status VerifyContent(const OpContext& ctx, const syncjob::Plan& plan,
                     const syncjob::ShardReport& written, maxcompute::Client& client);

}  // namespace culvert::runner
