// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/suggest.h"

#include "libs/record/schema.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace culvert::syncjob::internal {
namespace {

constexpr std::size_t kWordBytesMax = 128;  // longer words are no typing errors

/// Optimal string alignment: insert, delete, replace, or swap two neighbours.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kWordBytesMax) return {};
  const std::string folded = record::FoldName(word);
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kWordBytesMax) continue;
    const std::size_t distance = EditDistance(folded, record::FoldName(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view nearest = Nearest(word, candidates);
  return nearest.empty() ? std::string() : ", did you mean '" + std::string(nearest) + "'?";
}

std::string ListOf(std::span<const std::string_view> words, std::size_t shown) {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < shown; ++i) {
    if (i > 0) text += ", ";
    text += words[i];
  }
  if (words.size() > shown) text += " and " + std::to_string(words.size() - shown) + " more";
  return text;
}

}  // namespace culvert::syncjob::internal
