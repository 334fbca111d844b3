// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_decide.h"

#include "libs/base/text.h"
#include "libs/base/time_format.h"
#include "libs/schedule/backfill.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <variant>

namespace culvert::control {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using syncjob::ConditionStatus;
using syncjob::SyncScheduleStatus;

constexpr std::size_t kPrintedBytesMax = 256;

std::optional<sys_seconds> TimeOf(const std::string& text) {
  const auto time = ParseRfc3339(text);
  if (!time) return std::nullopt;
  return std::chrono::floor<seconds>(*time);
}

/// The later of a time on record and another one.
void Raise(std::string& recorded, sys_seconds time) {
  const auto known = TimeOf(recorded);
  if (!known || *known < time) recorded = FormatRfc3339(time);
}

/// The lines of a schedule in one, as `kubectl get` shows them.
std::string PrintedLines(const ScheduleObject& schedule) {
  std::string lines;
  for (const std::string& line : schedule.schedule.schedules) {
    lines += (lines.empty() ? "" : "; ") + line;
  }
  return CutText(lines, kPrintedBytesMax);
}

bool Succeeded(const SyncJobObject& run) {
  return syncjob::IsTrue(run.status.conditions, syncjob::kSucceeded);
}

/// The runs of one planned time: the first, and its retries.
struct Group {
  std::vector<SyncJobPtr> runs;  // by their retry
  bool running = false;
  bool succeeded = false;
  std::optional<sys_seconds> retry_due;  // the last one failed, and is to be made again

  bool Busy() const { return running || retry_due.has_value(); }
  const SyncJobObject& Last() const { return *runs.back(); }
};
using Groups = std::map<sys_seconds, Group>;

class Deciding {
 public:
  Deciding(const ObservedSchedule& see, const ScheduleRules& rules, WallTime now)
      : see_(see),
        schedule_(*see.schedule),
        rules_(rules),
        wall_(now),
        now_(std::chrono::floor<seconds>(now)),
        status_(out_.status) {
    status_ = schedule_.status;
  }

  ScheduleDecision Decide() {
    ShowSpec();
    const bool begun = BeginTimetable();
    Gather();
    ShowRuns();
    if (begun) {
      // The times that count from now on are recorded before anything is decided by them.
      out_.look_again = wall_;
      return std::move(out_);
    }
    if (!schedule_.schedule.suspend) {
      Retry(planned_, "");
      for (auto& [name, groups] : backfills_) Retry(groups, name);
      Fire();
      Backfill();
    }
    ShowNext();
    Prune();
    return std::move(out_);
  }

 private:
  void LookAgain(sys_seconds time) {
    const WallTime wanted = std::max<WallTime>(time, wall_);
    out_.look_again = std::min(out_.look_again.value_or(wanted), wanted);
  }
  void Tell(std::string_view type, ConditionStatus value, std::string reason, std::string message) {
    syncjob::SetCondition(status_.conditions,
                          {.type = std::string(type),
                           .status = value,
                           .reason = std::move(reason),
                           .message = std::move(message),
                           .observed_generation = schedule_.meta.generation},
                          wall_);
  }
  void Note(bool warning, std::string reason, std::string action, std::string note) {
    out_.events.push_back({.warning = warning,
                           .reason = std::move(reason),
                           .action = std::move(action),
                           .note = std::move(note)});
  }

  void ShowSpec() {
    status_.observed_generation = schedule_.meta.generation;
    status_.printed_schedule = PrintedLines(schedule_);
    Tell(syncjob::kValid, ConditionStatus::kTrue, "Valid", "");
    Tell(syncjob::kReady, ConditionStatus::kTrue,
         schedule_.schedule.suspend ? "Suspended" : "Scheduled", "");
    syncjob::RemoveCondition(status_.conditions, syncjob::kStalled);
    syncjob::RemoveCondition(status_.conditions, syncjob::kReconciling);
  }

