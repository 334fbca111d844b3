// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "operator/claims.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace culvert::control {

/// The claims as watched, found by their name and by who holds them: with thousands of runs at work
/// there are as many claims, and each look at a run asks for its own. Thread-safe.
class ClaimIndex {
 public:
  /// A change as its watch tells it: nothing before: added; nothing after: deleted.
  void Apply(const ClaimPtr& before, const ClaimPtr& after);

  /// The claim in the ConfigMap of that name, or nothing.
  ClaimPtr Named(const std::string& name) const;
  /// Those that name the run of that uid, in the order of their names.
  std::vector<ClaimPtr> HeldBy(const std::string& uid) const;

 private:
  mutable Mutex mutex_;
  std::unordered_map<std::string, ClaimPtr> by_name_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::vector<ClaimPtr>> by_holder_ GUARDED_BY(mutex_);
};

}  // namespace culvert::control
