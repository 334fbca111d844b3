// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace culvert::internal {
/// Prints the broken invariant and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace culvert::internal

/// Aborts when an invariant of our own is broken. Never for remote or user input: that is an Error.
#define CULVERT_CHECK(condition)                                        \
  do {                                                                  \
    if (!(condition)) [[unlikely]] {                                    \
      ::culvert::internal::CheckFailed(#condition, __FILE__, __LINE__); \
    }                                                                   \
  } while (false)

#ifdef NDEBUG
#define CULVERT_DCHECK(condition) \
  do {                            \
  } while (false && (condition))
#else
#define CULVERT_DCHECK(condition) CULVERT_CHECK(condition)
#endif
