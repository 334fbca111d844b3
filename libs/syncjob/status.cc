// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/status.h"

#include "libs/base/json.h"
#include "libs/syncjob/internal/condition_json.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace culvert::syncjob {
namespace {

using nlohmann::json;

// Members that are absent give defaults; the first one of a wrong type is the error.
class Reader {
 public:
  Reader(const json& object, std::string path, std::optional<Error>& error)
      : object_(object), path_(std::move(path)), error_(error) {
    if (!object_.is_object() && !object_.is_null()) Fail("must be an object");
  }
  std::uint64_t U64(std::string_view key) { return Take(JsonUint64Or(object_, key, 0), key); }
  std::int64_t I64(std::string_view key) { return Take(JsonInt64Or(object_, key, 0), key); }
  std::int32_t I32(std::string_view key) { return static_cast<std::int32_t>(I64(key)); }
  bool Bool(std::string_view key) { return Take(JsonBoolOr(object_, key, false), key); }
  std::string Text(std::string_view key) { return Take(JsonStringOr(object_, key, ""), key); }
  const json* Member(std::string_view key) const {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  std::string PathOf(std::string_view key) const { return path_ + "." + std::string(key); }

 private:
  template <typename T>
  T Take(Result<T> result, std::string_view key) {
    if (error_) return {};
    if (!object_.is_object()) return {};
    if (result) return *std::move(result);
    error_ = InvalidArgument(PathOf(key) + ": " + result.error().message);
    return {};
  }
  void Fail(std::string_view what) {
    if (!error_) error_ = InvalidArgument(path_ + " " + std::string(what));
  }

  const json& object_;
  std::string path_;
  std::optional<Error>& error_;
};

void PutText(json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

json ToJson(const PlanStatus& plan) {
  json value = {{"partitions", plan.partitions}, {"targets", plan.targets},
                {"shards", plan.shards},         {"rows", plan.rows},
                {"bytes", plan.bytes},           {"hash", plan.hash},
                {"route", plan.route},           {"small", plan.small}};
  PutText(value, "schemaHash", plan.schema_hash);
  return value;
}

PlanStatus PlanFrom(const json& value, std::optional<Error>& error) {
  Reader in(value, "status.plan", error);
  return {.partitions = in.U64("partitions"),
          .targets = in.U64("targets"),
          .shards = in.U64("shards"),
          .rows = in.U64("rows"),
          .bytes = in.U64("bytes"),
          .hash = in.Text("hash"),
          .route = in.Text("route"),
          .small = in.Bool("small"),
          .schema_hash = in.Text("schemaHash")};
}

/// `12.5 MB/s`: 10^6 bytes, as everywhere where a speed is said.
std::string RateText(std::uint64_t bytes_per_second) {
  constexpr std::array kUnits = std::to_array<const char*>({"B/s", "kB/s", "MB/s", "GB/s"});
  auto value = static_cast<double>(bytes_per_second);
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text.data();
}

json ToJson(const ProgressStatus& progress) {
  json printed = {
      {"percent", std::to_string(progress.percent) + "%"},
      {"shards", std::to_string(progress.shards) + "/" + std::to_string(progress.shards_total)}};
  if (progress.bytes_per_second > 0) printed["rate"] = RateText(progress.bytes_per_second);
  return {{"rows", progress.rows},
          {"rowsTotal", progress.rows_total},
          {"bytes", progress.bytes},
          {"shards", progress.shards},
          {"shardsTotal", progress.shards_total},
          {"percent", progress.percent},
          {"rowsPerSecond", progress.rows_per_second},
          {"bytesPerSecond", progress.bytes_per_second},
          {"etaSeconds", progress.eta_seconds},
          {"printed", std::move(printed)}};
}

ProgressStatus ProgressFrom(const json& value, std::optional<Error>& error) {
  Reader in(value, "status.progress", error);
  return {.rows = in.U64("rows"),
          .rows_total = in.U64("rowsTotal"),
          .bytes = in.U64("bytes"),
          .shards = in.U64("shards"),
          .shards_total = in.U64("shardsTotal"),
          .percent = in.U64("percent"),
          .rows_per_second = in.U64("rowsPerSecond"),
          .bytes_per_second = in.U64("bytesPerSecond"),
          .eta_seconds = in.U64("etaSeconds")};
}

json ToJson(const Pause& pause) {
  json value = {{"reason", pause.reason},
                {"message", pause.message},
                {"count", pause.count},
                {"startTime", pause.start_time}};
  PutText(value, "resumeTime", pause.resume_time);
  return value;
}

Pause PauseFrom(const json& value, std::optional<Error>& error) {
  Reader in(value, "status.pause", error);
  return {.reason = in.Text("reason"),
          .message = in.Text("message"),
          .count = in.I32("count"),
          .start_time = in.Text("startTime"),
          .resume_time = in.Text("resumeTime")};
}

json ToJson(const ReportStatus& report) {
  json value = {{"rowsRead", report.rows_read},
                {"rowsWritten", report.rows_written},
                {"rowsDirty", report.rows_dirty},
                {"rowsFiltered", report.rows_filtered},
                {"bytesRead", report.bytes_read},
                {"bytesWritten", report.bytes_written},
                {"readWaitSeconds", report.read_wait_seconds},
                {"writeWaitSeconds", report.write_wait_seconds},
                {"throttleWaitSeconds", report.throttle_wait_seconds},
                {"seconds", report.seconds},
                {"committedPartitions", report.committed_partitions},
                {"committedPartitionsTotal", report.committed_partitions_total}};
  PutText(value, "startTime", report.start_time);
  PutText(value, "completionTime", report.completion_time);
  PutText(value, "bottleneck", report.bottleneck);
  PutText(value, "route", report.route);
  PutText(value, "verified", report.verified);
  PutText(value, "dirtyPlace", report.dirty_place);
  for (const DirtySample& sample : report.dirty_samples) {
    json one = {{"row", sample.row}, {"column", sample.column}, {"reason", sample.reason}};
    PutText(one, "partition", sample.partition);
    PutText(one, "message", sample.message);
    value["dirtySamples"].push_back(std::move(one));
  }
  for (const StatementRun& run : report.statements) {
    value["statements"].push_back({{"name", run.name}, {"instance", run.instance}});
  }
  return value;
}

ReportStatus ReportFrom(const json& value, std::optional<Error>& error) {
  Reader in(value, "status.report", error);
  ReportStatus report{.start_time = in.Text("startTime"),
                      .completion_time = in.Text("completionTime"),
                      .rows_read = in.U64("rowsRead"),
                      .rows_written = in.U64("rowsWritten"),
                      .rows_dirty = in.U64("rowsDirty"),
                      .rows_filtered = in.U64("rowsFiltered"),
                      .bytes_read = in.U64("bytesRead"),
                      .bytes_written = in.U64("bytesWritten"),
                      .read_wait_seconds = in.U64("readWaitSeconds"),
                      .write_wait_seconds = in.U64("writeWaitSeconds"),
                      .throttle_wait_seconds = in.U64("throttleWaitSeconds"),
                      .seconds = in.U64("seconds"),
                      .bottleneck = in.Text("bottleneck"),
                      .route = in.Text("route"),
                      .verified = in.Text("verified"),
                      .committed_partitions = {},
                      .committed_partitions_total = in.U64("committedPartitionsTotal"),
                      .dirty_samples = {},
                      .dirty_place = in.Text("dirtyPlace"),
                      .statements = {}};
  if (const json* names = in.Member("committedPartitions"); names != nullptr) {
    for (const json& name : *names) {
      if (name.is_string()) report.committed_partitions.push_back(name.get<std::string>());
    }
  }
  if (const json* samples = in.Member("dirtySamples"); samples != nullptr) {
    for (const json& item : *samples) {
      Reader sample(item, "status.report.dirtySamples", error);
      report.dirty_samples.push_back({.partition = sample.Text("partition"),
                                      .row = sample.U64("row"),
                                      .column = sample.Text("column"),
                                      .reason = sample.Text("reason"),
                                      .message = sample.Text("message")});
    }
  }
  if (const json* statements = in.Member("statements"); statements != nullptr) {
    for (const json& item : *statements) {
      Reader run(item, "status.report.statements", error);
      report.statements.push_back({.name = run.Text("name"), .instance = run.Text("instance")});
    }
  }
  return report;
}

}  // namespace

json StatusToJson(const SyncJobStatus& status) {
  json value = {{"conditions", internal::ConditionsToJson(status.conditions)}};
  if (status.observed_generation > 0) value["observedGeneration"] = status.observed_generation;
  if (status.attempt > 0) value["attempt"] = status.attempt;
  if (status.first_attempt > 0) value["firstAttempt"] = status.first_attempt;
  if (status.streams > 0) value["streams"] = status.streams;
  PutText(value, "runNonce", status.run_nonce);
  PutText(value, "startTime", status.start_time);
  PutText(value, "completionTime", status.completion_time);
  for (const ResolvedParameter& parameter : status.resolved_parameters) {
    value["resolvedParameters"].push_back({{"name", parameter.name}, {"value", parameter.value}});
  }
  if (status.plan) value["plan"] = ToJson(*status.plan);
  if (status.progress) value["progress"] = ToJson(*status.progress);
  if (status.pause) value["pause"] = ToJson(*status.pause);
  if (status.report) value["report"] = ToJson(*status.report);
  for (const FailedShard& failed : status.failed_shards) {
    value["failedShards"].push_back(
        {{"shard", failed.shard}, {"reason", failed.reason}, {"message", failed.message}});
  }
  return value;
}

Result<SyncJobStatus> StatusFromJson(const json& value) {
  std::optional<Error> error;
  Reader in(value, "status", error);
  SyncJobStatus status;
  status.observed_generation = in.I64("observedGeneration");
  status.attempt = in.I32("attempt");
  status.first_attempt = in.I32("firstAttempt");
  status.run_nonce = in.Text("runNonce");
  status.start_time = in.Text("startTime");
  status.completion_time = in.Text("completionTime");
  status.streams = in.I32("streams");
  if (const json* conditions = in.Member("conditions"); conditions != nullptr) {
    status.conditions = internal::ConditionsFromJson(*conditions, error);
  }
  if (const json* parameters = in.Member("resolvedParameters"); parameters != nullptr) {
    for (const json& one : *parameters) {
      Reader parameter(one, "status.resolvedParameters[]", error);
      status.resolved_parameters.push_back(
          {.name = parameter.Text("name"), .value = parameter.Text("value")});
    }
  }
  if (const json* plan = in.Member("plan"); plan != nullptr) {
    status.plan = PlanFrom(*plan, error);
  }
  if (const json* progress = in.Member("progress"); progress != nullptr) {
    status.progress = ProgressFrom(*progress, error);
  }
  if (const json* pause = in.Member("pause"); pause != nullptr) {
    status.pause = PauseFrom(*pause, error);
  }
  if (const json* report = in.Member("report"); report != nullptr) {
    status.report = ReportFrom(*report, error);
  }
  if (const json* failed = in.Member("failedShards"); failed != nullptr) {
    for (const json& one : *failed) {
      Reader shard(one, "status.failedShards[]", error);
      status.failed_shards.push_back({.shard = shard.I64("shard"),
                                      .reason = shard.Text("reason"),
                                      .message = shard.Text("message")});
    }
  }
  if (error) return Fail(*std::move(error));
  return status;
}

}  // namespace culvert::syncjob
