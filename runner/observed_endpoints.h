// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runner/engine/source.h"
#include "runner/engine/target.h"
#include "runner/metrics.h"

#include <memory>

namespace culvert::runner {

/// `inner`, whose bytes are counted as they are read. `metrics` must outlive it.
std::unique_ptr<CodedSource> ObserveSource(std::unique_ptr<CodedSource> inner,
                                           RunnerMetrics& metrics);

/// `inner`, whose bytes are counted as they are written, and whose blocks are counted while they
/// are open and timed when they are done. `metrics` must outlive it and its writers.
std::unique_ptr<Target> ObserveTarget(std::unique_ptr<Target> inner, RunnerMetrics& metrics);

}  // namespace culvert::runner
