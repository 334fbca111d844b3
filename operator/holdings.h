// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/look.h"

#include <optional>
#include <string>

namespace culvert::control {

// What a run holds while it works: its target, and streams of its DataSources.

/// The target of a run, for its claim; empty where there is no table to be written or its
/// DataSource is not known.
std::string TargetOf(const SyncJobObject& job, const DataSourceObject* target);

/// What a run must hold of its target at this point: until its plan is on record all that it may
/// come to write. Nothing where no table is written.
std::optional<ClaimTarget> WantedClaim(const Look& look);
/// One writer for each partition of a target. False while it is not ours.
bool EnsureTarget(Look& look);
/// Streams of both DataSources, before pods are started. False while this pass cannot know that
/// it has them: the status must say so first.
bool EnsureStreams(Look& look);

}  // namespace culvert::control
