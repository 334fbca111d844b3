// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/types.h"

namespace culvert::syncjob {

/// A DataSource created after this day reaches another region only over a Cloud Enterprise Network
/// (DataWorks page "MaxCompute data source", edition 2026-03-26).
inline constexpr const char* kRegionRuleSince = "2023-12-11";

/// Two DataSources that name different regions, one of them under the rule and without
/// `crossRegion: cen`: kInvalidArgument, reason CrossRegionNotAllowed. One without `createdAt` is
/// under the rule; one without `region` is never held to be elsewhere.
Status CheckRegions(const DataSource& source, const DataSource& target);

}  // namespace culvert::syncjob
