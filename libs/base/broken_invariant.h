// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace culvert {

/// From now on a failed CULVERT_CHECK, or an exception that nothing caught, ends the process with
/// exit code `code` instead of an abort: whoever runs it tells our own fault from a kill. No
/// destructor runs. What is broken is on standard error in both cases.
void ExitOnBrokenInvariant(int code);

namespace internal {
/// Ends the process, as ExitOnBrokenInvariant said or by an abort.
[[noreturn]] void EndBroken();
}  // namespace internal

}  // namespace culvert
