// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/explanation.h"

#include "libs/syncjob/reasons.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "plugin/text.h"

namespace culvert::plugin {
namespace {

constexpr std::size_t kExplainedBytesMax = 1'000;
constexpr std::size_t kTextColumn = 11;

/// A pod and the step it belongs to.
struct Place {
  const StepView* step = nullptr;
  const ShardView* pod = nullptr;
};

/// The pod that matters most: one that failed, then one that cannot start.
std::optional<Place> TroubledPod(const RunView& run) {
  for (const State state : {State::kFailed, State::kPending}) {
    for (const StepView& step : run.steps) {
      for (const ShardView& pod : step.shards) {
        if (pod.state == state && (!pod.reason.empty() || pod.exit_code)) {
          return Place{.step = &step, .pod = &pod};
        }
      }
    }
  }
  return std::nullopt;
}

void SetPlace(const Place& place, Explanation& explanation) {
  explanation.step = place.step->name;
  if (place.step->shards_total > 0) explanation.shard = place.pod->shard;
  explanation.pod = place.pod->pod;
  explanation.exit_code = place.pod->exit_code;
  if (place.pod->message != explanation.message) explanation.pod_message = place.pod->message;
}

/// The condition that says that something is wrong, if one does.
const syncjob::Condition* Complaint(const RunView& run) {
  const auto& conditions = run.status.conditions;
  if (syncjob::IsFalse(conditions, syncjob::kSucceeded)) {
    return syncjob::FindCondition(conditions, syncjob::kSucceeded);
  }
  if (syncjob::IsTrue(conditions, syncjob::kStalled)) {
    return syncjob::FindCondition(conditions, syncjob::kStalled);
  }
  const auto* const suspended = syncjob::FindCondition(conditions, syncjob::kSuspended);
  const bool by_operator = suspended != nullptr &&
                           suspended->status == syncjob::ConditionStatus::kTrue &&
                           suspended->reason != "SuspendedByUser";
  return by_operator ? suspended : nullptr;
}

/// Text under a label, wrapped by nobody: a terminal does that.
void AddLine(std::string& text, std::string_view label, std::string_view value) {
  if (value.empty()) return;
  text += "  " + Padded(label, kTextColumn - 2) + OneLine(value, kExplainedBytesMax) + "\n";
}

}  // namespace

std::optional<Explanation> Explain(const RunView& run) {
  if (syncjob::IsTrue(run.status.conditions, syncjob::kSucceeded)) return std::nullopt;
  const std::optional<Place> place = TroubledPod(run);
  const syncjob::Condition* const complaint = Complaint(run);
  Explanation explanation;
  if (complaint != nullptr) {
    explanation.condition = complaint->type;
    explanation.reason = complaint->reason;
    explanation.message = complaint->message;
  } else if (place) {
    explanation.reason = place->pod->reason;
  } else {
    return std::nullopt;
  }
  if (place) SetPlace(*place, explanation);
  // The operator sums up; the pod knows better.
  if (syncjob::FindReason(explanation.reason) == nullptr && place &&
      syncjob::FindReason(place->pod->reason) != nullptr) {
    explanation.reason = place->pod->reason;
  }
  if (const syncjob::Reason* reason = syncjob::FindReason(explanation.reason)) {
    explanation.meaning = reason->meaning;
    explanation.remedy = reason->remedy;
  }
  return explanation;
}

std::string ExplanationText(const RunView& run, const Explanation& explanation,
                            const std::string& log, bool colours) {
  const Painter paint(colours);
  const bool failed = HasFailed(run);
  std::string text =
      paint(Colour::kBold, run.name) + " " +
      (failed ? paint(Colour::kRed, "failed") : paint(Colour::kYellow, "is held up"));
  if (run.status.attempt > 0) text += ", attempt " + std::to_string(run.status.attempt);
  text += ": " + paint(failed ? Colour::kRed : Colour::kYellow, explanation.reason) + "\n\n";
  AddLine(text, "means", explanation.meaning);
  AddLine(text, "says", explanation.message);
  std::string where = explanation.step.empty() ? "" : "step " + explanation.step;
  if (explanation.shard) where += ", shard " + std::to_string(*explanation.shard);
  if (!explanation.pod.empty()) where += ", pod " + explanation.pod;
  if (explanation.exit_code) where += ", exit code " + std::to_string(*explanation.exit_code);
  AddLine(text, "where", where);
  AddLine(text, "pod says", explanation.pod_message);
  AddLine(text, "do", explanation.remedy);
  if (run.status.pause && !run.status.pause->resume_time.empty()) {
    AddLine(text, "next try", run.status.pause->resume_time);
  }
  if (log.empty()) return text;
  text += "\n  last lines of the pod's log:\n";
  std::string_view rest = log;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    text += "  " + paint(Colour::kDim, "│ " + OneLine(line, kExplainedBytesMax)) + "\n";
  }
  return text;
}

}  // namespace culvert::plugin
