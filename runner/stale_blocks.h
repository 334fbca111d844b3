// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "runner/engine/target.h"

#include <cstddef>

namespace culvert::runner {

/// A session taken over from an earlier attempt may hold blocks that this plan has not: nothing
/// deletes a block, but an empty one replaces it. `view` is the session as the target sees it.
Status EmptyStaleBlocks(const OpContext& ctx, const syncjob::Plan& plan, std::size_t session,
                        const SessionView& view, Target& target);

}  // namespace culvert::runner
