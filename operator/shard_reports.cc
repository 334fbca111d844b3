// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/shard_reports.h"

#include "operator/run_end.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace culvert::control {
namespace {

using syncjob::Step;

// Samples are for people, who need ten of a run; a record has room for a thousand reports, not for
// their samples.
void CutSamples(std::size_t& recorded, syncjob::ShardReport& report) {
  const std::size_t room =
      syncjob::kDirtySamplesMax - std::min(recorded, syncjob::kDirtySamplesMax);
  if (report.dirty_samples.size() > room) report.dirty_samples.resize(room);
  recorded += report.dirty_samples.size();
}

}  // namespace

std::map<std::uint64_t, syncjob::ShardReport> KeepReports(Look& look) {
  std::map<std::uint64_t, syncjob::ShardReport> reports;
  const syncjob::PlanSummary* const plan = look.Plan();
  if (plan == nullptr) return reports;
  if (const RecordObject* const record = look.RecordOf("reports"); record != nullptr) {
    reports = record->reports;
  }
  std::size_t samples = 0;
  for (const auto& [shard, report] : reports) samples += report.dirty_samples.size();
  std::vector<syncjob::ShardReport> fresh;
  for (const PodPtr& pod : look.see.pods) {
    if (pod->attempt != look.run.attempt || pod->step != syncjob::StepName(Step::kTransfer) ||
        pod->phase != "Succeeded") {
      continue;
    }
    auto word = syncjob::ParseStepMessage(pod->last_word);
    if (!word || !word->shard || word->shard->shard >= plan->status.shards) continue;
    if (reports.contains(word->shard->shard)) continue;
    CutSamples(samples, *word->shard);
    reports.emplace(word->shard->shard, *word->shard);
    fresh.push_back(*word->shard);
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
  std::string first;
  for (const auto& [shard, report] : reports) {
    dirty += report.rows_dirty;
    if (!first.empty() || report.dirty_samples.empty()) continue;
    first = "; the first: " + syncjob::DirtySampleText(report.dirty_samples.front());
  }
  if (dirty <= plan.dirty_max || (plan.consistency_commit && look.MayCommit())) return false;
  FailRun(look, syncjob::kTransferred,
          {.kind = FailureClass::kTerminal,
           .reason = "DirtyLimitExceeded",
           .message = std::to_string(dirty) + " dirty rows, the limit is " +
                      std::to_string(plan.dirty_max) + first});
  return true;
}

}  // namespace culvert::control
