// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/cache_bytes.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace culvert::control {
namespace {

const std::string kLong(1'000, 'x');

/// How much more an object takes for a text of 1,000 bytes that `set` puts into it.
template <typename Object, typename Set>
std::size_t More(Object object, const Set& set) {
  const std::size_t before = BytesOf(object);
  set(object);
  return BytesOf(object) - before;
}

TEST(CacheBytesTest, AnObjectTakesItself) {
  EXPECT_GE(BytesOf(SyncJobObject()), sizeof(SyncJobObject));
  EXPECT_GE(BytesOf(ScheduleObject()), sizeof(ScheduleObject));
  EXPECT_GE(BytesOf(DataSourceObject()), sizeof(DataSourceObject));
  EXPECT_GE(BytesOf(JobObject()), sizeof(JobObject));
  EXPECT_GE(BytesOf(PodObject()), sizeof(PodObject));
  EXPECT_GE(BytesOf(RecordObject()), sizeof(RecordObject));
  EXPECT_GE(BytesOf(ClaimObject()), sizeof(ClaimObject));
}

TEST(CacheBytesTest, TextsCountOnceTheyAreOutside) {
  EXPECT_EQ(More(PodObject(), [](PodObject& pod) { pod.last_word = "short"; }), 0u);
  EXPECT_GE(More(PodObject(), [](PodObject& pod) { pod.last_word = kLong; }), 1'000u);
  EXPECT_GE(More(JobObject(), [](JobObject& job) { job.meta.key.name = kLong; }), 1'000u);
  EXPECT_GE(More(DataSourceObject(),
                 [](DataSourceObject& source) { source.data_source.endpoint = kLong; }),
            1'000u);
}

TEST(CacheBytesTest, PartsOfASyncJobCount) {
  const SyncJobObject job;
  EXPECT_GE(More(job,
                 [](SyncJobObject& one) {
                   one.status.conditions.push_back({.type = "Succeeded", .message = kLong});
                 }),
            1'000 + sizeof(syncjob::Condition));
  EXPECT_GE(More(job,
                 [](SyncJobObject& one) {
                   syncjob::MaxComputeSource table;
                   table.partition = {kLong, kLong};
                   one.job.spec.source = table;
                 }),
            2'000u);
  EXPECT_GE(More(job,
                 [](SyncJobObject& one) {
                   one.status.report = syncjob::ReportStatus{.committed_partitions = {kLong}};
                 }),
            1'000u);
}

TEST(CacheBytesTest, PartsOfAScheduleCount) {
  const ScheduleObject schedule;
  EXPECT_GE(More(schedule, [](ScheduleObject& one) { one.job_spec = kLong; }), 1'000u);
  EXPECT_GE(More(schedule, [](ScheduleObject& one) { one.schedule.schedules = {kLong, kLong}; }),
            2'000u);
  EXPECT_GE(More(schedule, [](ScheduleObject& one) { one.schedule.job_labels[kLong] = kLong; }),
            2'000u);
  EXPECT_GE(More(schedule,
                 [](ScheduleObject& one) {
                   one.schedule.parameters.push_back({.name = "day", .value = kLong});
                 }),
            1'000 + sizeof(syncjob::ScheduleParameter));
  EXPECT_GE(More(schedule,
                 [](ScheduleObject& one) { one.status.conditions.push_back({.message = kLong}); }),
            1'000 + sizeof(syncjob::Condition));
  EXPECT_GE(
      More(schedule, [](ScheduleObject& one) { one.status.active.push_back({.name = kLong}); }),
      1'000 + sizeof(syncjob::ActiveRun));
}

TEST(CacheBytesTest, ASizeIsTheSumOfItsObjects) {
  CacheSize size;
  const auto pod = std::make_shared<const PodObject>();
  size.Add(std::vector<PodPtr>{pod, pod});
  size.Add(std::vector<PodPtr>{pod});
  EXPECT_EQ(size.objects, 3u);
  EXPECT_EQ(size.bytes, 3 * BytesOf(*pod));
}

TEST(CacheBytesTest, PartsOfRecordsAndClaimsCount) {
  EXPECT_GE(More(RecordObject(),
                 [](RecordObject& record) {
                   syncjob::PlanSummary plan;
                   plan.targets = {kLong};
                   record.plan = std::make_shared<const syncjob::PlanSummary>(plan);
                 }),
            1'000 + sizeof(syncjob::PlanSummary));
  EXPECT_GE(More(RecordObject(), [](RecordObject& record) { record.reports[7]; }),
            sizeof(syncjob::ShardReport));
  EXPECT_GE(More(ClaimObject(),
                 [](ClaimObject& claim) { claim.claim.holders.push_back({.uid = kLong}); }),
            1'000 + sizeof(ClaimHolder));
}

}  // namespace
}  // namespace culvert::control
