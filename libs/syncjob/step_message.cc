// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/step_message.h"

#include "libs/base/check.h"
#include "libs/base/json.h"
#include "libs/base/text.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace culvert::syncjob {
namespace {

using nlohmann::json;

constexpr std::array kSteps = std::to_array<std::pair<Step, std::string_view>>({
    {Step::kPlan, "plan"},
    {Step::kPrepare, "prepare"},
    {Step::kTransfer, "transfer"},
    {Step::kCommit, "commit"},
    {Step::kWork, "work"},
});

std::string Written(const StepMessage& message) {
  json value = {{"step", StepName(message.step)}, {"exitCode", message.exit_code}};
  // The parsers of both reports are strict, and their texts are JSON by construction.
  if (message.shard) value["report"] = ParseJson(ShardReportToJson(*message.shard)).value();
  if (message.run) {
    value["run"] = ParseJson(RunReportToJson(*message.run)).value();
    value["partitions"] = message.partitions;
  }
  if (message.plan) {
    value["plan"] = {{"hash", message.plan->hash}, {"bytes", message.plan->bytes}};
    if (!message.plan->text.empty()) value["plan"]["text"] = message.plan->text;
  }
  if (!message.reason.empty()) value["reason"] = message.reason;
  if (!message.message.empty()) value["message"] = message.message;
  if (message.exit_code != 0) value["committed"] = message.committed;
  return DumpJson(value);
}

Result<PlanHandOver> PlanFrom(const json& value) {
  PlanHandOver plan;
  CULVERT_ASSIGN_OR_RETURN(plan.hash, JsonString(value, "hash"));
  CULVERT_ASSIGN_OR_RETURN(plan.bytes, JsonUint64(value, "bytes"));
  CULVERT_ASSIGN_OR_RETURN(plan.text, JsonStringOr(value, "text", ""));
  return plan;
}

}  // namespace

std::string_view StepName(Step step) {
  for (const auto& [known, name] : kSteps) {
    if (known == step) return name;
  }
  return "";
}

std::optional<Step> StepFromName(std::string_view name) {
  for (const auto& [step, known] : kSteps) {
    if (known == name) return step;
  }
  return std::nullopt;
}

std::string StepMessageToJson(const StepMessage& message) {
  std::string text = Written(message);
  if (text.size() <= kStepMessageBytesMax) return text;
  StepMessage shorter = message;
  if (shorter.plan) shorter.plan->text.clear();
  constexpr std::size_t kTextMax = 1'024;
  if (shorter.message.size() > kTextMax) shorter.message = CutText(shorter.message, kTextMax) + "…";
  shorter.reason = CutText(shorter.reason, 64);
  text = Written(shorter);
  for (ShardReport* report :
       {shorter.shard ? &*shorter.shard : nullptr, shorter.run ? &shorter.run->totals : nullptr}) {
    while (report != nullptr && text.size() > kStepMessageBytesMax &&
           !report->dirty_samples.empty()) {
      report->dirty_samples.pop_back();
      text = Written(shorter);
    }
  }
  if (text.size() > kStepMessageBytesMax && shorter.run) {
    shorter.run->statements.clear();
    text = Written(shorter);
  }
  while (text.size() > kStepMessageBytesMax && shorter.run &&
         !shorter.run->committed_partitions.empty()) {
    auto& names = shorter.run->committed_partitions;
    names.resize(names.size() / 2);
    text = Written(shorter);
  }
  CULVERT_CHECK(text.size() <= kStepMessageBytesMax);
  return text;
}

Result<StepMessage> ParseStepMessage(std::string_view text) {
  if (text.empty()) return Fail(InvalidArgument("the pod left no message"));
  if (text.size() > kStepMessageBytesMax) {
    return Fail(InvalidArgument("the pod's message is longer than " +
                                std::to_string(kStepMessageBytesMax) + " bytes"));
  }
  CULVERT_ASSIGN_OR_RETURN(const json value, ParseJson(text));
  StepMessage message;
  CULVERT_ASSIGN_OR_RETURN(const std::string name, JsonString(value, "step"));
  const auto step = StepFromName(name);
  if (!step) return Fail(InvalidArgument("there is no step '" + name + "'"));
  message.step = *step;
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t exit_code, JsonInt64(value, "exitCode"));
  message.exit_code = static_cast<int>(exit_code);
  if (value.contains("report")) {
    CULVERT_ASSIGN_OR_RETURN(message.shard, ParseShardReport(DumpJson(value["report"])));
  }
  if (value.contains("run")) {
    CULVERT_ASSIGN_OR_RETURN(message.run, ParseRunReport(DumpJson(value["run"])));
    CULVERT_ASSIGN_OR_RETURN(message.partitions, JsonUint64(value, "partitions"));
  }
  if (value.contains("plan")) {
    CULVERT_ASSIGN_OR_RETURN(message.plan, PlanFrom(value["plan"]));
  }
  CULVERT_ASSIGN_OR_RETURN(message.reason, JsonStringOr(value, "reason", ""));
  CULVERT_ASSIGN_OR_RETURN(message.message, JsonStringOr(value, "message", ""));
  CULVERT_ASSIGN_OR_RETURN(message.committed, JsonUint64Or(value, "committed", 0));
  return message;
}

}  // namespace culvert::syncjob
