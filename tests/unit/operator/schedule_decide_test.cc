// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_decide.h"

#include "libs/base/time_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace culvert::control {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

WallTime Moment(const std::string& text) { return ParseRfc3339(text).value(); }

/// A schedule as the caches have it, put together step by step: hourly, made at 09:30 and looked at
/// since.
class ASchedule {
 public:
  ASchedule() {
    object.meta.key = {.name_space = "default", .name = "s"};
    object.meta.uid = "u";
    object.meta.resource_version = "5";
    object.meta.generation = 1;
    object.meta.creation_timestamp = "2025-03-31T09:30:00Z";
    object.schedule.name = "s";
    object.schedule.schedules = {"0 * * * *"};
    object.schedule.time_zone = "UTC";
    object.status.decided_until_time = "2025-03-31T09:30:00Z";
    object.status.timetable_time = "2025-03-31T09:30:00Z";
  }
  ASchedule& Run(const std::string& planned, const std::string& end,
                 const std::string& backfill = "", int retry = 0,
                 const std::string& reason = "SourceChanged") {
    auto run = std::make_shared<SyncJobObject>();
    const RunRequest request{.planned = std::chrono::floor<seconds>(Moment(planned)),
                             .backfill = backfill,
                             .retry = retry};
    run->meta.key = {.name_space = "default", .name = ScheduledRunName("s", request)};
    run->meta.uid = "run-" + planned;
    run->meta.resource_version = "7";
    syncjob::MaxComputeTarget target;
    target.truncate = true;
    run->job.spec.target = target;
    run->firing = std::make_shared<const Firing>(Firing{.schedule_uid = "u",
                                                        .schedule = "s",
                                                        .planned = request.planned,
                                                        .backfill = backfill,
                                                        .retry = retry,
                                                        .retries_max = object.schedule.retries});
    if (!end.empty()) {
      const bool failed = end.starts_with("failed ");
      run->status.completion_time = failed ? end.substr(7) : end;
      run->status.conditions = {
          {.type = "Succeeded",
           .status = failed ? syncjob::ConditionStatus::kFalse : syncjob::ConditionStatus::kTrue,
           .reason = failed ? reason : "Succeeded"}};
    }
    runs.push_back(std::move(run));
    return *this;
  }
  ScheduleDecision Decide(const std::string& now) {
    ObservedSchedule see{.schedule = std::make_shared<const ScheduleObject>(object), .runs = {}};
    for (const auto& run : runs) see.runs.push_back(run);
    auto rules = RulesOf(object, schedule::ZoneDatabase());
    EXPECT_TRUE(rules.has_value()) << rules.error().message;
    if (object.status.timetable_hash.empty()) {
      object.status.timetable_hash = rules->timetable_hash;
      see.schedule = std::make_shared<const ScheduleObject>(object);
    }
    return DecideSchedule(see, *rules, Moment(now));
  }
  /// What was decided is written down.
  void Write(const ScheduleDecision& decision) { object.status = decision.status; }

  ScheduleObject object;
  std::vector<std::shared_ptr<SyncJobObject>> runs;
};

std::vector<std::string> Names(const ScheduleDecision& decision) {
  std::vector<std::string> names;
  for (const RunRequest& run : decision.create) names.push_back(ScheduledRunName("s", run));
  return names;
}
std::vector<std::string> Removed(const ScheduleDecision& decision) {
  std::vector<std::string> names;
  for (const SyncJobPtr& run : decision.remove) names.push_back(run->meta.key.name);
  return names;
}
std::string Reasons(const ScheduleDecision& decision) {
  std::string reasons;
  for (const EventNote& note : decision.events) reasons += note.reason + " ";
  return reasons;
}

