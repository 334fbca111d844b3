// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/faults.h"

#include "libs/base/json.h"
#include "libs/record/partition_spec.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <random>

namespace culvert::emulator {
namespace {

using nlohmann::json;

struct NamedKind {
  std::string_view name;
  FaultKind kind;
};
constexpr std::array kKinds = {
    NamedKind{"status", FaultKind::kStatus},
    NamedKind{"drop_reply", FaultKind::kDropReply},
    NamedKind{"reply_status", FaultKind::kReplyStatus},
    NamedKind{"reset", FaultKind::kReset},
    NamedKind{"close", FaultKind::kClose},
    NamedKind{"stall", FaultKind::kStall},
    NamedKind{"truncate", FaultKind::kTruncate},
    NamedKind{"flip_bit", FaultKind::kFlipBit},
    NamedKind{"delay", FaultKind::kDelay},
    NamedKind{"expire_session", FaultKind::kExpireSession},
    NamedKind{"session_state", FaultKind::kSessionState},
    NamedKind{"revoke_key", FaultKind::kRevokeKey},
};

Status CheckKeys(const json& object, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) return Fail(InvalidArgument("a fault is a JSON object"));
  for (const auto& item : object.items()) {
    if (std::ranges::find(known, item.key()) == known.end()) {
      return Fail(InvalidArgument("fault key '" + item.key() + "' is not known"));
    }
  }
  return {};
}

Result<FaultAction> ReadAction(const json& object) {
  CULVERT_TRY(CheckKeys(object, {"kind", "status", "code", "message", "retry_after", "headers",
                                 "after_bytes", "ms", "bit", "state", "body"}));
  FaultAction action;
  CULVERT_ASSIGN_OR_RETURN(const std::string kind, JsonString(object, "kind"));
  const auto* found = std::ranges::find(kKinds, kind, &NamedKind::name);
  if (found == kKinds.end()) return Fail(InvalidArgument("fault kind '" + kind + "' is not known"));
  action.kind = found->kind;
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t status, JsonInt64Or(object, "status", 500));
  if (status < 200 || status > 599) {
    return Fail(InvalidArgument("fault status is not between 200 and 599"));
  }
  action.status = static_cast<int>(status);
  CULVERT_ASSIGN_OR_RETURN(action.code, JsonStringOr(object, "code", action.code));
  CULVERT_ASSIGN_OR_RETURN(action.message, JsonStringOr(object, "message", action.message));
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t retry, JsonInt64Or(object, "retry_after", -1));
  if (retry >= 0)
    action.retry_after_seconds = static_cast<int>(std::min<std::int64_t>(retry, 3600));
  if (object.contains("headers") && object["headers"].is_object()) {
    for (const auto& item : object["headers"].items()) {
      if (item.value().is_string()) action.headers.emplace_back(item.key(), item.value());
    }
  }
  CULVERT_ASSIGN_OR_RETURN(action.after_bytes, JsonUint64Or(object, "after_bytes", 0));
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t wait, JsonUint64Or(object, "ms", 0));
  action.wait = std::chrono::milliseconds(std::min<std::uint64_t>(wait, 3'600'000));
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t bit, JsonUint64Or(object, "bit", 0));
  action.bit = static_cast<unsigned>(bit % 8);
  CULVERT_ASSIGN_OR_RETURN(action.state, JsonStringOr(object, "state", ""));
  CULVERT_ASSIGN_OR_RETURN(const std::string body, JsonStringOr(object, "body", ""));
  if (body == "request") action.body = FaultAction::Body::kRequest;
  if (body == "response") action.body = FaultAction::Body::kResponse;
  return action;
}

}  // namespace

struct FaultSwitchboard::Rule {
  std::uint64_t id = 0;
  std::string text;
  FaultMatch match;
  std::uint64_t nth = 0;
  std::uint64_t every = 0;
  double probability = -1;
  std::mt19937_64 random;
  std::uint64_t count = UINT64_MAX;
  FaultAction action;
  std::uint64_t matched = 0;
  std::uint64_t hits = 0;