  /// True when the lines or the zone are new: planned times count from now, or for a new schedule
  /// from when it was made.
  bool BeginTimetable() {
    const syncjob::Condition* const ready =
        syncjob::FindCondition(schedule_.status.conditions, syncjob::kReady);
    const bool was_suspended = ready != nullptr && ready->reason == "Suspended";
    if (schedule_.schedule.suspend != was_suspended) status_.timetable_time = FormatRfc3339(now_);
    const bool known = TimeOf(status_.decided_until_time).has_value();
    if (known && status_.timetable_hash == rules_.timetable_hash) return false;
    const auto made = TimeOf(schedule_.meta.creation_timestamp);
    const sys_seconds since = known ? now_ : std::min(made.value_or(now_), now_);
    status_.timetable_hash = rules_.timetable_hash;
    status_.timetable_time = FormatRfc3339(since);
    Raise(status_.decided_until_time, since);
    return true;
  }

  void Gather() {
    for (const SyncJobPtr& run : see_.runs) {
      Groups& groups = run->firing->backfill.empty() ? planned_ : backfills_[run->firing->backfill];
      groups[run->firing->planned].runs.push_back(run);
    }
    GatherGroups(planned_);
    for (auto& [name, groups] : backfills_) GatherGroups(groups);
  }

  void GatherGroups(Groups& groups) {
    const auto retried = [this](const std::string& name) {
      return std::ranges::find(status_.retried_runs, name) != status_.retried_runs.end();
    };
    for (auto& [planned, group] : groups) {
      std::ranges::sort(group.runs, {}, [](const SyncJobPtr& run) {
        return std::pair(run->firing->retry, run->meta.key.name);
      });
      for (const SyncJobPtr& run : group.runs) {
        group.running = group.running || !run->status.IsTerminal();
        group.succeeded = group.succeeded || Succeeded(*run);
      }
      const SyncJobObject& last = group.Last();
      const bool again = !group.running && !group.succeeded &&
                         last.firing->retry < last.firing->retries_max && MayRetry(last) &&
                         !last.meta.IsBeingDeleted() && !retried(last.meta.key.name);
      if (!again) continue;
      group.retry_due = TimeOf(last.status.completion_time).value_or(now_) +
                        seconds(schedule_.schedule.retry_delay_seconds);
    }
  }

  void ShowRuns() {
    std::set<std::string> there;
    status_.active.clear();
    status_.active_count = 0;
    std::vector<SyncJobPtr> runs = see_.runs;
    std::ranges::sort(runs, {}, [](const SyncJobPtr& run) {
      return std::pair(run->firing->planned, run->meta.key.name);
    });
    for (const SyncJobPtr& run : runs) {
      there.insert(run->meta.key.name);
      if (run->firing->backfill.empty()) Raise(status_.last_schedule_time, run->firing->planned);
      if (Succeeded(*run)) {
        if (const auto end = TimeOf(run->status.completion_time)) {
          Raise(status_.last_successful_time, *end);
        }
        if (run->firing->backfill.empty()) {
          Raise(status_.last_successful_schedule_time, run->firing->planned);
        }
      }
      if (!run->status.IsTerminal()) Active(run->meta.key.name, run->firing->planned);
    }
    std::erase_if(status_.retried_runs,
                  [&](const std::string& name) { return !there.contains(name); });
  }

  void Active(const std::string& name, sys_seconds planned) {
    ++status_.active_count;
    if (status_.active.size() == syncjob::kActiveRunsShown) return;
    status_.active.push_back({.name = name, .schedule_time = FormatRfc3339(planned)});
  }

  void Create(RunRequest run) {
    const std::string name = ScheduledRunName(schedule_.schedule.name, run);
    if (run.backfill.empty()) Raise(status_.last_schedule_time, run.planned);
    Active(name, run.planned);
    Note(false, run.retry > 0 ? "RunRetried" : "RunCreated", "Create",
         "made SyncJob " + name + " for " + FormatRfc3339(run.planned) +
             (run.retry > 0 ? " because " + run.retry_of + " failed" : ""));
    out_.create.push_back(std::move(run));
  }