TEST(ScheduleDecideTest, StartsWhatIsDueAndSaysWhatIsNext) {
  ASchedule one;
  const ScheduleDecision early = one.Decide("2025-03-31T09:59:59Z");
  EXPECT_THAT(Names(early), IsEmpty());
  EXPECT_EQ(FormatRfc3339(*early.look_again), "2025-03-31T10:00:00Z");
  EXPECT_EQ(early.status.next_schedule_time, "2025-03-31T10:00:00Z");
  const ScheduleDecision due = one.Decide("2025-03-31T10:00:00Z");
  EXPECT_THAT(Names(due), ElementsAre("s-20250331t100000z"));
  EXPECT_EQ(due.status.decided_until_time, "2025-03-31T10:00:00Z");
  EXPECT_EQ(due.status.last_schedule_time, "2025-03-31T10:00:00Z");
  EXPECT_EQ(due.status.next_schedule_time, "2025-03-31T11:00:00Z");
  EXPECT_EQ(due.status.active_count, 1);
  EXPECT_EQ(due.status.runs_since_success, 1);
  EXPECT_EQ(Reasons(due), "RunCreated ");
  EXPECT_TRUE(syncjob::IsTrue(due.status.conditions, syncjob::kReady));
}

TEST(ScheduleDecideTest, ANewScheduleCountsFromWhenItWasMade) {
  ASchedule one;
  one.object.status = {};
  one.object.status.timetable_hash = "another";
  const ScheduleDecision begun = one.Decide("2025-03-31T10:00:30Z");
  EXPECT_THAT(Names(begun), IsEmpty());  // recorded first
  EXPECT_EQ(begun.status.decided_until_time, "2025-03-31T09:30:00Z");
  EXPECT_EQ(*begun.look_again, Moment("2025-03-31T10:00:30Z"));
  one.Write(begun);
  EXPECT_THAT(Names(one.Decide("2025-03-31T10:00:30Z")), ElementsAre("s-20250331t100000z"));
}

TEST(ScheduleDecideTest, OtherLinesCountFromNow) {
  ASchedule one;
  one.Write(one.Decide("2025-03-31T10:00:00Z"));
  one.object.schedule.schedules = {"*/5 * * * *"};
  const ScheduleDecision changed = one.Decide("2025-03-31T10:31:00Z");
  EXPECT_THAT(Names(changed), IsEmpty());
  EXPECT_EQ(changed.status.decided_until_time, "2025-03-31T10:31:00Z");
  one.Write(changed);
  EXPECT_THAT(Names(one.Decide("2025-03-31T10:35:00Z")), ElementsAre("s-20250331t103500z"));
  EXPECT_EQ(one.Decide("2025-03-31T10:35:00Z").status.missed_runs, 0);
}

// Feature: Catch-up
TEST(ScheduleDecideTest, MissedTimesAreCountedOnce) {
  ASchedule one;
  const ScheduleDecision late = one.Decide("2025-03-31T14:10:00Z");
  EXPECT_THAT(Names(late), ElementsAre("s-20250331t140000z"));
  EXPECT_EQ(late.status.missed_runs, 4);
  EXPECT_EQ(late.status.last_missed_time, "2025-03-31T13:00:00Z");
  EXPECT_THAT(Reasons(late), HasSubstr("RunMissed"));
  one.Write(late);
  one.Run("2025-03-31T14:00:00Z", "");
  EXPECT_EQ(one.Decide("2025-03-31T14:11:00Z").status.missed_runs, 4);
}

