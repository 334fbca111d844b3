// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/conditions.h"

#include "libs/base/text.h"
#include "libs/base/time_format.h"

#include <algorithm>
#include <utility>

namespace culvert::syncjob {
const Condition* FindCondition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto found = std::ranges::find(conditions, type, &Condition::type);
  return found == conditions.end() ? nullptr : &*found;
}

bool IsTrue(const std::vector<Condition>& conditions, std::string_view type) {
  const Condition* const found = FindCondition(conditions, type);
  return found != nullptr && found->status == ConditionStatus::kTrue;
}

bool IsFalse(const std::vector<Condition>& conditions, std::string_view type) {
  const Condition* const found = FindCondition(conditions, type);
  return found != nullptr && found->status == ConditionStatus::kFalse;
}

void SetCondition(std::vector<Condition>& conditions, Condition condition, WallTime now) {
  condition.message = CutText(condition.message, kConditionMessageMax);
  const auto found = std::ranges::find(conditions, condition.type, &Condition::type);
  condition.last_transition_time = FormatRfc3339(now);
  if (found == conditions.end()) {
    conditions.push_back(std::move(condition));
    return;
  }
  if (found->status == condition.status) {
    condition.last_transition_time = found->last_transition_time;
  }
  *found = std::move(condition);
}

void RemoveCondition(std::vector<Condition>& conditions, std::string_view type) {
  std::erase_if(conditions, [type](const Condition& one) { return one.type == type; });
}

}  // namespace culvert::syncjob