  void Retry(Groups& groups, const std::string& backfill) {
    for (auto& [planned, group] : groups) {
      if (!group.retry_due) continue;
      if (*group.retry_due > now_) {
        LookAgain(*group.retry_due);
        continue;
      }
      const SyncJobObject& last = group.Last();
      if (status_.retried_runs.size() == syncjob::kRetriedRunsMax) continue;
      status_.retried_runs.push_back(last.meta.key.name);
      Create({.planned = planned,
              .backfill = backfill,
              .retry = last.firing->retry + 1,
              .retry_of = last.meta.key.name});
    }
  }

  void Fire() {
    schedule::FiringState state{.decided_until = *TimeOf(status_.decided_until_time), .runs = {}};
    for (const auto& [planned, group] : planned_) {
      state.runs.push_back({.planned = planned, .running = group.Busy()});
    }
    const schedule::FiringDecision firing = schedule::DecideFirings(rules_.firing, state, now_);
    for (const sys_seconds planned : firing.start) Create({.planned = planned});
    status_.decided_until_time = FormatRfc3339(firing.decided_until);
    if (firing.missed > 0) {
      status_.missed_runs += firing.missed;
      if (firing.last_missed) status_.last_missed_time = FormatRfc3339(*firing.last_missed);
      Note(true, "RunMissed", "Decide",
           std::to_string(firing.missed) + (firing.missed_more ? " or more" : "") +
               " planned times started no run, the last of them " + status_.last_missed_time);
    }
    if (firing.stop_running) StopRunning();
    if (firing.look_again) LookAgain(*firing.look_again);
  }

  /// Replace. A run whose rows are all written is about to commit, and ends by itself.
  void StopRunning() {
    for (auto& [planned, group] : planned_) {
      const SyncJobObject& last = group.Last();
      if (group.retry_due) {
        if (status_.retried_runs.size() < syncjob::kRetriedRunsMax) {
          status_.retried_runs.push_back(last.meta.key.name);  // it has none, and shall get none
        }
        LookAgain(now_);
        continue;
      }
      for (const SyncJobPtr& run : group.runs) {
        const bool committing = syncjob::IsTrue(run->status.conditions, syncjob::kTransferred);
        if (run->status.IsTerminal() || committing || run->meta.IsBeingDeleted()) continue;
        out_.remove.push_back(run);
        Note(true, "RunReplaced", "Delete",
             "deleted SyncJob " + run->meta.key.name + ", a later run is due");
      }
    }
  }

