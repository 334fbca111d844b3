// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::syncjob {

// Types of conditions. The first six are there from the first visit; True is good, but for
// Suspended, where False is. The last two are there only while they are True, which is how kstatus,
// and with it Flux and others, reads progress and failure.
inline constexpr std::string_view kValidated = "Validated";      // the spec makes sense
inline constexpr std::string_view kPlanned = "Planned";          // the plan is recorded
inline constexpr std::string_view kTransferred = "Transferred";  // every shard has its report
inline constexpr std::string_view kCommitted = "Committed";      // the rows are visible
inline constexpr std::string_view kSuspended = "Suspended";      // paused, by the user or by us
inline constexpr std::string_view kSucceeded = "Succeeded";      // the summary
inline constexpr std::string_view kReconciling = "Reconciling";
inline constexpr std::string_view kStalled = "Stalled";

enum class ConditionStatus : std::uint8_t { kUnknown, kTrue, kFalse };

/// As `metav1.Condition`.
struct Condition {
  std::string type = {};
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason = {};   // CamelCase, never empty
  std::string message = {};  // for people, at most kConditionMessageMax bytes
  std::string last_transition_time = {};
  std::int64_t observed_generation = 0;
  bool operator==(const Condition&) const = default;
};
inline constexpr std::size_t kConditionMessageMax = 1'024;

/// The condition of that type, or null.
const Condition* FindCondition(const std::vector<Condition>& conditions, std::string_view type);
/// True when it is there and True.
bool IsTrue(const std::vector<Condition>& conditions, std::string_view type);
bool IsFalse(const std::vector<Condition>& conditions, std::string_view type);
/// Adds or changes one. The time of transition moves only with the status.
void SetCondition(std::vector<Condition>& conditions, Condition condition, WallTime now);
void RemoveCondition(std::vector<Condition>& conditions, std::string_view type);

}  // namespace culvert::syncjob
