// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/failure.h"

#include "libs/syncjob/step_message.h"

#include <utility>

namespace culvert::control {
namespace {

using RunnerExit = syncjob::ExitCode;

constexpr int kKilled = 137;

FailureClass ClassOf(int exit_code) {
  switch (static_cast<RunnerExit>(exit_code)) {
    case RunnerExit::kBadPlan:
    case RunnerExit::kSchemaMismatch:
    case RunnerExit::kNotFound:
    case RunnerExit::kDenied:
    case RunnerExit::kDirtyLimit:
    case RunnerExit::kUnsupported:
    case RunnerExit::kCommitUnknown:
      return FailureClass::kTerminal;
    case RunnerExit::kSourceChanged:
    case RunnerExit::kSessionExpired:
      return FailureClass::kNewAttempt;
    case RunnerExit::kCredentialsMissing:
    case RunnerExit::kCredentialsRejected:
      return FailureClass::kCredentials;
    case RunnerExit::kTransient:
    case RunnerExit::kThrottled:
    case RunnerExit::kLocalPressure:
      return FailureClass::kTransient;
    case RunnerExit::kPoisonShard:
      return FailureClass::kPoison;
    case RunnerExit::kCancelled:
      return FailureClass::kStopped;
    case RunnerExit::kDone:
      break;
  }
  return FailureClass::kCrashed;
}

Failure OutOfMemory() {
  return {.kind = FailureClass::kOutOfMemory,
          .reason = "OOMKilled",
          .message =
              "the pod took more memory than its limit; raise "
              "spec.runner.resources.limits.memory, or lower spec.runner.threads"};
}

Failure Stopped(const PodObject& pod) {
  const std::string& why = !pod.disruption.empty() ? pod.disruption : pod.status_message;
  return {.kind = FailureClass::kStopped,
          .reason = "Evicted",
          .message = why.empty() ? "the pod was stopped" : "the pod was stopped: " + why};
}

Failure Crashed(const PodObject& pod) {
  return {.kind = FailureClass::kCrashed,
          .reason = "RunnerCrashed",
          .message = "the pod ended with exit code " + std::to_string(*pod.exit_code) +
                     (pod.exit_reason.empty() ? "" : " (" + pod.exit_reason + ")") +
                     "; its log says more: kubectl logs " + pod.meta.key.name};
}

Failure WithoutWord(const PodObject& pod) {
  // Failed by the kubelet or the node's end, perhaps after its container had done all.
  if (!pod.exit_code || *pod.exit_code == 0) return Stopped(pod);
  if (pod.exit_reason == "OOMKilled") return OutOfMemory();
  if (*pod.exit_code == kKilled && !pod.disruption.empty()) return Stopped(pod);
  const FailureClass kind = ClassOf(*pod.exit_code);
  if (kind == FailureClass::kStopped) return Stopped(pod);
  Failure failure = Crashed(pod);
  failure.kind = kind;
  return failure;
}

}  // namespace

std::optional<Failure> JudgePod(const PodObject& pod) {
  if (pod.phase == "Succeeded") return std::nullopt;
  if (pod.phase != "Failed" && !pod.exit_code) return std::nullopt;
  if (pod.exit_code == 0 && pod.phase != "Failed") return std::nullopt;
  Failure failure;
  const auto word = syncjob::ParseStepMessage(pod.last_word);
  if (word && pod.exit_code && word->exit_code == *pod.exit_code && word->exit_code != 0) {
    failure = {.kind = ClassOf(word->exit_code),
               .reason = word->reason,
               .message = word->message,
               .committed = word->committed,
               .has_word = true,
               .report = word->run,
               .partitions = word->partitions};
    if (failure.kind == FailureClass::kStopped) failure.reason = "Evicted";
  } else {
    failure = WithoutWord(pod);
  }
  failure.step = pod.step;
  failure.index = pod.index;
  return failure;
}

std::optional<Failure> Worst(const std::vector<PodPtr>& pods) {
  std::optional<Failure> worst;
  std::string finished;
  for (const PodPtr& pod : pods) {
    auto failure = JudgePod(*pod);
    if (!failure) continue;
    const bool weightier = !worst || failure->kind > worst->kind ||
                           (failure->kind == worst->kind && pod->finished > finished);
    if (!weightier) continue;
    worst = std::move(failure);
    finished = pod->finished;
  }
  return worst;
}

}  // namespace culvert::control
