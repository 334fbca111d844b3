// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/kube/object.h"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Who may write which partitions of a table. One ConfigMap a target table, in the operator's
// namespace, changed only under its resourceVersion: of two runs that want one partition, whatever
// their namespaces, one gets it.

namespace culvert::control {

/// A run that may write. The claim stays until no pod of the run lives.
struct ClaimHolder {
  kube::ObjectKey job = {};
  std::string uid = {};
  std::vector<std::string> partitions = {};  // canonical; empty: the whole table
  bool operator==(const ClaimHolder&) const = default;
};

struct TargetClaim {
  std::string target = {};  // syncjob::TargetKey
  std::vector<ClaimHolder> holders = {};
  bool operator==(const TargetClaim&) const = default;
};

/// As watched.
struct ClaimObject {
  kube::CachedMeta meta = {};
  TargetClaim claim = {};
};
using ClaimPtr = std::shared_ptr<const ClaimObject>;

/// `culvert-claim-<32 hexadecimal digits>`.
std::string ClaimName(std::string_view target);
/// A partition such that equal ones have equal texts: keys in lower case and in order, numbers
/// without leading zeros (which takes two text values for one now and then: they wait for each
/// other).
std::string CanonicalPartition(std::string_view partition);

/// The first holder other than `uid` that may write one of `partitions` (empty: the whole table).
const ClaimHolder* FindBlocker(const TargetClaim& claim, std::string_view uid,
                               const std::vector<std::string>& partitions);
const ClaimHolder* FindHolder(const TargetClaim& claim, std::string_view uid);

/// The ConfigMap without its resourceVersion.
nlohmann::json MakeClaim(const std::string& name_space, const TargetClaim& claim);
/// kInvalidArgument when it is none: nobody may then write that table.
Result<ClaimObject> ProjectClaim(const nlohmann::json& object);

}  // namespace culvert::control
