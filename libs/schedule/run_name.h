// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace culvert::schedule {

/// Name of the run that schedule `schedule` plans for this instant: `nightly-20250330t161000z`, in
/// UTC, so that both hours of a night when clocks go back have names of their own. At most 63
/// characters; a longer name of a schedule is cut, with eight digits of its hash in place of the
/// rest. The same planned time always has the same name: the API server takes it once.
std::string RunName(std::string_view schedule, std::chrono::sys_seconds planned);

}  // namespace culvert::schedule
