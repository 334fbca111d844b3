// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/schedule_metrics.h"

#include "libs/base/time_format.h"

#include <chrono>

namespace culvert::control {
namespace {

constexpr const char* kMissed = "culvert_operator_schedule_missed_runs_total";
constexpr const char* kMissedHelp = "Planned times that started no run.";
constexpr const char* kLastSuccess = "culvert_operator_schedule_last_success_timestamp_seconds";
constexpr const char* kLastSuccessHelp = "When the last successful run ended; 0: none yet.";
constexpr const char* kSinceSuccess = "culvert_operator_schedule_runs_since_success";
constexpr const char* kSinceSuccessHelp =
    "Planned times that have come since the last one whose run succeeded.";
constexpr const char* kReady = "culvert_operator_schedule_ready";
constexpr const char* kReadyHelp = "1 while runs are started as planned, 0 while they are refused.";

Labels LabelsOf(const kube::ObjectKey& key) {
  return {{"namespace", key.name_space}, {"name", key.name}};
}

}  // namespace

void ScheduleMetrics::OnStatus(const kube::ObjectKey& key,
                               const syncjob::SyncScheduleStatus& before,
                               const syncjob::SyncScheduleStatus& after) {
  const std::int64_t missed = after.missed_runs - before.missed_runs;
  Show(key, after);
  if (missed > 0) {
    registry_.GetCounter(kMissed, kMissedHelp, LabelsOf(key)).Add(static_cast<double>(missed));
  }
}

void ScheduleMetrics::Show(const kube::ObjectKey& key, const syncjob::SyncScheduleStatus& status) {
  const Labels labels = LabelsOf(key);
  registry_.GetCounter(kMissed, kMissedHelp, labels);  // there from the beginning
  const auto success = ParseRfc3339(status.last_successful_time);
  registry_.GetGauge(kLastSuccess, kLastSuccessHelp, labels)
      .Set(success ? std::chrono::duration<double>(success->time_since_epoch()).count() : 0);
  registry_.GetGauge(kSinceSuccess, kSinceSuccessHelp, labels)
      .Set(static_cast<double>(status.runs_since_success));
  registry_.GetGauge(kReady, kReadyHelp, labels)
      .Set(syncjob::IsFalse(status.conditions, syncjob::kReady) ? 0 : 1);
}

void ScheduleMetrics::Forget(const kube::ObjectKey& key) {
  const Labels labels = LabelsOf(key);
  registry_.GetGauge(kSinceSuccess, kSinceSuccessHelp, labels).Set(0);
  registry_.GetGauge(kReady, kReadyHelp, labels).Set(1);
}

}  // namespace culvert::control
