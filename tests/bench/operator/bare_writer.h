// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"
#include "tests/bench/operator/workload.h"

namespace culvert::bench {

/// Creates a SyncJob, as a user does.
Result<nlohmann::json> Submit(const OpContext& ctx, kube::Client& client, const Workload& workload,
                              int number);

/// Creates a SyncJob and makes each write by which the operator comes to the Job of its first step
/// (the claim, the status, the input, the Job), with the same bodies, and nothing else: it watches
/// nothing, reads nothing, waits for nothing.
Status WriteToFirstJob(const OpContext& ctx, kube::Client& client, const Workload& workload,
                       int number);

}  // namespace culvert::bench
