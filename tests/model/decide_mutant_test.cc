// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/decide.h"
#include "tests/model/explorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <variant>

// The model finds what is wrong: Decide, made worse in one way each.

namespace culvert::control::model {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kEnough = 300'000;

/// What of `see` is about a plan on record, changed.
Observed WithPlans(Observed see, const std::function<void(syncjob::PlanSummary&)>& change) {
  for (RecordPtr& record : see.records) {
    if (record->plan == nullptr) continue;
    RecordObject changed = *record;
    syncjob::PlanSummary plan = *changed.plan;
    change(plan);
    changed.plan = std::make_shared<const syncjob::PlanSummary>(plan);
    record = std::make_shared<const RecordObject>(changed);
  }
  return see;
}

Decision CommitsBeforeAllShardsAreDone(const Observed& see, const Policy& policy, WallTime now) {
  return Decide(WithPlans(see, [](syncjob::PlanSummary& plan) { plan.status.shards = 1; }), policy,
                now);
}

Decision TakesShardsOfAnyAttempt(const Observed& see, const Policy& policy, WallTime now) {
  Observed all = see;
  for (PodPtr& pod : all.pods) {
    PodObject renamed = *pod;
    renamed.attempt = see.job->status.attempt;
    pod = std::make_shared<const PodObject>(renamed);
  }
  return Decide(all, policy, now);
}

Decision DoesNotWaitForTheRecordOfAPlan(const Observed& see, const Policy& policy, WallTime now) {
  Observed hasty = see;
  const std::int32_t attempt = see.job->status.attempt;
  const bool made = std::ranges::any_of(
      see.pods, [](const PodPtr& pod) { return pod->step == "plan" && pod->phase == "Succeeded"; });
  const bool recorded = std::ranges::any_of(
      see.records, [](const RecordPtr& record) { return record->plan != nullptr; });
  if (made && !recorded) {
    RecordObject record;
    record.run_uid = kRunUid;
    record.kind = "plan";
    record.attempt = attempt;
    record.plan = std::make_shared<const syncjob::PlanSummary>(
        syncjob::Summarize(PlanOf({.name = ""}, attempt)));
    hasty.records.push_back(std::make_shared<const RecordObject>(record));
  }
  return Decide(hasty, policy, now);
}

Decision NeverDeletesAJob(const Observed& see, const Policy& policy, WallTime now) {
  Decision decision = Decide(see, policy, now);
  std::erase_if(decision.actions,
                [](const Action& action) { return std::holds_alternative<DeleteJob>(action); });
  return decision;
}

Decision BeginsAnewWhileOldPodsLive(const Observed& see, const Policy& policy, WallTime now) {
  Observed blind = see;
  std::erase_if(blind.pods, [](const PodPtr& pod) { return pod->IsAlive(); });
  std::erase_if(blind.jobs, [](const JobPtr& job) { return !job->IsFinished(); });
  return Decide(see.job->status.attempt > 0 ? blind : see, policy, now);
}

void Caught(const Shape& shape, const Judge& judge, const std::string& crime) {
  const Findings found = Explore(shape, judge, kEnough);
  std::cout << found.Text() << "\n";
  EXPECT_THAT(found.crime, HasSubstr(crime));
  EXPECT_FALSE(found.trace.empty());
}

TEST(DecideMutantTest, ACommitBeforeAllShardsAreDone) {
  Caught({.name = "Shards", .faults = 0, .wishes = 0}, &CommitsBeforeAllShardsAreDone,
         "a commit is decided with the reports of 1 of 2 shards");
}

TEST(DecideMutantTest, AShardOfAnotherAttempt) {
  Caught({.name = "ShardsReplace", .truncate = true, .faults = 1, .wishes = 0},
         &TakesShardsOfAnyAttempt, "is on record for attempt 2, which never sent it");
}

TEST(DecideMutantTest, ATransferBeforeThePlanIsOnRecord) {
  Caught({.name = "Shards", .faults = 0, .wishes = 0}, &DoesNotWaitForTheRecordOfAPlan,
         "is created before the plan is on record");
}

TEST(DecideMutantTest, AJobThatIsLeftBehind) {
  Caught({.name = "SmallAppend", .small = true, .faults = 0, .wishes = 0}, &NeverDeletesAJob,
         "is left");
}

TEST(DecideMutantTest, PodsThatAreOverlooked) {
  Caught({.name = "SmallReplace", .small = true, .truncate = true, .faults = 1, .wishes = 1},
         &BeginsAnewWhileOldPodsLive, "begins while a pod of the one before lives");
}

}  // namespace
}  // namespace culvert::control::model
