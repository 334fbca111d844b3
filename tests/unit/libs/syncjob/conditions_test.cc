// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/conditions.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace culvert::syncjob {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'767'323'045)};  // 2026-01-02T03:04:05Z

Condition Planned(ConditionStatus status, std::string message = "") {
  return {.type = std::string(kPlanned),
          .status = status,
          .reason = "Planned",
          .message = std::move(message),
          .last_transition_time = "",
          .observed_generation = 3};
}

TEST(ConditionsTest, TimeMovesWithTheStatusOnly) {
  std::vector<Condition> conditions;
  SetCondition(conditions, Planned(ConditionStatus::kUnknown), kNow);
  SetCondition(conditions, Planned(ConditionStatus::kUnknown, "waits"),
               kNow + std::chrono::hours(1));
  ASSERT_EQ(conditions.size(), 1u);
  EXPECT_EQ(conditions[0].last_transition_time, "2026-01-02T03:04:05Z");
  EXPECT_EQ(conditions[0].message, "waits");
  SetCondition(conditions, Planned(ConditionStatus::kTrue), kNow + std::chrono::hours(2));
  EXPECT_EQ(conditions[0].last_transition_time, "2026-01-02T05:04:05Z");
}

TEST(ConditionsTest, AbsentIsNeitherTrueNorFalse) {
  std::vector<Condition> conditions;
  EXPECT_FALSE(IsTrue(conditions, kPlanned));
  EXPECT_FALSE(IsFalse(conditions, kPlanned));
  SetCondition(conditions, Planned(ConditionStatus::kFalse), kNow);
  EXPECT_FALSE(IsTrue(conditions, kPlanned));
  EXPECT_TRUE(IsFalse(conditions, kPlanned));
  RemoveCondition(conditions, kPlanned);
  EXPECT_EQ(FindCondition(conditions, kPlanned), nullptr);
}

TEST(ConditionsTest, CutsLongMessagesBetweenCharacters) {
  std::vector<Condition> conditions;
  std::string text(kConditionMessageMax - 1, 'x');
  SetCondition(conditions, Planned(ConditionStatus::kTrue, text + "é and more"), kNow);
  EXPECT_EQ(conditions[0].message, text);
}

}  // namespace
}  // namespace culvert::syncjob
