// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/metrics.h"
#include "libs/kube/object.h"
#include "libs/syncjob/schedule_status.h"

namespace culvert::control {

/// The series of schedules, by namespace and name. Thread-safe.
class ScheduleMetrics {
 public:
  /// `registry` must outlive it.
  explicit ScheduleMetrics(MetricsRegistry& registry) : registry_(registry) {}

  /// A status was written: counts what it says for the first time, and shows the rest.
  void OnStatus(const kube::ObjectKey& key, const syncjob::SyncScheduleStatus& before,
                const syncjob::SyncScheduleStatus& after);
  void Show(const kube::ObjectKey& key, const syncjob::SyncScheduleStatus& status);
  /// The schedule is gone: nothing alerts about it any more.
  void Forget(const kube::ObjectKey& key);

 private:
  MetricsRegistry& registry_;
};

}  // namespace culvert::control
