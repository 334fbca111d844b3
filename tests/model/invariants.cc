// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/invariants.h"

#include "operator/names.h"

#include <algorithm>
#include <numeric>

namespace culvert::control::model {
namespace {

const syncjob::SyncJobStatus* StatusIn(const Catalogue& catalogue, const Objects& objects) {
  const Stored* const run = catalogue.Find(objects, kRunPath);
  return run == nullptr ? nullptr : &run->sync_job->status;
}

const RecordObject* RecordIn(const Catalogue& catalogue, const Objects& objects,
                             std::int32_t attempt, const char* kind) {
  const RunId run{
      .key = {.name_space = kNamespace, .name = "copy"}, .uid = kRunUid, .attempt = attempt};
  const Stored* const record = catalogue.Find(objects, "configmaps/" + ChildName(run, kind));
  return record == nullptr ? nullptr : record->record.get();
}

bool AnyPodAlive(const Catalogue& catalogue, const Objects& objects, std::int32_t attempt_max) {
  return std::ranges::any_of(objects, [&](Id id) {
    const Stored& one = catalogue.Of(id);
    return one.kind == Kind::kPod && one.pod->IsAlive() && one.pod->attempt <= attempt_max;
  });
}

bool MayWrite(const Stored& pod) {
  return pod.kind == Kind::kPod && pod.pod->IsAlive() && pod.pod->step != "plan";
}

/// A Job that was created.
std::string CrimeOfJob(const Catalogue& catalogue, const Shape& shape, const Objects& begin,
                       const Objects& before, const JobObject& job) {
  // Its run may end between the read that fences a pass and the Job: that Job finds no end to carry
  // out, and is stopped. It must have been at hand when the pass began.
  const syncjob::SyncJobStatus* const status = StatusIn(catalogue, begin);
  const std::string name = "Job " + job.meta.key.name;
  if (status == nullptr || status->IsTerminal() || status->attempt != job.attempt) {
    return name + " is created for an attempt that is not at hand";
  }
  if (job.step == "plan") return {};
  const bool recorded = RecordIn(catalogue, before, job.attempt, "plan") != nullptr;
  if (!recorded) return name + " is created before the plan is on record";
  const bool commits = job.step == "commit" || job.step == "work" ||
                       (job.step == "transfer" && !shape.consistency_commit);
  if (!commits) return {};
  const RecordObject* const decision = RecordIn(catalogue, before, job.attempt, "decision");
  if (decision == nullptr || !decision->decision || !decision->decision->commit) {
    return name + " may commit, and no decision to commit is on record";
  }
  return {};
}

std::string CrimeOfDecision(const Catalogue& catalogue, const Shape& shape, const Objects& before,
                            const Stored& stored) {
  const syncjob::CommitDecision& decision = *stored.record->decision;
  const bool compares = shape.consistency_commit && !shape.small;
  if (!decision.commit || !compares) return {};
  if (RecordIn(catalogue, before, decision.attempt, "plan") == nullptr) {
    return "a commit is decided without a plan";
  }
  if (stored.decided_shards.size() != kShards) {
    return "a commit is decided with the reports of " +
           std::to_string(stored.decided_shards.size()) + " of " + std::to_string(kShards) +
           " shards";
  }
  return {};
}

std::string CrimeOfStatus(const Catalogue& catalogue, const Objects& before,
                          const syncjob::SyncJobStatus& was, const syncjob::SyncJobStatus& is) {
  if (is.attempt < was.attempt) return "the attempt's number falls";
  if (was.IsTerminal() && !is.IsTerminal() && is.attempt == was.attempt) {
    return "a run that was over goes on";
  }
  if (was.attempt == 0 || is.attempt == was.attempt) return {};
  if (is.attempt != was.attempt + 1) return "an attempt is left out";
  // Of one that is over its status says so, for which nothing is begun any more.
  if (!was.IsTerminal() && RecordIn(catalogue, before, was.attempt, "decision") == nullptr) {
    return "attempt " + std::to_string(is.attempt) +
           " begins, and nothing is decided about the one before";
  }
  if (AnyPodAlive(catalogue, before, was.attempt)) {
    return "attempt " + std::to_string(is.attempt) + " begins while a pod of the one before lives";
  }
  return {};
}

}  // namespace

std::string CrimeOfWrite(const Catalogue& catalogue, const Shape& shape, const Objects& begin,
                         const Objects& before, const Objects& after) {
  for (const Id id : after) {
    const Stored& now = catalogue.Of(id);
    Id old_id = 0;
    const Stored* const old = catalogue.Find(before, now.path, &old_id);
    if (old != nullptr && old_id == id) continue;
    std::string crime;
    if (now.kind == Kind::kJob && old == nullptr) {
      crime = CrimeOfJob(catalogue, shape, begin, before, *now.job);
    } else if (now.kind == Kind::kRecord && now.record->decision) {
      crime =
          old != nullptr ? "a decision is changed" : CrimeOfDecision(catalogue, shape, before, now);
    } else if (now.kind == Kind::kRecord && now.record->kind == "plan" && old != nullptr) {
      crime = "a plan on record is changed";
    } else if (now.path == kRunPath && old != nullptr) {
      crime = CrimeOfStatus(catalogue, before, old->sync_job->status, now.sync_job->status);
    }
    if (!crime.empty()) return crime;
  }
  for (const Id id : before) {
    const Stored& old = catalogue.Of(id);
    if (catalogue.Find(after, old.path) != nullptr || old.kind != Kind::kRecord) continue;
    const syncjob::SyncJobStatus* const status = StatusIn(catalogue, before);
    if (status != nullptr && !status->IsTerminal() && status->attempt == old.record->attempt) {
      return "record " + old.path + " of the attempt at hand is removed";
    }
  }
  return {};
}

std::string CrimeOfState(Catalogue& catalogue, const Shape& shape, const State& state) {
  const Objects& objects = state.api.objects;
  Warehouse warehouse = state.warehouse;
  const Stored* const claim = catalogue.Find(objects, "configmaps/" + ClaimName(kTarget));
  const bool holds = claim != nullptr && FindHolder(claim->claim->claim, kRunUid) != nullptr;
  if (claim != nullptr && claim->claim->claim.holders.size() > 1) {
    return "two runs hold one target partition";
  }
  for (const Id id : objects) {
    const Stored& one = catalogue.Of(id);
    if (MayWrite(one) && !holds) {
      return "pod " + one.pod->meta.key.name + " may write, and its run does not hold the target";
    }
    if (one.kind != Kind::kRecord) continue;
    for (const auto& [shard, report] : one.record->reports) {
      const auto held = warehouse.held[static_cast<std::size_t>(one.record->attempt)];
      if ((held & (1U << shard)) == 0) {
        return "shard " + std::to_string(shard) + " is on record for attempt " +
               std::to_string(one.record->attempt) + ", which never sent it";
      }
    }
  }
  for (std::uint64_t shard = 0; shard < kShards; ++shard) {
    if (warehouse.visible[shard] > 1) {
      return "the rows of shard " + std::to_string(shard) + " are there " +
             std::to_string(warehouse.visible[shard]) + " times";
    }
  }
  const unsigned visible = std::accumulate(warehouse.visible.begin(), warehouse.visible.end(), 0U);
  if (shape.consistency_commit && visible % kShards != 0) {
    return "a part of the rows is visible";
  }
  const syncjob::SyncJobStatus* const status = StatusIn(catalogue, objects);
  if (status == nullptr) return {};
  if (syncjob::IsTrue(status->conditions, syncjob::kSucceeded)) {
    if (visible != kShards) return "the run has succeeded, and rows are missing";
    if (shape.truncate && warehouse.old_rows) {
      return "the run has succeeded, and the rows that it was to replace are there";
    }
  }
  const syncjob::Condition* const committed =
      syncjob::FindCondition(status->conditions, syncjob::kCommitted);
  const bool denied =
      status->IsTerminal() && committed != nullptr && committed->message == "nothing was committed";
  if (denied && visible > 0 && status->first_attempt == 1) {
    return "the status says that nothing was committed, and rows are visible";
  }
  return {};
}

std::string CrimeOfEnd(const Catalogue& catalogue, const State& state) {
  const Objects& objects = state.api.objects;
  const Stored* const run = catalogue.Find(objects, kRunPath);
  std::string left;
  for (const Id id : objects) {
    const Stored& one = catalogue.Of(id);
    const bool ours =
        one.kind == Kind::kJob || one.kind == Kind::kPod || one.kind == Kind::kRecord ||
        (one.kind == Kind::kClaim && FindHolder(one.claim->claim, kRunUid) != nullptr);
    if (ours && left.empty()) left = one.path;
  }
  if (run == nullptr || run->sync_job->status.IsTerminal()) {
    return left.empty() ? "" : "all is over, and " + left + " is left";
  }
  const syncjob::Condition* const summary =
      syncjob::FindCondition(run->sync_job->status.conditions, syncjob::kSucceeded);
  const std::string reason = summary == nullptr ? "" : summary->reason;
  if (run->sync_job->job.spec.suspend) {
    if (AnyPodAlive(catalogue, objects, kAttemptsMax)) return "suspended, and a pod lives";
    return reason == "Suspended" ? "" : "suspended, and its status says " + reason;
  }
  return "nothing happens any more, and the run is not over: " + reason;
}

}  // namespace culvert::control::model
