// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/credentials.h"
#include "runner/metrics.h"

#include <memory>

namespace culvert::runner {

/// `inner`, whose versions are counted and whose end is shown as metrics of `side`. `metrics` must
/// outlive it. Thread-safe.
std::unique_ptr<maxcompute::CredentialsProvider> ObserveCredentials(
    std::unique_ptr<maxcompute::CredentialsProvider> inner, Side side, RunnerMetrics& metrics);

}  // namespace culvert::runner