  void Backfill() {
    const auto& spec = schedule_.schedule.backfill;
    auto& shown = status_.backfill;
    const bool other = shown && (!spec || shown->name != spec->name);
    if (other && shown->completion_time.empty()) FinishBackfill("was taken out of the spec");
    if (!spec || IsFinished(spec->name)) return;
    if (!shown || shown->name != spec->name) {
      shown = syncjob::BackfillStatus{.name = spec->name,
                                      .from = spec->from,
                                      .to = spec->to,
                                      .total = static_cast<std::int64_t>(rules_.backfill.size()),
                                      .start_time = FormatRfc3339(now_)};
      Note(false, "BackfillStarted", "Backfill",
           "backfill " + spec->name + " of " + std::to_string(rules_.backfill.size()) + " runs");
    }
    const auto started = TimeOf(shown->started_until_time);
    const Groups& groups = backfills_[spec->name];
    std::vector<schedule::BackfillRun> runs;
    std::int64_t removed = 0;
    using State = schedule::BackfillRun::State;
    for (const sys_seconds planned : rules_.backfill) {
      const auto found = groups.find(planned);
      if (found != groups.end()) {
        const Group& group = found->second;
        runs.push_back({.planned = planned,
                        .state = group.Busy()      ? State::kRunning
                                 : group.succeeded ? State::kSucceeded
                                                   : State::kFailed});
      } else if (started && planned <= *started) {
        ++removed;
        runs.push_back({.planned = planned, .state = State::kSucceeded});
      }
    }
    const schedule::BackfillDecision decision =
        schedule::DecideBackfill(rules_.backfill, runs,
                                 {.parallelism = static_cast<std::size_t>(spec->parallelism),
                                  .failures_max = static_cast<std::size_t>(spec->failure_limit)});
    for (const sys_seconds planned : decision.start) {
      Raise(shown->started_until_time, planned);
      Create({.planned = planned, .backfill = spec->name});
    }
    shown->running = static_cast<std::int64_t>(decision.running + decision.start.size());
    shown->succeeded = static_cast<std::int64_t>(decision.succeeded) - removed;
    shown->failed = static_cast<std::int64_t>(decision.failed);
    shown->removed = removed;
    shown->left = static_cast<std::int64_t>(decision.left);
    if (decision.finished) {
      FinishBackfill(std::to_string(shown->succeeded) + " succeeded, " +
                     std::to_string(shown->failed) + " failed, " + std::to_string(shown->left) +
                     " not started");
    }
  }

  bool IsFinished(const std::string& name) const {
    return std::ranges::find(status_.finished_backfills, name) != status_.finished_backfills.end();
  }

  void FinishBackfill(const std::string& how) {
    syncjob::BackfillStatus& backfill = *status_.backfill;
    backfill.completion_time = FormatRfc3339(now_);
    status_.finished_backfills.push_back(backfill.name);
    if (status_.finished_backfills.size() > syncjob::kFinishedBackfillsMax) {
      status_.finished_backfills.erase(status_.finished_backfills.begin());
    }
    Note(backfill.failed > 0, "BackfillFinished", "Backfill",
         "backfill " + backfill.name + ": " + how);
  }

  void ShowNext() {
    status_.next_schedule_time.clear();
    status_.runs_since_success = 0;
    if (schedule_.schedule.suspend) return;
    const schedule::Timetable& timetable = rules_.firing.timetable;
    const sys_seconds due = now_ - rules_.firing.jitter;
    if (const auto next = timetable.Next(due)) status_.next_schedule_time = FormatRfc3339(*next);
    sys_seconds since = TimeOf(status_.timetable_time).value_or(now_);
    if (const auto success = TimeOf(status_.last_successful_schedule_time)) {
      since = std::max(since, *success);
    }
    for (auto time = timetable.Next(since);
         time && *time <= due && status_.runs_since_success < schedule::kMissedCountMax;
         time = timetable.Next(*time)) {
      ++status_.runs_since_success;
    }
  }

  /// Finished runs above the limits. What is not decided yet by what is on record stays.
  void Prune() {
    const auto decided = TimeOf(schedule_.status.decided_until_time);
    if (decided) PruneGroups(planned_, *decided);
    for (auto& [name, groups] : backfills_) {
      const bool on_record = std::ranges::find(schedule_.status.finished_backfills, name) !=
                             schedule_.status.finished_backfills.end();
      if (on_record) PruneGroups(groups, sys_seconds::max());
    }
  }

  void PruneGroups(const Groups& groups, sys_seconds decided) {
    std::map<std::string, SyncJobPtr> by_name;
    std::vector<schedule::FinishedRun> finished;
    std::optional<sys_seconds> youngest;
    for (const auto& [planned, group] : groups) {
      if (group.Busy()) continue;
      for (const SyncJobPtr& run : group.runs) {
        const auto end = TimeOf(run->status.completion_time);
        if (!end || run->meta.IsBeingDeleted()) continue;
        by_name[run->meta.key.name] = run;
        youngest = std::max(youngest.value_or(*end), *end);
        finished.push_back({.name = run->meta.key.name,
                            .planned = planned,
                            .finished = *end,
                            .succeeded = Succeeded(*run)});
      }
    }
    for (const std::string& name :
         schedule::RunsToDelete(std::move(finished), rules_.history, decided, now_)) {
      out_.remove.push_back(by_name.at(name));
    }
    if (youngest && *youngest + schedule::kHistoryAgeMin > now_) {
      LookAgain(*youngest + schedule::kHistoryAgeMin);
    }
  }

