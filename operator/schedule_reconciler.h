// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/kube/controller.h"
#include "libs/kube/event_recorder.h"
#include "libs/schedule/zone_database.h"
#include "operator/pending_writes.h"
#include "operator/schedule_act.h"
#include "operator/schedule_decide.h"
#include "operator/schedule_metrics.h"
#include "operator/schedule_world.h"

namespace culvert::control {

/// Observe, decide, act, for one SyncSchedule. Thread-safe.
class ScheduleReconciler {
 public:
  struct Parts {
    const ScheduleView& view;
    ScheduleActor& actor;
    PendingWrites& pending;
    kube::EventRecorder& events;
    ScheduleMetrics& metrics;
  };
  explicit ScheduleReconciler(const Parts& parts,
                              schedule::ZoneDatabase zones = schedule::ZoneDatabase())
      : parts_(parts), zones_(std::move(zones)) {}

  kube::Outcome Reconcile(const OpContext& ctx, const kube::ObjectKey& key);

 private:
  kube::Outcome Settle(const OpContext& ctx, const ScheduleObject& schedule,
                       const ScheduleDecision& decision, const ScheduleActResult& result);
  kube::Outcome Refuse(const OpContext& ctx, const ObservedSchedule& see, const Error& error);

  const Parts parts_;
  const schedule::ZoneDatabase zones_;
};

}  // namespace culvert::control
