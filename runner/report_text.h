// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/report.h"

#include <string>

namespace culvert::runner {

/// The last line of a run for people, without its newline: `verified: 336776 rows, 0 dirty, content
/// hash equal`, or `count equal`, or `not verified: ...` where nothing was compared.
std::string VerifiedLine(const syncjob::RunReport& report);

/// Where most of the streams' time went: "source", "target", "throttle" or "cpu". `stream_seconds`
/// is the wall time times the streams.
std::string Bottleneck(const syncjob::ShardReport& totals, double stream_seconds);

}  // namespace culvert::runner
