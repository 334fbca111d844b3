// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/condition_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace culvert::syncjob::internal {
namespace {

using nlohmann::json;

TEST(ConditionJsonTest, ComesBackAsItWas) {
  const std::vector<Condition> conditions = {
      {.type = "Ready",
       .status = ConditionStatus::kTrue,
       .reason = "Scheduled",
       .message = "m",
       .last_transition_time = "2026-01-02T03:04:05Z",
       .observed_generation = 3},
      {.type = "Stalled", .status = ConditionStatus::kFalse, .reason = "No"},
      {.type = "Valid", .reason = "Pending"}};
  std::optional<Error> error;
  EXPECT_EQ(ConditionsFromJson(ConditionsToJson(conditions), error), conditions);
  EXPECT_FALSE(error.has_value());
  EXPECT_TRUE(ConditionsFromJson(json(), error).empty());
}

TEST(ConditionJsonTest, NamesWhatIsOfAWrongType) {
  for (const char* text : {R"([{"type": 1}])", R"(["x"])", R"([{"observedGeneration": "one"}])"}) {
    std::optional<Error> error;
    ConditionsFromJson(json::parse(text), error);
    ASSERT_TRUE(error.has_value()) << text;
    EXPECT_TRUE(error->message.starts_with("status.conditions[]")) << error->message;
  }
}

}  // namespace
}  // namespace culvert::syncjob::internal
