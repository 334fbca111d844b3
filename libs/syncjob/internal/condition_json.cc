// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/condition_json.h"

#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>

namespace culvert::syncjob::internal {
namespace {

using nlohmann::json;

std::string_view StatusWord(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::kTrue:
      return "True";
    case ConditionStatus::kFalse:
      return "False";
    case ConditionStatus::kUnknown:
      break;
  }
  return "Unknown";
}

Condition ConditionFrom(const json& value, std::optional<Error>& error) {
  Condition condition;
  if (!value.is_object()) {
    if (!error) error = InvalidArgument("status.conditions[] must be an object");
    return condition;
  }
  const auto text = [&](std::string_view key) {
    Result<std::string> found = JsonStringOr(value, key, "");
    if (found) return *std::move(found);
    if (!error) {
      error =
          InvalidArgument("status.conditions[]." + std::string(key) + ": " + found.error().message);
    }
    return std::string();
  };
  condition.type = text("type");
  condition.reason = text("reason");
  condition.message = text("message");
  condition.last_transition_time = text("lastTransitionTime");
  const std::string status = text("status");
  if (status == "True") condition.status = ConditionStatus::kTrue;
  if (status == "False") condition.status = ConditionStatus::kFalse;
  const Result<std::int64_t> generation = JsonInt64Or(value, "observedGeneration", 0);
  if (generation) {
    condition.observed_generation = *generation;
  } else if (!error) {
    error =
        InvalidArgument("status.conditions[].observedGeneration: " + generation.error().message);
  }
  return condition;
}

}  // namespace

json ConditionsToJson(const std::vector<Condition>& conditions) {
  json list = json::array();
  for (const Condition& condition : conditions) {
    json value = {{"type", condition.type},
                  {"status", StatusWord(condition.status)},
                  {"reason", condition.reason},
                  {"message", condition.message},
                  {"lastTransitionTime", condition.last_transition_time}};
    if (condition.observed_generation > 0) {
      value["observedGeneration"] = condition.observed_generation;
    }
    list.push_back(std::move(value));
  }
  return list;
}

std::vector<Condition> ConditionsFromJson(const json& value, std::optional<Error>& error) {
  std::vector<Condition> conditions;
  if (value.is_null()) return conditions;
  for (const json& one : value) conditions.push_back(ConditionFrom(one, error));
  return conditions;
}

}  // namespace culvert::syncjob::internal
