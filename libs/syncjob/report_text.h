// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/report.h"

#include <string>

namespace culvert::syncjob {

/// The report as lines for people, `label  value`, aligned, each ended by a newline; at most 20
/// partitions by name.
std::string ReportText(const RunReport& report);

}  // namespace culvert::syncjob