// Feature: Concurrency policy
TEST(ScheduleDecideTest, ForbidWaitsUntilTheRunAndItsRetriesAreOver) {
  ASchedule one;
  one.object.schedule.retries = 1;
  one.object.status.decided_until_time = "2025-03-31T10:00:00Z";
  one.Run("2025-03-31T10:00:00Z", "");
  EXPECT_THAT(Names(one.Decide("2025-03-31T11:00:00Z")), IsEmpty());
  one.runs.clear();
  one.Run("2025-03-31T10:00:00Z", "failed 2025-03-31T11:00:10Z");
  const ScheduleDecision waits = one.Decide("2025-03-31T11:00:20Z");
  EXPECT_THAT(Names(waits), IsEmpty());
  EXPECT_EQ(FormatRfc3339(*waits.look_again), "2025-03-31T11:02:10Z");
  const ScheduleDecision again = one.Decide("2025-03-31T11:02:10Z");
  EXPECT_THAT(Names(again), ElementsAre("s-20250331t100000z.r1"));
  EXPECT_THAT(again.status.retried_runs, ElementsAre("s-20250331t100000z"));
  EXPECT_EQ(again.create[0].retry_of, "s-20250331t100000z");
  one.Write(again);
  // The retry was deleted by hand: it is not made again, and the planned time is over.
  EXPECT_THAT(Names(one.Decide("2025-03-31T11:02:20Z")), ElementsAre("s-20250331t110000z"));
  one.Run("2025-03-31T10:00:00Z", "failed 2025-03-31T11:05:00Z", "", 1);
  const ScheduleDecision over = one.Decide("2025-03-31T11:10:00Z");
  EXPECT_THAT(Names(over), ElementsAre("s-20250331t110000z"));
}

// Feature: Retries and history
TEST(ScheduleDecideTest, ARunIsMadeAgainOnlyWhereNoRowCanBeThereTwice) {
  const auto again = [](const std::string& reason, const syncjob::MaxComputeTarget& target,
                        std::uint64_t committed) {
    ASchedule one;
    one.object.schedule.retries = 1;
    one.Run("2025-03-31T09:00:00Z", "failed 2025-03-31T09:10:00Z", "", 0, reason);
    SyncJobObject run = *one.runs[0];
    run.job.spec.target = target;
    run.status.report = syncjob::ReportStatus{.committed_partitions_total = committed};
    return MayRetry(run);
  };
  syncjob::MaxComputeTarget replaces;
  replaces.truncate = true;
  syncjob::MaxComputeTarget appends;
  appends.consistency_commit = true;
  const syncjob::MaxComputeTarget shards;
  EXPECT_TRUE(again("PoisonShard", replaces, 0));
  EXPECT_TRUE(again("PoisonShard", replaces, 3));
  EXPECT_TRUE(again("PoisonShard", appends, 0));
  EXPECT_FALSE(again("PoisonShard", appends, 1));
  EXPECT_FALSE(again("PoisonShard", shards, 0));
  for (const char* never :
       {"CommitOutcomeUnknown", "PartiallyCommitted", "VerificationFailed", "PostSqlFailed"}) {
    EXPECT_FALSE(again(never, replaces, 0)) << never;
  }
}

TEST(ScheduleDecideTest, RetriesAreThoseThatTheRunWasMadeWith) {
  ASchedule one;
  one.object.status.decided_until_time = "2025-03-31T10:00:00Z";
  one.Run("2025-03-31T10:00:00Z", "failed 2025-03-31T10:05:00Z");
  one.object.schedule.retries = 3;  // later
  EXPECT_THAT(Names(one.Decide("2025-03-31T10:30:00Z")), IsEmpty());
}

// Feature: Concurrency policy
TEST(ScheduleDecideTest, ReplaceStopsWhatDoesNotCommitYet) {
  ASchedule one;
  one.object.schedule.concurrency_policy = syncjob::ConcurrencyPolicy::kReplace;
  one.object.status.decided_until_time = "2025-03-31T10:00:00Z";
  one.Run("2025-03-31T10:00:00Z", "");
  const ScheduleDecision stops = one.Decide("2025-03-31T11:00:00Z");
  EXPECT_THAT(Names(stops), IsEmpty());
  EXPECT_THAT(Removed(stops), ElementsAre("s-20250331t100000z"));
  EXPECT_EQ(Reasons(stops), "RunReplaced ");
  one.runs[0]->status.conditions = {
      {.type = "Transferred", .status = syncjob::ConditionStatus::kTrue, .reason = "Transferred"}};
  EXPECT_THAT(Removed(one.Decide("2025-03-31T11:00:00Z")), IsEmpty());
  one.runs.clear();
  EXPECT_THAT(Names(one.Decide("2025-03-31T11:00:05Z")), ElementsAre("s-20250331t110000z"));
}

