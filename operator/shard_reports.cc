// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/shard_reports.h"

#include "operator/run_end.h"

#include <utility>
#include <vector>

namespace culvert::control {
namespace {

using syncjob::Step;

}  // namespace

std::map<std::uint64_t, syncjob::ShardReport> KeepReports(Look& look) {
  std::map<std::uint64_t, syncjob::ShardReport> reports;
  const syncjob::PlanSummary* const plan = look.Plan();
  if (plan == nullptr) return reports;
  if (const RecordObject* const record = look.RecordOf("reports"); record != nullptr) {
    reports = record->reports;
  }
  std::vector<syncjob::ShardReport> fresh;
  for (const PodPtr& pod : look.see.pods) {
    if (pod->attempt != look.run.attempt || pod->step != syncjob::StepName(Step::kTransfer) ||
        pod->phase != "Succeeded") {
      continue;
    }
    const auto word = syncjob::ParseStepMessage(pod->last_word);
    if (!word || !word->shard || word->shard->shard >= plan->status.shards) continue;
    if (reports.try_emplace(word->shard->shard, *word->shard).second) {
      fresh.push_back(*word->shard);
    }
  }
  if (!fresh.empty()) {
    look.status.pause.reset();  // it goes forward
    look.Do(RecordReports{.run = look.run, .reports = std::move(fresh)});
  }
  return reports;
}

bool DirtyLimitPassed(Look& look, const syncjob::PlanSummary& plan,
                      const std::map<std::uint64_t, syncjob::ShardReport>& reports) {
  std::uint64_t dirty = 0;
  for (const auto& [shard, report] : reports) dirty += report.rows_dirty;
  if (dirty <= plan.dirty_max || (plan.consistency_commit && look.MayCommit())) return false;
  FailRun(look, syncjob::kTransferred,
          {.kind = FailureClass::kTerminal,
           .reason = "DirtyLimitExceeded",
           .message = std::to_string(dirty) + " dirty rows, the limit is " +
                      std::to_string(plan.dirty_max)});
  return true;
}

}  // namespace culvert::control
