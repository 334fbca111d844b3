// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace culvert::syncjob::internal {

/// The candidate nearest to `word` by edit distance (case folded), empty when none is near enough
/// to be what was meant: at most a third of the letters, and at least one, may differ.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates);

/// `, did you mean 'table'?`, or nothing.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> candidates);

/// `a, b, c`, at most `shown` of them and then `and 12 more`.
std::string ListOf(std::span<const std::string_view> words, std::size_t shown = 20);

}  // namespace culvert::syncjob::internal
