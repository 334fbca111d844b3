// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"

#include <cstdint>
#include <string>

#include "plugin/run_view.h"

namespace culvert::plugin {

enum class Doubling : std::uint8_t { kRefused, kAccepted };

/// Runs an ended job once more: a new spec.runNonce, written only if the job is still as `run` saw
/// it (kAborted otherwise). kFailedPrecondition while it is not at its end, and, unless
/// `doubling` is accepted, where rows of the failed run may be in the target already. Says what it
/// did.
Result<std::string> Retry(const OpContext& ctx, kube::Client& client, const RunView& run,
                          Doubling doubling);

/// Sets spec.suspend, or finds that it is so. Says what it did.
Result<std::string> SetSuspend(const OpContext& ctx, kube::Client& client, const RunView& run,
                               bool suspend);

}  // namespace culvert::plugin