  bool Fits(std::string_view operation, std::string_view method, const std::string& target) const {
    return (match.method.empty() || match.method == method) &&
           (match.operation.empty() || match.operation == operation) &&
           (match.path.empty() || record::WildcardMatch(match.path, target));
  }
  bool IsItsTurn() {
    ++matched;
    if (hits >= count) return false;
    if (nth != 0 && matched != nth) return false;
    if (every != 0 && matched % every != 0) return false;
    if (probability >= 0 && std::uniform_real_distribution<double>(0, 1)(random) >= probability) {
      return false;
    }
    ++hits;
    return true;
  }
};

Result<FaultAction> ParseFaultAction(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const json object, ParseJson(text));
  return ReadAction(object);
}

FaultSwitchboard::FaultSwitchboard() = default;
FaultSwitchboard::~FaultSwitchboard() = default;

Result<std::uint64_t> FaultSwitchboard::Add(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const json object, ParseJson(text));
  CULVERT_TRY(CheckKeys(object, {"match", "action"}));
  if (!object.contains("action")) return Fail(InvalidArgument("a fault rule needs an action"));
  auto rule = std::make_unique<Rule>();
  CULVERT_ASSIGN_OR_RETURN(rule->action, ReadAction(object["action"]));
  const json match = object.contains("match") ? object["match"] : json::object();
  CULVERT_TRY(CheckKeys(
      match, {"method", "operation", "path", "nth", "every", "probability", "seed", "count"}));
  CULVERT_ASSIGN_OR_RETURN(rule->match.method, JsonStringOr(match, "method", ""));
  CULVERT_ASSIGN_OR_RETURN(rule->match.operation, JsonStringOr(match, "operation", ""));
  CULVERT_ASSIGN_OR_RETURN(rule->match.path, JsonStringOr(match, "path", ""));
  CULVERT_ASSIGN_OR_RETURN(rule->nth, JsonUint64Or(match, "nth", 0));
  CULVERT_ASSIGN_OR_RETURN(rule->every, JsonUint64Or(match, "every", 0));
  CULVERT_ASSIGN_OR_RETURN(rule->count, JsonUint64Or(match, "count", UINT64_MAX));
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t seed, JsonUint64Or(match, "seed", 1));
  rule->random.seed(seed);
  if (match.contains("probability")) {
    if (!match["probability"].is_number()) {
      return Fail(InvalidArgument("fault probability is not a number"));
    }
    rule->probability = match["probability"].get<double>();
  }
  rule->text = DumpJson(object);
  const MutexLock lock(mutex_);
  rule->id = next_id_++;
  rules_.push_back(std::move(rule));
  return rules_.back()->id;
}

Status FaultSwitchboard::Remove(std::uint64_t id) {
  const MutexLock lock(mutex_);
  if (std::erase_if(rules_, [&](const auto& rule) { return rule->id == id; }) == 0) {
    return Fail(NotFound("no fault rule " + std::to_string(id)));
  }
  return {};
}

void FaultSwitchboard::Clear() {
  const MutexLock lock(mutex_);
  rules_.clear();
}

std::string FaultSwitchboard::ListJson() const {
  json list = json::array();
  const MutexLock lock(mutex_);
  for (const auto& rule : rules_) {
    list.push_back(json{{"id", rule->id},
                        {"rule", json::parse(rule->text, nullptr, false)},
                        {"matched", rule->matched},
                        {"hits", rule->hits}});
  }
  return DumpJson(list);
}

std::optional<FaultAction> FaultSwitchboard::Decide(std::string_view operation,
                                                    std::string_view method,
                                                    const std::string& path) {
  std::optional<FaultAction> action;
  const MutexLock lock(mutex_);
  for (const auto& rule : rules_) {
    if (!rule->Fits(operation, method, path)) continue;
    if (action) {
      ++rule->matched;
    } else if (rule->IsItsTurn()) {
      action = rule->action;
    }
  }
  return action;
}

}  // namespace culvert::emulator
