// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/look.h"

#include <array>

namespace culvert::control {
namespace {

using syncjob::Condition;
using syncjob::ConditionStatus;

constexpr std::array kAlwaysThere = std::to_array<std::string_view>(
    {syncjob::kValidated, syncjob::kPlanned, syncjob::kTransferred, syncjob::kCommitted,
     syncjob::kSuspended, syncjob::kSucceeded});

}  // namespace

Look::Look(const Observed& observed, const Policy& policy_for_all, WallTime time)
    : see(observed),
      policy(policy_for_all),
      now(time),
      job(*see.job),
      spec(job.job.spec),
      run{.key = job.meta.key, .uid = job.meta.uid, .attempt = job.status.attempt},
      status(out.status) {
  status = job.status;
}

const JobObject* Look::JobOf(syncjob::Step step) const {
  for (const JobPtr& one : see.jobs) {
    if (one->attempt == run.attempt && one->step == syncjob::StepName(step)) return one.get();
  }
  return nullptr;
}

const RecordObject* Look::RecordOf(std::string_view kind) const {
  for (const RecordPtr& record : see.records) {
    const bool part = kind == "plan" && !record->plan && record->problem.empty();
    if (record->attempt == run.attempt && record->kind == kind && !part) return record.get();
  }
  return nullptr;
}

const syncjob::PlanSummary* Look::Plan() const {
  const RecordObject* const record = RecordOf("plan");
  return record != nullptr && record->plan ? &*record->plan : nullptr;
}

const syncjob::CommitDecision* Look::Decided() const {
  const RecordObject* const record = RecordOf("decision");
  return record != nullptr && record->decision ? &*record->decision : nullptr;
}

bool Look::MayCommit() const { return Decided() != nullptr && Decided()->commit; }

std::vector<PodPtr> Look::PodsOf(const JobObject& one) const {
  std::vector<PodPtr> pods;
  for (const PodPtr& pod : see.pods) {
    if (pod->job_uid == one.meta.uid) pods.push_back(pod);
  }
  return pods;
}

const PodObject* Look::AlivePod(std::string_view step) const {
  for (const PodPtr& pod : see.pods) {
    if (pod->attempt == run.attempt && pod->step == step && pod->IsAlive()) return pod.get();
  }
  return nullptr;
}

void Look::Delete(const JobObject& one) {
  if (one.meta.IsBeingDeleted()) return;
  Do(DeleteJob{.key = one.meta.key, .uid = one.meta.uid});
}

void Look::LookAgain(std::chrono::milliseconds delay) {
  if (!out.look_again || delay < *out.look_again) out.look_again = delay;
}

void Look::Note(bool warning, std::string reason, std::string action, std::string note) {
  out.events.push_back({.warning = warning,
                        .reason = std::move(reason),
                        .action = std::move(action),
                        .note = std::move(note)});
}

void Look::Initialise() {
  status.observed_generation = job.meta.generation;
  if (job.firing != nullptr) status.resolved_parameters = job.firing->parameters;
  for (Condition& condition : status.conditions) {
    condition.observed_generation = job.meta.generation;
  }
  for (const std::string_view type : kAlwaysThere) {
    if (syncjob::FindCondition(status.conditions, type) != nullptr) continue;
    const bool suspended = type == syncjob::kSuspended;
    Tell(type, suspended ? ConditionStatus::kFalse : ConditionStatus::kUnknown,
         suspended ? "NotSuspended" : "Pending", "");
  }
}

void Look::Tell(std::string_view type, ConditionStatus value, std::string reason,
                std::string message) {
  syncjob::SetCondition(status.conditions,
                        {.type = std::string(type),
                         .status = value,
                         .reason = std::move(reason),
                         .message = std::move(message),
                         .observed_generation = job.meta.generation},
                        now);
}

void Look::Progressing(const std::string& reason, const std::string& message) {
  Tell(syncjob::kSucceeded, ConditionStatus::kUnknown, reason, message);
  Tell(syncjob::kReconciling, ConditionStatus::kTrue, reason, message);
  syncjob::RemoveCondition(status.conditions, syncjob::kStalled);
}

void Look::NotSuspended() {
  Tell(syncjob::kSuspended, ConditionStatus::kFalse, "NotSuspended", "");
}

}  // namespace culvert::control
