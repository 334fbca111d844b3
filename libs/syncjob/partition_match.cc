// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/partition_match.h"

#include "libs/syncjob/internal/suggest.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace culvert::syncjob {
namespace {

using record::PartitionSpec;

constexpr std::size_t kShownMax = 20;

bool HasWildcard(const PartitionSpec& spec) {
  return std::ranges::any_of(spec.entries, [](const auto& entry) {
    return entry.second.find_first_of("*?") != std::string::npos;
  });
}

bool Selects(const PartitionSpec& pattern, const PartitionSpec& partition) {
  return std::ranges::equal(pattern.entries, partition.entries, [](const auto& a, const auto& b) {
    return record::WildcardMatch(a.second, b.second);
  });
}

std::string KeyList(const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ",") + key + "=...";
  return text;
}

Result<PartitionSpec> ParseSpec(const std::string& text, const std::vector<std::string>& keys) {
  Result<PartitionSpec> spec = PartitionSpec::Parse(text);
  if (spec) spec = record::OrderLike(*spec, keys);
  if (spec) return spec;
  return Fail(InvalidArgument(spec.error().message + "; expected " + KeyList(keys))
                  .Because("SchemaMismatch"));
}

/// Partitions nearest to `spec` first: those that share the longest beginning with it.
std::string NearestPartitions(const PartitionSpec& spec, std::span<const PartitionSpec> listing) {
  if (listing.empty()) return "the table has no partitions";
  const std::string wanted = spec.ToString();
  struct Ranked {
    std::size_t shared = 0;  // bytes
    std::size_t place = 0;   // in the listing
    std::string text;
  };
  std::vector<Ranked> ranked;
  for (const PartitionSpec& partition : listing) {
    std::string text = partition.ToString();
    const auto shared = std::ranges::mismatch(wanted, text).in1 - wanted.begin();
    ranked.push_back({static_cast<std::size_t>(shared), ranked.size(), std::move(text)});
  }
  std::ranges::sort(ranked, [](const Ranked& a, const Ranked& b) {
    return a.shared != b.shared ? a.shared > b.shared : a.place < b.place;
  });
  std::vector<std::string_view> names;
  names.reserve(ranked.size());
  for (const Ranked& near : ranked) names.emplace_back(near.text);
  return "nearest of those there are: " + internal::ListOf(names, kShownMax);
}

}  // namespace

Result<PartitionMatch> MatchPartitions(std::span<const std::string> specs,
                                       std::span<const PartitionSpec> listing,
                                       const std::vector<std::string>& keys,
                                       bool success_on_no_partition) {
  if (specs.empty()) {
    return Fail(InvalidArgument("the table is partitioned, name partitions as " + KeyList(keys) +
                                ", with wildcards if need be")
                    .Because("PartitionRequired"));
  }
  std::map<PartitionSpec, std::size_t>
      exact;  // for specs without wildcards: no walk of the listing
  for (std::size_t i = 0; i < listing.size(); ++i) exact.emplace(listing[i], i);
  PartitionMatch match;
  std::vector<bool> chosen(listing.size(), false);
  for (const std::string& text : specs) {
    CULVERT_ASSIGN_OR_RETURN(const PartitionSpec spec, ParseSpec(text, keys));
    bool any = false;
    if (!HasWildcard(spec)) {
      const auto found = exact.find(spec);
      any = found != exact.end();
      if (any) chosen[found->second] = true;
    } else {
      for (std::size_t i = 0; i < listing.size(); ++i) {
        if (!Selects(spec, listing[i])) continue;
        any = true;
        chosen[i] = true;
      }
    }
    if (any) continue;
    if (!success_on_no_partition) {
      return Fail(NotFound("no partition matches '" + text + "'; " +
                           NearestPartitions(spec, listing) +
                           " (successOnNoPartition: true makes this an empty success)")
                      .Because("PartitionNotFound"));
    }
    match.unmatched.push_back(text);
  }
  for (std::size_t i = 0; i < listing.size(); ++i) {
    if (chosen[i]) match.selected.push_back(i);
  }
  return match;
}

}  // namespace culvert::syncjob