// Feature: Catch-up
TEST(ScheduleDecideTest, SuspendStartsNothingAndCatchesUpByItsPolicy) {
  ASchedule one;
  one.object.schedule.suspend = true;
  one.object.schedule.backfill = {
      {.name = "b", .from = "2025-03-01", .to = "2025-03-02", .parallelism = 2}};
  const ScheduleDecision suspended = one.Decide("2025-03-31T12:00:00Z");
  EXPECT_THAT(Names(suspended), IsEmpty());
  EXPECT_EQ(suspended.status.next_schedule_time, "");
  EXPECT_EQ(suspended.status.runs_since_success, 0);
  EXPECT_EQ(syncjob::FindCondition(suspended.status.conditions, syncjob::kReady)->reason,
            "Suspended");
  one.Write(suspended);
  EXPECT_EQ(one.Decide("2025-03-31T12:30:00Z").status, suspended.status);  // nothing to write
  one.object.schedule.suspend = false;
  one.object.schedule.backfill.reset();
  const ScheduleDecision resumed = one.Decide("2025-03-31T12:40:00Z");
  EXPECT_THAT(Names(resumed), ElementsAre("s-20250331t120000z"));
  EXPECT_EQ(resumed.status.missed_runs, 2);
  EXPECT_EQ(resumed.status.runs_since_success, 0);  // counted from when it was resumed
}

// Feature: Retries and history
TEST(ScheduleDecideTest, HistoryGoesOnceItIsDecidedAndTenMinutesOld) {
  ASchedule one;
  one.object.schedule.successful_jobs_history_limit = 1;
  one.object.status.decided_until_time = "2025-03-31T11:00:00Z";
  one.Run("2025-03-31T10:00:00Z", "2025-03-31T10:20:00Z");
  one.Run("2025-03-31T11:00:00Z", "2025-03-31T11:20:00Z");
  const ScheduleDecision pruned = one.Decide("2025-03-31T11:31:00Z");
  EXPECT_THAT(Removed(pruned), ElementsAre("s-20250331t100000z"));
  EXPECT_EQ(pruned.status.last_successful_time, "2025-03-31T11:20:00Z");
  EXPECT_EQ(pruned.status.last_successful_schedule_time, "2025-03-31T11:00:00Z");
  one.object.status.decided_until_time = "2025-03-31T09:30:00Z";  // not on record yet
  EXPECT_THAT(Removed(one.Decide("2025-03-31T11:31:00Z")), IsEmpty());
}

// Feature: Backfill over business dates
TEST(ScheduleDecideTest, ABackfillIsDoneOnceOldestFirst) {
  ASchedule one;
  one.object.schedule.schedules = {"10 0 * * *"};
  one.object.schedule.backfill = {
      {.name = "march", .from = "2025-03-01", .to = "2025-03-03", .parallelism = 2}};
  const std::string now = "2025-03-31T12:00:00Z";
  const ScheduleDecision first = one.Decide(now);
  EXPECT_THAT(Names(first), ElementsAre("s.march-20250302t001000z", "s.march-20250303t001000z"));
  EXPECT_EQ(first.status.backfill->left, 1);
  EXPECT_EQ(first.status.backfill->running, 2);
  EXPECT_EQ(first.status.backfill->started_until_time, "2025-03-03T00:10:00Z");
  EXPECT_EQ(first.status.last_schedule_time, "");  // it says nothing of planned ones
  one.Write(first);
  // One is over, the other one was removed by hand: it does not start again.
  one.Run("2025-03-02T00:10:00Z", "2025-03-31T12:01:00Z", "march");
  const ScheduleDecision second = one.Decide(now);
  EXPECT_THAT(Names(second), ElementsAre("s.march-20250304t001000z"));
  EXPECT_EQ(second.status.backfill->removed, 1);
  EXPECT_EQ(second.status.backfill->succeeded, 1);
  one.Write(second);
  one.Run("2025-03-04T00:10:00Z", "failed 2025-03-31T12:02:00Z", "march");
  const ScheduleDecision last = one.Decide(now);
  EXPECT_THAT(Names(last), IsEmpty());
  EXPECT_THAT(last.status.finished_backfills, ElementsAre("march"));
  EXPECT_EQ(last.status.backfill->failed, 1);
  EXPECT_NE(last.status.backfill->completion_time, "");
  EXPECT_THAT(Reasons(last), HasSubstr("BackfillFinished"));
  one.Write(last);
  one.runs.clear();
  EXPECT_THAT(Names(one.Decide(now)), IsEmpty());  // once
  one.object.schedule.backfill->name = "march-2";
  EXPECT_THAT(Names(one.Decide(now)),
              ElementsAre("s.march-2-20250302t001000z", "s.march-2-20250303t001000z"));
}

