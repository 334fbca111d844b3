// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/kube/object.h"
#include "libs/kube/store.h"
#include "libs/syncjob/plan_record.h"
#include "libs/syncjob/schedule_status.h"
#include "libs/syncjob/status.h"
#include "libs/syncjob/sync_schedule.h"
#include "libs/syncjob/types.h"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// What the operator keeps of each object that it watches: small structs with what is decided by.
// They are there by the ten thousand: what few of them need is asked from the API server.

namespace culvert::control {

/// What says that a SyncJob is a run of a schedule.
struct Firing {
  std::string schedule_uid = {};
  std::string schedule = {};  // the SyncSchedule's name
  std::chrono::sys_seconds planned = {};
  std::string backfill = {};     // the one that it belongs to; empty: it was planned
  std::int32_t retry = 0;        // 0: the first run of its planned time
  std::int32_t retries_max = 0;  // as the schedule had it when the run was made
  std::vector<syncjob::ResolvedParameter> parameters = {};
  bool operator==(const Firing&) const = default;
};

struct SyncJobObject {
  kube::CachedMeta meta = {};
  syncjob::SyncJob job = {};                  // meaningless when `problem` is not empty
  std::string problem = {};                   // why the spec makes no sense
  std::string runner = {};                    // `spec.runner` as JSON, for the pods
  std::string queue = {};                     // label kueue.x-k8s.io/queue-name
  std::shared_ptr<const Firing> firing = {};  // null: no schedule made it
  syncjob::SyncJobStatus status = {};
};

struct ScheduleObject {
  kube::CachedMeta meta = {};
  syncjob::SyncSchedule schedule = {};  // meaningless when `problem` is not empty
  std::string problem = {};
  std::string job_spec = {};  // `spec.jobTemplate.spec` as JSON
  syncjob::SyncScheduleStatus status = {};
};

struct DataSourceObject {
  kube::CachedMeta meta = {};
  syncjob::DataSource data_source = {};
  std::string problem = {};
};

struct JobObject {
  kube::CachedMeta meta = {};
  std::string run_uid = {};
  std::string owner = {};  // the SyncJob's name
  std::string step = {};
  std::int32_t attempt = 0;
  std::vector<std::uint64_t> shards = {};  // of the indexes; empty: 0, 1, 2, ...
  std::string resources = {};              // hash of spec.runner.resources that its pods have
  std::int64_t active = 0;
  std::int64_t completions = 1;  // pods that must succeed, one an index
  bool ending = false;           // decided, complete or failed: it makes no pods any more
  bool complete = false;         // for good: no pod of it lives
  bool failed = false;           // for good, likewise
  std::string failure = {};      // of the Job: reason and message
  std::string ended = {};        // RFC 3339: when it was complete or had failed

  bool IsFinished() const { return complete || failed; }
};

struct PodObject {
  kube::CachedMeta meta = {};
  std::string run_uid = {};
  std::string owner = {};  // the SyncJob's name
  std::string step = {};
  std::int32_t attempt = 0;
  std::int64_t index = 0;
  std::string job_uid = {};
  std::string phase = {};  // Pending, Running, Succeeded, Failed, Unknown
  std::string ip = {};
  std::string node = {};
  std::string finished = {};          // RFC 3339, when its container ended
  std::optional<int> exit_code = {};  // of its container, once it ended
  std::string exit_reason = {};       // OOMKilled, Error, Completed, ContainerStatusUnknown
  std::string last_word = {};         // termination message, a plan's text apart
  bool plan_apart = false;            // it has one; LastWordOf the pod gives it
  std::string waiting_reason = {};    // ImagePullBackOff, ...
  std::string waiting_message = {};
  std::string unschedulable = {};  // the scheduler's message
  std::string disruption = {};     // reason and message of DisruptionTarget
  std::string status_reason = {};  // Evicted, NodeLost, ...
  std::string status_message = {};

  /// It may still run.
  bool IsAlive() const { return phase != "Succeeded" && phase != "Failed"; }
};

/// A ConfigMap that records something of a run.
struct RecordObject {
  kube::CachedMeta meta = {};
  std::string run_uid = {};
  std::string owner = {};  // the SyncJob's name
  std::string kind = {};   // input, plan, reports, decision, knobs
  std::int32_t attempt = 0;
  std::shared_ptr<const syncjob::PlanSummary> plan = {};  // null: none
  std::map<std::uint64_t, syncjob::ShardReport> reports = {};
  std::optional<syncjob::CommitDecision> decision = {};
  std::string knobs = {};
  std::string problem = {};  // its content cannot be read
};

// kInvalidArgument only where metadata itself cannot be read; a content that makes no sense is kept
// as a problem, so that one broken object does not blind the operator to the others.

/// `seen`: those of before, or null; a spec is read once for each generation.
Result<SyncJobObject> ProjectSyncJob(const nlohmann::json& object,
                                     const kube::Store<SyncJobObject>* seen = nullptr);
Result<ScheduleObject> ProjectSyncSchedule(const nlohmann::json& object);
Result<DataSourceObject> ProjectDataSource(const nlohmann::json& object);
Result<JobObject> ProjectJob(const nlohmann::json& object);
Result<PodObject> ProjectPod(const nlohmann::json& object);
Result<RecordObject> ProjectRecord(const nlohmann::json& object);

/// The whole termination message of a pod's runner; empty: none.
std::string LastWordOf(const nlohmann::json& pod);

/// Without the place in a file, which no user of a cluster has: of a manifest called `object`.
std::string SpecProblem(const Error& error);

using SyncJobPtr = std::shared_ptr<const SyncJobObject>;
using SchedulePtr = std::shared_ptr<const ScheduleObject>;
using DataSourcePtr = std::shared_ptr<const DataSourceObject>;
using JobPtr = std::shared_ptr<const JobObject>;
using PodPtr = std::shared_ptr<const PodObject>;
using RecordPtr = std::shared_ptr<const RecordObject>;

}  // namespace culvert::control