  const ObservedSchedule& see_;
  const ScheduleObject& schedule_;
  const ScheduleRules& rules_;
  const WallTime wall_;
  const sys_seconds now_;
  ScheduleDecision out_;
  SyncScheduleStatus& status_;  // of out_
  Groups planned_;
  std::map<std::string, Groups> backfills_;  // by the backfill's name
};

}  // namespace

bool MayRetry(const SyncJobObject& run) {
  // Words of ends after which rows may be visible, or statements may have done their work.
  constexpr std::array kNever = std::to_array<std::string_view>(
      {"CommitOutcomeUnknown", "PartiallyCommitted", "VerificationFailed", "PostSqlFailed"});
  if (!syncjob::IsFalse(run.status.conditions, syncjob::kSucceeded) || !run.problem.empty()) {
    return false;
  }
  const syncjob::Condition* const end =
      syncjob::FindCondition(run.status.conditions, syncjob::kSucceeded);
  if (std::ranges::find(kNever, end->reason) != kNever.end()) return false;
  if (syncjob::IsTrue(run.status.conditions, syncjob::kCommitted)) return false;
  const auto* const target = std::get_if<syncjob::MaxComputeTarget>(&run.job.spec.target);
  if (target == nullptr || target->truncate) return true;
  const bool some = run.status.report && run.status.report->committed_partitions_total > 0;
  return target->consistency_commit && !some;
}

bool IsChecked(const ScheduleObject& schedule) {
  const syncjob::Condition* const valid =
      syncjob::FindCondition(schedule.status.conditions, syncjob::kValid);
  return valid != nullptr && valid->status == ConditionStatus::kTrue &&
         valid->observed_generation == schedule.meta.generation;
}

ScheduleDecision DecideSchedule(const ObservedSchedule& see, const ScheduleRules& rules,
                                WallTime now) {
  return Deciding(see, rules, now).Decide();
}

ScheduleDecision RefuseSchedule(const ObservedSchedule& see, const Error& error, WallTime now) {
  const ScheduleObject& schedule = *see.schedule;
  ScheduleDecision out{.status = schedule.status};
  out.status.observed_generation = schedule.meta.generation;
  out.status.printed_schedule = PrintedLines(schedule);
  out.status.next_schedule_time.clear();
  const std::string reason =
      error.reason.empty() || error.reason == "Invalid" ? std::string("InvalidSpec") : error.reason;
  const syncjob::Condition* const before =
      syncjob::FindCondition(schedule.status.conditions, syncjob::kValid);
  const auto tell = [&](std::string_view type, ConditionStatus value) {
    syncjob::SetCondition(out.status.conditions,
                          {.type = std::string(type),
                           .status = value,
                           .reason = reason,
                           .message = error.message,
                           .observed_generation = schedule.meta.generation},
                          now);
  };
  tell(syncjob::kValid, ConditionStatus::kFalse);
  tell(syncjob::kReady, ConditionStatus::kFalse);
  tell(syncjob::kStalled, ConditionStatus::kTrue);
  syncjob::RemoveCondition(out.status.conditions, syncjob::kReconciling);
  if (before == nullptr || before->reason != reason || before->message != error.message) {
    out.events.push_back(
        {.warning = true, .reason = reason, .action = "Validate", .note = error.message});
  }
  return out;
}

}  // namespace culvert::control