TEST(ScheduleDecideTest, ABackfillStopsAtItsFailureLimit) {
  ASchedule one;
  one.object.schedule.schedules = {"10 0 * * *"};
  one.object.schedule.backfill = {{.name = "b", .from = "2025-03-01", .to = "2025-03-05"}};
  one.Write(one.Decide("2025-03-31T12:00:00Z"));
  one.Run("2025-03-02T00:10:00Z", "failed 2025-03-31T12:01:00Z", "b");
  const ScheduleDecision stopped = one.Decide("2025-03-31T12:02:00Z");
  EXPECT_THAT(Names(stopped), IsEmpty());
  EXPECT_EQ(stopped.status.backfill->left, 4);
  EXPECT_THAT(stopped.status.finished_backfills, ElementsAre("b"));
}

TEST(ScheduleDecideTest, TakenOutOfTheSpecABackfillIsOver) {
  ASchedule one;
  one.object.schedule.schedules = {"10 0 * * *"};
  one.object.schedule.backfill = {{.name = "b", .from = "2025-03-01", .to = "2025-03-05"}};
  one.Write(one.Decide("2025-03-31T12:00:00Z"));
  one.object.schedule.backfill.reset();
  const ScheduleDecision out = one.Decide("2025-03-31T12:02:00Z");
  EXPECT_THAT(Names(out), IsEmpty());
  EXPECT_THAT(out.status.finished_backfills, ElementsAre("b"));
}

TEST(ScheduleDecideTest, ARefusedSpecDecidesNoTime) {
  ASchedule one;
  one.object.status.printed_schedule = "what it was before";
  const ObservedSchedule see{.schedule = std::make_shared<const ScheduleObject>(one.object),
                             .runs = {}};
  const ScheduleDecision refused = RefuseSchedule(
      see, InvalidArgument("spec.schedule: column 3: no"), Moment("2025-03-31T11:00:00Z"));
  EXPECT_TRUE(refused.create.empty());
  EXPECT_EQ(refused.status.decided_until_time, "2025-03-31T09:30:00Z");
  EXPECT_EQ(refused.status.printed_schedule,
            one.Decide("2025-03-31T11:00:00Z").status.printed_schedule);
  EXPECT_TRUE(syncjob::IsFalse(refused.status.conditions, syncjob::kValid));
  EXPECT_TRUE(syncjob::IsTrue(refused.status.conditions, syncjob::kStalled));
  EXPECT_EQ(Reasons(refused), "InvalidSpec ");
  // Said once.
  one.Write(refused);
  const ObservedSchedule again{.schedule = std::make_shared<const ScheduleObject>(one.object),
                               .runs = {}};
  EXPECT_EQ(Reasons(RefuseSchedule(again, InvalidArgument("spec.schedule: column 3: no"),
                                   Moment("2025-03-31T11:00:00Z"))),
            "");
  // Corrected, it catches up.
  EXPECT_THAT(Names(one.Decide("2025-03-31T11:20:00Z")), ElementsAre("s-20250331t110000z"));
}

}  // namespace
}  // namespace culvert::control
