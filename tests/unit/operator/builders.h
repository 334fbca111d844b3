// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/time_format.h"
#include "libs/syncjob/step_message.h"
#include "operator/child_objects.h"
#include "operator/decide.h"
#include "operator/names.h"
#include "operator/observed.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace culvert::control {

inline const WallTime kNow = ParseRfc3339("2026-01-02T03:04:05Z").value();
inline std::string At(std::chrono::seconds offset) { return FormatRfc3339(kNow + offset); }

/// A run as the caches might have it, put together step by step.
class ARun {
 public:
  ARun() {
    job.meta.key = {.name_space = "default", .name = "copy"};
    job.meta.uid = "1a2b3c4d-uid";
    job.meta.resource_version = "5";
    job.meta.generation = 1;
    job.meta.creation_timestamp = At(std::chrono::seconds(-100));
    job.job.name = "copy";
    job.job.spec.source = Source();
    job.job.spec.target = Target();
    job.job.spec.speed.concurrent = 4;
    job.job.spec.threads = 2;
    source.meta.key = {.name_space = "default", .name = "from"};
    source.data_source.name = "from";
    source.data_source.project = "sales";
    source.data_source.credentials_secret = "key";
    target = source;
    target.meta.key.name = "to";
    target.data_source.name = "to";
  }

  static syncjob::MaxComputeSource Source() {
    syncjob::MaxComputeSource table;
    table.data_source = "from";
    table.table = "flights";
    table.column = {"*"};
    return table;
  }
  static syncjob::MaxComputeTarget Target() {
    syncjob::MaxComputeTarget table;
    table.data_source = "to";
    table.table = "Copy";
    table.partition = "load=1";
    table.column = {"*"};
    table.consistency_commit = true;
    return table;
  }
  syncjob::MaxComputeTarget& target_table() {
    return std::get<syncjob::MaxComputeTarget>(job.job.spec.target);
  }

  /// The first look has been taken and written down, claim and streams are held.
  ARun& Begun(std::int32_t attempt = 1) {
    job.status.attempt = attempt;
    job.status.first_attempt = 1;
    job.status.start_time = At(std::chrono::seconds(-60));
    job.status.streams = 4;
    job.status.run_nonce = job.job.run_nonce;
    Claim({"load=1"});
    return *this;
  }
  ARun& Claim(std::vector<std::string> partitions) {
    claim = TargetClaim{
        .target = "sales/default/copy",
        .holders = {
            {.job = job.meta.key, .uid = job.meta.uid, .partitions = std::move(partitions)}}};
    held = {*claim};
    return *this;
  }
  ARun& Record(const std::string& kind, std::int32_t attempt, RecordObject record = {}) {
    record.meta.key = {.name_space = "default",
                       .name = "copy-" + kind + "-" + std::to_string(attempt)};
    record.meta.uid = "record-" + kind + std::to_string(attempt);
    record.run_uid = job.meta.uid;
    record.kind = kind;
    record.attempt = attempt;
    records.push_back(std::make_shared<const RecordObject>(std::move(record)));
    return *this;
  }
  std::uint64_t dirty_max = 0;  // of the plan

