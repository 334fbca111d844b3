// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/claims.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/record/partition_spec.h"
#include "libs/record/schema.h"
#include "operator/names.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace culvert::control {
namespace {

using nlohmann::json;

std::string WithoutLeadingZeros(const std::string& value) {
  const bool number =
      !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return value;
  const std::size_t first = value.find_first_not_of('0');
  return first == std::string::npos ? "0" : value.substr(first);
}

bool Overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return true;  // a whole table
  return std::ranges::any_of(
      a, [&b](const std::string& one) { return std::ranges::find(b, one) != b.end(); });
}

Result<ClaimHolder> HolderFrom(const json& value) {
  ClaimHolder holder;
  CULVERT_ASSIGN_OR_RETURN(holder.uid, JsonString(value, "uid"));
  CULVERT_ASSIGN_OR_RETURN(holder.job.name_space, JsonString(value, "namespace"));
  CULVERT_ASSIGN_OR_RETURN(holder.job.name, JsonString(value, "name"));
  const auto partitions = value.find("partitions");
  if (partitions == value.end() || !partitions->is_array()) {
    return Fail(InvalidArgument("a holder has no partitions"));
  }
  for (const json& one : *partitions) {
    if (!one.is_string()) return Fail(InvalidArgument("a holder's partition is no text"));
    holder.partitions.push_back(one.get<std::string>());
  }
  return holder;
}

}  // namespace

std::string ClaimName(std::string_view target) {
  return "culvert-claim-" + Sha256Hex(target).substr(0, 32);
}

std::string CanonicalPartition(std::string_view partition) {
  auto spec = record::PartitionSpec::Parse(partition);
  if (!spec) return std::string(partition);
  for (auto& [key, value] : spec->entries) {
    key = record::FoldName(key);
    value = WithoutLeadingZeros(value);
  }
  std::ranges::sort(spec->entries);
  return spec->ToString();
}

const ClaimHolder* FindBlocker(const TargetClaim& claim, std::string_view uid,
                               const std::vector<std::string>& partitions) {
  const auto found = std::ranges::find_if(claim.holders, [&](const ClaimHolder& holder) {
    return holder.uid != uid && Overlap(holder.partitions, partitions);
  });
  return found == claim.holders.end() ? nullptr : &*found;
}

const ClaimHolder* FindHolder(const TargetClaim& claim, std::string_view uid) {
  const auto found = std::ranges::find(claim.holders, uid, &ClaimHolder::uid);
  return found == claim.holders.end() ? nullptr : &*found;
}

json MakeClaim(const std::string& name_space, const TargetClaim& claim) {
  json holders = json::array();
  for (const ClaimHolder& holder : claim.holders) {
    holders.push_back({{"uid", holder.uid},
                       {"namespace", holder.job.name_space},
                       {"name", holder.job.name},
                       {"partitions", holder.partitions}});
  }
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", ClaimName(claim.target)},
            {"namespace", name_space},
            {"labels",
             {{labels::kName, kOperatorName},
              {labels::kPartOf, "culvert"},
              {labels::kManagedBy, kOperatorName},
              {labels::kClaim, "target"}}}}},
          {"data", {{"target", claim.target}, {"holders", DumpJson(holders)}}}};
}

Result<ClaimObject> ProjectClaim(const json& object) {
  ClaimObject projected;
  CULVERT_ASSIGN_OR_RETURN(kube::ObjectMeta meta, kube::ParseMeta(object));
  projected.meta = kube::CachedMeta(std::move(meta));
  const json data = object.value("data", json::object());
  CULVERT_ASSIGN_OR_RETURN(projected.claim.target, JsonString(data, "target"));
  CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonString(data, "holders"));
  CULVERT_ASSIGN_OR_RETURN(const json holders, ParseJson(text));
  if (!holders.is_array()) return Fail(InvalidArgument("the holders of a claim are no list"));
  for (const json& one : holders) {
    CULVERT_ASSIGN_OR_RETURN(ClaimHolder holder, HolderFrom(one));
    projected.claim.holders.push_back(std::move(holder));
  }
  return projected;
}

}  // namespace culvert::control
