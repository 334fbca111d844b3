// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/partition_match.h"

#include "libs/syncjob/internal/suggest.h"
#include "libs/syncjob/partition_query.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
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

/// What one entry of the list selects of a listing.
class Selector {
 public:
  Selector(std::span<const PartitionSpec> listing, const std::vector<std::string>& keys)
      : listing_(listing), keys_(keys) {
    for (std::size_t i = 0; i < listing.size(); ++i) exact_.emplace(listing[i], i);
  }

  /// Marks what `text` selects in `chosen`. Without an error: what to say where it is nothing.
  Result<std::optional<std::string>> Select(const std::string& text,
                                            std::vector<bool>& chosen) const {
    return PartitionQuery::Is(text) ? SelectByQuery(text, chosen) : SelectBySpec(text, chosen);
  }

 private:
  Result<std::optional<std::string>> SelectBySpec(const std::string& text,
                                                  std::vector<bool>& chosen) const {
    CULVERT_ASSIGN_OR_RETURN(const PartitionSpec spec, ParseSpec(text, keys_));
    bool any = false;
    if (!HasWildcard(spec)) {  // no walk of the listing
      const auto found = exact_.find(spec);
      any = found != exact_.end();
      if (any) chosen[found->second] = true;
    } else {
      any = Mark(chosen, [&](const PartitionSpec& partition) { return Selects(spec, partition); });
    }
    if (any) return std::nullopt;
    return NearestPartitions(spec, listing_);
  }

  Result<std::optional<std::string>> SelectByQuery(const std::string& text,
                                                   std::vector<bool>& chosen) const {
    CULVERT_ASSIGN_OR_RETURN(const PartitionQuery query, PartitionQuery::Parse(text));
    CULVERT_TRY(query.CheckKeys(keys_));
    const bool any =
        Mark(chosen, [&](const PartitionSpec& partition) { return query.Selects(partition); });
    if (any) return std::nullopt;
    const std::string hint = query.ComparesNumbers()
                                 ? "; only values that are whole numbers compare with a bare "
                                   "number, texts stand in quotes"
                                 : "";
    return NearestPartitions({}, listing_) + hint;
  }

  template <typename Wanted>
  bool Mark(std::vector<bool>& chosen, Wanted wanted) const {
    bool any = false;
    for (std::size_t i = 0; i < listing_.size(); ++i) {
      if (!wanted(listing_[i])) continue;
      chosen[i] = true;
      any = true;
    }
    return any;
  }

  std::span<const PartitionSpec> listing_;
  const std::vector<std::string>& keys_;
  std::map<PartitionSpec, std::size_t> exact_;
};

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
  const Selector selector(listing, keys);
  PartitionMatch match;
  std::vector<bool> chosen(listing.size(), false);
  for (const std::string& text : specs) {
    CULVERT_ASSIGN_OR_RETURN(const std::optional<std::string> nothing,
                             selector.Select(text, chosen));
    if (!nothing) continue;
    if (!success_on_no_partition) {
      return Fail(NotFound("no partition matches '" + text + "'; " + *nothing +
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