  syncjob::PlanSummary Summary(std::uint64_t shards) const {
    syncjob::PlanSummary plan;
    plan.attempt = job.status.attempt;
    plan.job = "default/copy";
    plan.status = {.partitions = 2,
                   .targets = 1,
                   .shards = shards,
                   .rows = shards * 100,
                   .bytes = 1,
                   .hash = "hash",
                   .route = "typed",
                   .small = false};
    plan.target = "sales/default/copy";
    plan.has_sessions = true;
    const auto& table = std::get<syncjob::MaxComputeTarget>(job.job.spec.target);
    plan.consistency_commit = table.consistency_commit;
    plan.replaces = table.truncate;
    plan.prepares = table.truncate && !table.consistency_commit;
    plan.speed = job.job.spec.speed;
    plan.threads = job.job.spec.threads;
    plan.secrets = {"key"};
    plan.targets = {"load=1"};
    plan.dirty_max = dirty_max;
    return plan;
  }
  /// The plan is on record.
  ARun& Planned(std::uint64_t shards = 3, bool small = false) {
    syncjob::PlanSummary plan = Summary(shards);
    plan.status.small = small;
    job.status.plan = plan.status;
    RecordObject record;
    record.plan = std::make_shared<const syncjob::PlanSummary>(std::move(plan));
    Record("input", job.status.attempt);
    Record("plan", job.status.attempt, std::move(record));
    Job("plan").complete = true;
    return *this;
  }
  ARun& Decided(bool commit, const std::string& reason = "") {
    RecordObject record;
    record.decision = syncjob::CommitDecision{
        .commit = commit, .attempt = job.status.attempt, .plan_hash = "hash", .reason = reason};
    return Record("decision", job.status.attempt, std::move(record));
  }
  ARun& Reported(std::uint64_t shards, std::uint64_t dirty = 0) {
    RecordObject record;
    for (std::uint64_t i = 0; i < shards; ++i) record.reports[i] = Report(i, dirty);
    return Record("reports", job.status.attempt, std::move(record));
  }
  static syncjob::ShardReport Report(std::uint64_t shard, std::uint64_t dirty = 0) {
    return {.shard = shard,
            .rows_read = 100,
            .rows_written = 100 - dirty,
            .rows_dirty = dirty,
            .bytes_raw = 1'000,
            .route = "typed"};
  }
  /// A Job of the current attempt, to be changed at will.
  JobObject& Job(const std::string& step) {
    auto one = std::make_shared<JobObject>();
    one->meta.key = {.name_space = "default",
                     .name = "copy-" + std::to_string(job.status.attempt) + "-" + step};
    one->meta.uid = "job-" + step + std::to_string(job.status.attempt);
    one->meta.creation_timestamp = At(std::chrono::seconds(-30));
    one->run_uid = job.meta.uid;
    one->step = step;
    one->attempt = job.status.attempt;
    one->ended = At(std::chrono::seconds(-20));
    one->resources = ResourcesHash(job.runner);
    jobs.push_back(one);
    return *one;
  }
  /// A pod of that Job, running until told otherwise.
  PodObject& Pod(const JobObject& owner, std::int64_t index = 0) {
    auto one = std::make_shared<PodObject>();
    one->meta.key = {.name_space = "default",
                     .name = owner.meta.key.name + "-" + std::to_string(pods.size())};
    one->meta.uid = "pod-" + std::to_string(pods.size());
    one->run_uid = job.meta.uid;
    one->step = owner.step;
    one->attempt = owner.attempt;
    one->index = index;
    one->job_uid = owner.meta.uid;
    one->phase = "Running";
    one->meta.creation_timestamp = At(std::chrono::seconds(-25));
    pods.push_back(one);
    return *one;
  }
  static void Ended(PodObject& pod, const syncjob::StepMessage& word) {
    pod.phase = word.exit_code == 0 ? "Succeeded" : "Failed";
    pod.exit_code = word.exit_code;
    pod.exit_reason = word.exit_code == 0 ? "Completed" : "Error";
    pod.last_word = syncjob::StepMessageToJson(word);
    pod.finished = At(std::chrono::seconds(-20));
  }
  /// A Job of that step that failed by a pod with this exit code.
  PodObject& Failed(const std::string& step, int exit_code, const std::string& reason,
                    std::uint64_t committed = 0) {
    JobObject& owner = Job(step);
    owner.failed = true;
    PodObject& pod = Pod(owner);
    Ended(pod, {.step = *syncjob::StepFromName(step),
                .exit_code = exit_code,
                .reason = reason,
                .message = "it says " + reason,
                .committed = committed});
    return pod;
  }

  Observed See() const {
    Observed see;
    see.job = std::make_shared<const SyncJobObject>(job);
    if (has_source) see.source = std::make_shared<const DataSourceObject>(source);
    if (has_target) see.target = std::make_shared<const DataSourceObject>(target);
    for (const auto& one : jobs) see.jobs.push_back(one);
    for (const auto& one : pods) see.pods.push_back(one);
    see.records = records;
    see.claim = claim;
    see.held = held;
    see.live = live;
    return see;
  }
  Decision Decide(const Policy& policy = {}) const { return control::Decide(See(), policy, kNow); }

  SyncJobObject job;
  DataSourceObject source;
  DataSourceObject target;
  bool has_source = true;
  bool has_target = true;
  std::vector<std::shared_ptr<JobObject>> jobs;
  std::vector<std::shared_ptr<PodObject>> pods;
  std::vector<RecordPtr> records;
  std::optional<TargetClaim> claim;
  std::vector<TargetClaim> held;
  LiveProgress live;
};

}  // namespace culvert::control
