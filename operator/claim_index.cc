// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/claim_index.h"

#include <algorithm>

namespace culvert::control {
namespace {

const std::string& NameOf(const ClaimPtr& claim) { return claim->meta.key.name; }

}  // namespace

void ClaimIndex::Apply(const ClaimPtr& before, const ClaimPtr& after) {
  const MutexLock lock(mutex_);
  if (before != nullptr) {
    by_name_.erase(NameOf(before));
    for (const ClaimHolder& holder : before->claim.holders) {
      const auto found = by_holder_.find(holder.uid);
      if (found == by_holder_.end()) continue;
      std::erase(found->second, before);
      if (found->second.empty()) by_holder_.erase(found);
    }
  }
  if (after == nullptr) return;
  by_name_[NameOf(after)] = after;
  for (const ClaimHolder& holder : after->claim.holders) {
    std::vector<ClaimPtr>& held = by_holder_[holder.uid];
    if (std::ranges::find(held, after) == held.end()) held.push_back(after);
    std::ranges::sort(held, {}, NameOf);
  }
}

ClaimPtr ClaimIndex::Named(const std::string& name) const {
  const MutexLock lock(mutex_);
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<ClaimPtr> ClaimIndex::HeldBy(const std::string& uid) const {
  const MutexLock lock(mutex_);
  const auto found = by_holder_.find(uid);
  return found == by_holder_.end() ? std::vector<ClaimPtr>() : found->second;
}

}  // namespace culvert::control
