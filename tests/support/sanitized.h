// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace culvert::test {

/// Whether this program is built with ThreadSanitizer, which makes it some ten times slower.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitized = true;
#else
inline constexpr bool kThreadSanitized = false;
#endif

/// Whether it is built with any sanitizer. What sanitizers look for lies on paths, and a part of an
/// exhaustive test takes them all: such a test may do less here. Its result, right rows from every
/// case, is what the release build is for, where it stays exhaustive.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = kThreadSanitized;
#endif

}  // namespace culvert::test
