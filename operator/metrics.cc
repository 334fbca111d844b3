// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/metrics.h"

#include "libs/base/time_format.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <variant>
#include <vector>

namespace culvert::control {
namespace {

using syncjob::SyncJobStatus;

constexpr std::array kStates =
    std::to_array<const char*>({"Pending", "Running", "Suspended", "Succeeded", "Failed"});
constexpr const char* kJobs = "culvert_operator_jobs";
constexpr const char* kJobsHelp = "SyncJobs by what they do.";
constexpr const char* kRuns = "culvert_operator_job_runs_total";
constexpr const char* kRunsHelp = "Runs that ended.";
constexpr const char* kShards = "culvert_operator_shards_total";
constexpr const char* kShardsHelp = "Shards that ended.";
constexpr const char* kBytes = "culvert_operator_transferred_bytes_total";
constexpr const char* kBytesHelp = "Bytes on the wire of finished shards.";
constexpr const char* kRecords = "culvert_operator_transferred_records_total";
constexpr const char* kRecordsHelp = "Records of finished shards.";
constexpr const char* kRejections = "culvert_operator_credential_rejections_total";
constexpr const char* kRejectionsHelp = "Pauses because of credentials.";

const std::vector<double>& DurationBuckets() {
  static const std::vector<double> buckets{1,   5,    15,   30,   60,     120,    300,
                                           600, 1200, 3600, 7200, 14'400, 43'200, 86'400};
  return buckets;
}
const std::vector<double>& LatencyBuckets() {
  static const std::vector<double> buckets{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600};
  return buckets;
}

std::string Reason(const SyncJobStatus& status) {
  const syncjob::Condition* const condition =
      syncjob::FindCondition(status.conditions, syncjob::kSucceeded);
  return condition == nullptr ? "" : condition->reason;
}

std::string DataSourceOf(const SyncJobObject& job) {
  const auto* source = std::get_if<syncjob::MaxComputeSource>(&job.job.spec.source);
  const auto* target = std::get_if<syncjob::MaxComputeTarget>(&job.job.spec.target);
  if (source == nullptr && target == nullptr) return "";
  if (source == nullptr) return target->data_source;
  if (target == nullptr || target->data_source == source->data_source) return source->data_source;
  return source->data_source + "," + target->data_source;
}

double Seconds(WallTime from, WallTime until) {
  return std::max(0.0, std::chrono::duration<double>(until - from).count());
}

/// What the finished shards of a run did.
struct Totals {
  std::uint64_t shards = 0;
  std::uint64_t rows_read = 0;
  std::uint64_t rows_written = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

Totals TotalsOf(const SyncJobStatus& status) {
  Totals totals{.shards = status.progress ? status.progress->shards_total : 0};
  if (status.report) {
    totals.rows_read = status.report->rows_read;
    totals.rows_written = status.report->rows_written;
    totals.bytes_read = status.report->bytes_read;
    totals.bytes_written = status.report->bytes_written;
  }
  return totals;
}

Totals TotalsOf(const std::vector<RecordPtr>& records, std::int32_t attempt) {
  Totals totals;
  for (const RecordPtr& record : records) {
    if (record->attempt != attempt || record->kind != "reports") continue;
    totals.shards += record->reports.size();
    for (const auto& [shard, report] : record->reports) {
      totals.rows_read += report.rows_read;
      totals.rows_written += report.rows_written;
      totals.bytes_read += report.bytes_read;
      totals.bytes_written += report.bytes_written;
    }
  }
  return totals;
}

}  // namespace

std::string StateOf(const SyncJobStatus& status) {
  if (syncjob::IsTrue(status.conditions, syncjob::kSucceeded)) return "Succeeded";
  if (syncjob::IsFalse(status.conditions, syncjob::kSucceeded)) return "Failed";
  if (syncjob::IsTrue(status.conditions, syncjob::kSuspended)) return "Suspended";
  return status.streams > 0 ? "Running" : "Pending";
}

OperatorMetrics::OperatorMetrics(MetricsRegistry& registry, const std::string& version)
    : registry_(registry) {
  registry_
      .GetGauge("culvert_operator_build_info", "The program that runs.", {{"version", version}})
      .Set(1);
  for (const char* result : {"succeeded", "failed"}) {
    registry_.GetHistogram("culvert_operator_job_duration_seconds",
                           "From the start of a run's last attempt to its end.", DurationBuckets(),
                           {{"result", result}});
    registry_.GetCounter(kShards, kShardsHelp, {{"result", result}, {"reason", ""}});
  }
  registry_.GetHistogram("culvert_operator_job_start_latency_seconds",
                         "From the creation of a SyncJob to its plan.", LatencyBuckets());
}

void OperatorMetrics::OnStatus(const SyncJobObject& before, const SyncJobStatus& after,
                               WallTime now, const std::vector<RecordPtr>& records) {
  const std::string& name_space = before.meta.key.name_space;
  // Known from its first run on, so that the first one to come is an increase.
  registry_.GetCounter(
      kRuns, kRunsHelp,
      {{"namespace", name_space}, {"result", "succeeded"}, {"reason", "Succeeded"}});
  registry_.GetCounter(kRuns, kRunsHelp,
                       {{"namespace", name_space}, {"result", "failed"}, {"reason", ""}});
  Counter& rejections =
      registry_.GetCounter(kRejections, kRejectionsHelp,
                           {{"namespace", name_space}, {"data_source", DataSourceOf(before)}});
  if (!before.status.plan && after.plan && after.attempt == 1) {
    if (const auto created = ParseRfc3339(before.meta.creation_timestamp)) {
      registry_
          .GetHistogram("culvert_operator_job_start_latency_seconds",
                        "From the creation of a SyncJob to its plan.", LatencyBuckets())
          .Observe(Seconds(*created, now));
    }
  }
  const bool paused = after.pause && after.pause->reason.starts_with("Credentials") &&
                      (!before.status.pause || before.status.pause->count != after.pause->count);
  if (paused) rejections.Add();
  if (!before.status.IsTerminal() && after.IsTerminal()) OnEnd(before, after, now, records);
}

void OperatorMetrics::OnEnd(const SyncJobObject& before, const SyncJobStatus& after, WallTime now,
                            const std::vector<RecordPtr>& records) {
  const std::string& name_space = before.meta.key.name_space;
  const bool succeeded = syncjob::IsTrue(after.conditions, syncjob::kSucceeded);
  const std::string result = succeeded ? "succeeded" : "failed";
  registry_
      .GetCounter(kRuns, kRunsHelp,
                  {{"namespace", name_space}, {"result", result}, {"reason", Reason(after)}})
      .Add();
  if (const auto begin = ParseRfc3339(after.start_time)) {
    registry_
        .GetHistogram("culvert_operator_job_duration_seconds",
                      "From the start of a run's last attempt to its end.", DurationBuckets(),
                      {{"result", result}})
        .Observe(Seconds(*begin, now));
  }
  for (const syncjob::FailedShard& shard : after.failed_shards) {
    registry_.GetCounter(kShards, kShardsHelp, {{"result", "failed"}, {"reason", shard.reason}})
        .Add();
  }
  const Totals totals = succeeded ? TotalsOf(after) : TotalsOf(records, after.attempt);
  const auto add = [&](const char* name, const char* help, const char* direction,
                       std::uint64_t amount) {
    registry_.GetCounter(name, help, {{"namespace", name_space}, {"direction", direction}})
        .Add(static_cast<double>(amount));
  };
  add(kBytes, kBytesHelp, "read", totals.bytes_read);
  add(kBytes, kBytesHelp, "written", totals.bytes_written);
  add(kRecords, kRecordsHelp, "read", totals.rows_read);
  add(kRecords, kRecordsHelp, "written", totals.rows_written);
  registry_.GetCounter(kShards, kShardsHelp, {{"result", "succeeded"}, {"reason", ""}})
      .Add(static_cast<double>(totals.shards));
}

std::string OperatorMetrics::Expose(const World& world, const CacheSize& schedules) {
  std::map<std::pair<std::string, std::string>, double> counts;
  for (const SyncJobPtr& job : world.AllJobs()) {
    ++counts[{job->meta.key.name_space, StateOf(job->status)}];
  }
  {
    const MutexLock lock(mutex_);
    for (const auto& [key, count] : counts) {
      for (const char* state : kStates) states_.emplace(key.first, state);
    }
    for (const auto& key : states_) {
      registry_.GetGauge(kJobs, kJobsHelp, {{"namespace", key.first}, {"state", key.second}})
          .Set(counts[key]);
    }
  }
  std::map<std::string, CacheSize> sizes = world.CacheSizes();
  sizes.emplace("syncschedules", schedules);
  for (const auto& [resource, size] : sizes) {
    registry_
        .GetGauge("culvert_operator_cache_objects", "Objects in the caches.",
                  {{"resource", resource}})
        .Set(static_cast<double>(size.objects));
    registry_
        .GetGauge("culvert_operator_cache_bytes", "About the memory of the objects in the caches.",
                  {{"resource", resource}})
        .Set(static_cast<double>(size.bytes));
  }
  return registry_.Expose();
}

}  // namespace culvert::control
