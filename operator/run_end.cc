// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/run_end.h"

#include "libs/base/text.h"
#include "libs/base/time_format.h"
#include "operator/liveness.h"
#include "operator/stopping.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

namespace culvert::control {
namespace {

using std::chrono::seconds;
using syncjob::ConditionStatus;
using syncjob::Step;

void End(Look& look, ConditionStatus value, const std::string& reason, const std::string& message) {
  look.Tell(syncjob::kSucceeded, value, reason, message);
  syncjob::RemoveCondition(look.status.conditions, syncjob::kReconciling);
  if (value == ConditionStatus::kFalse) {
    look.Tell(syncjob::kStalled, ConditionStatus::kTrue, reason, message);
  } else {
    syncjob::RemoveCondition(look.status.conditions, syncjob::kStalled);
  }
  look.NotSuspended();
  look.status.completion_time = FormatRfc3339(look.now);
  look.status.streams = 0;
  look.status.pause.reset();
}

syncjob::ReportStatus ReportOf(const syncjob::RunReport& report, std::uint64_t partitions) {
  syncjob::ReportStatus told{.start_time = report.started,
                             .completion_time = report.finished,
                             .rows_read = report.totals.rows_read,
                             .rows_written = report.totals.rows_written,
                             .rows_dirty = report.totals.rows_dirty,
                             .rows_filtered = report.totals.rows_filtered,
                             .bytes_read = report.totals.bytes_read,
                             .bytes_written = report.totals.bytes_written,
                             .read_wait_seconds = report.totals.read_wait_ms / 1000,
                             .write_wait_seconds = report.totals.write_wait_ms / 1000,
                             .throttle_wait_seconds = report.totals.throttle_wait_ms / 1000,
                             .seconds = static_cast<std::uint64_t>(std::max(0.0, report.seconds)),
                             .bottleneck = report.bottleneck,
                             .route = report.totals.route,
                             .verified = report.verified,
                             .committed_partitions = report.committed_partitions,
                             .committed_partitions_total = partitions,
                             .dirty_samples = report.totals.dirty_samples,
                             .dirty_place = report.dirty_place,
                             .statements = report.statements};
  if (told.committed_partitions.size() > syncjob::kCommittedPartitionsMax) {
    told.committed_partitions.resize(syncjob::kCommittedPartitionsMax);
  }
  return told;
}

void TellAllCommitted(Look& look, const syncjob::PlanSummary& plan) {
  const bool nothing = !plan.has_sessions || plan.targets.empty();
  look.Tell(syncjob::kCommitted, ConditionStatus::kTrue, nothing ? "NothingToCommit" : "Committed",
            "");
}

/// What a failed run says of rows that are visible already.
void TellCommitted(Look& look, const Failure& failure) {
  if (syncjob::IsTrue(look.status.conditions, syncjob::kCommitted)) return;
  const syncjob::PlanSummary* const plan = look.Plan();
  if (failure.report && plan != nullptr) {
    look.Tell(syncjob::kTransferred, ConditionStatus::kTrue, "Transferred", "");
    TellAllCommitted(look, *plan);
    look.status.report = ReportOf(*failure.report, failure.partitions);
    return;
  }
  const bool some = look.MayCommit() && plan != nullptr && plan->has_sessions;
  if (!some) {
    look.Tell(syncjob::kCommitted, ConditionStatus::kFalse, failure.reason,
              "nothing was committed");
    return;
  }
  const RecordObject* const reports = look.RecordOf("reports");
  const bool shards_commit =
      !plan->consistency_commit && reports != nullptr && !reports->reports.empty();
  std::string reason = failure.reason;
  std::string message = failure.message;
  const bool says_itself = reason == "CommitOutcomeUnknown" || reason == "VerificationFailed";
  if (shards_commit || failure.committed > 0) {
    reason = says_itself ? reason : "PartiallyCommitted";
    message = shards_commit
                  ? std::to_string(reports->reports.size()) + " of " +
                        std::to_string(plan->status.shards) + " shards are committed; " + message
                  : message;
  }
  look.Tell(syncjob::kCommitted, ConditionStatus::kFalse, reason, message);
}

std::uint64_t ShardOf(const JobObject& job, const PodObject& pod) {
  const auto index = static_cast<std::uint64_t>(pod.index);
  return index < job.shards.size() ? job.shards[index] : index;
}

void ListFailedShards(Look& look) {
  look.status.failed_shards.clear();
  const JobObject* const transfer = look.JobOf(Step::kTransfer);
  if (transfer == nullptr) return;
  std::set<std::uint64_t> listed;
  for (const PodPtr& pod : look.PodsOf(*transfer)) {
    const auto failure = JudgePod(*pod);
    if (!failure || failure->kind == FailureClass::kStopped) continue;
    const std::uint64_t shard = ShardOf(*transfer, *pod);
    const RecordObject* const reports = look.RecordOf("reports");
    if (reports != nullptr && reports->reports.contains(shard)) continue;
    if (!listed.insert(shard).second) continue;
    look.status.failed_shards.push_back({.shard = static_cast<std::int64_t>(shard),
                                         .reason = failure->reason,
                                         .message = CutText(failure->message, 512)});
    if (look.status.failed_shards.size() == syncjob::kFailedShardsMax) return;
  }
}

}  // namespace

void FailRun(Look& look, std::string_view where, const Failure& failure) {
  if (!StopAll(look)) {
    if (!IsLossTold(look)) look.Progressing("Stopping", failure.message);
    return;
  }
  TellCommitted(look, failure);
  const bool told = where == syncjob::kCommitted || syncjob::IsTrue(look.status.conditions, where);
  if (!where.empty() && !told) {
    look.Tell(where, ConditionStatus::kFalse, failure.reason, failure.message);
  }
  ListFailedShards(look);
  End(look, ConditionStatus::kFalse, failure.reason, failure.message);
  look.Note(true, failure.reason, "Fail", failure.message);
}

void RefuseSpec(Look& look) {
  look.Tell(syncjob::kValidated, ConditionStatus::kFalse, "InvalidSpec", look.job.problem);
  if (look.status.attempt > 0) {
    // Something of the knobs; what runs goes on until a person corrects it.
    look.Tell(syncjob::kStalled, ConditionStatus::kTrue, "InvalidSpec", look.job.problem);
    return;
  }
  look.status.run_nonce = look.job.job.run_nonce;
  look.Tell(syncjob::kCommitted, ConditionStatus::kFalse, "InvalidSpec", "nothing was committed");
  End(look, ConditionStatus::kFalse, "InvalidSpec", look.job.problem);
  look.Note(true, "InvalidSpec", "Validate", look.job.problem);
}

void Succeed(Look& look, const syncjob::RunReport& report, std::uint64_t partitions) {
  look.Tell(syncjob::kTransferred, ConditionStatus::kTrue, "Transferred", "");
  TellAllCommitted(look, *look.Plan());
  look.status.report = ReportOf(report, partitions);
  syncjob::ProgressStatus progress = look.status.progress.value_or(syncjob::ProgressStatus{});
  progress.rows = progress.rows_total = report.totals.rows_read;
  progress.bytes = report.totals.bytes_raw;
  progress.shards = progress.shards_total = report.shards;
  progress.percent = 100;
  progress.rows_per_second = progress.bytes_per_second = progress.eta_seconds = 0;
  look.status.progress = progress;
  look.status.failed_shards.clear();
  std::string message = std::to_string(report.totals.rows_written) + " rows";
  if (report.totals.rows_dirty > 0) {
    message += ", " + std::to_string(report.totals.rows_dirty) + " dirty rows left out";
  }
  if (report.totals.rows_filtered > 0) {
    message += ", " + std::to_string(report.totals.rows_filtered) + " filtered out";
  }
  End(look, ConditionStatus::kTrue, "Succeeded", message);
  look.Note(false, "Succeeded", "Finish", message);
  // The target is given back once this status is on record: whoever looks before that must find a
  // run that still holds what it wrote to.
}

void AfterTheEnd(Look& look) {
  look.status.streams = 0;
  // What an operator with an old view of the world started behind our back.
  StopJobs(look);
  ReleaseWhenQuiet(look);
  if (look.see.jobs.empty() && look.see.records.empty()) return;
  std::optional<seconds> ttl = look.policy.default_ttl;
  const auto own_ttl = look.job.job.ttl_seconds_after_finished;
  if (own_ttl) ttl = seconds(*own_ttl);
  const auto completed = ParseRfc3339(look.status.completion_time);
  if (!ttl || !completed) return;
  if (look.now < *completed + *ttl) {
    look.LookAgain(
        std::chrono::duration_cast<std::chrono::milliseconds>(*completed + *ttl - look.now));
    return;
  }
  // Records first: a Job that is made again by mistake finds no plan to carry out.
  for (const RecordPtr& record : look.see.records) {
    if (record->meta.IsBeingDeleted()) continue;
    look.Do(DeleteRecord{.key = record->meta.key, .uid = record->meta.uid});
  }
  for (const JobPtr& job : look.see.jobs) {
    if (!MayStillRun(*job, look.see.pods)) look.Delete(*job);
  }
}

}  // namespace culvert::control
