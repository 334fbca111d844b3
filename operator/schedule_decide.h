// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "operator/decision.h"
#include "operator/objects.h"
#include "operator/schedule_rules.h"
#include "operator/scheduled_run.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace culvert::control {

/// All that is decided by: one schedule and its runs as the caches have them.
struct ObservedSchedule {
  SchedulePtr schedule = {};          // null: not there
  std::vector<SyncJobPtr> runs = {};  // its own by their owner, each with its Firing
};

/// What one look at a schedule came to, in the order in which it is carried out. The runs are
/// created, one that is there already being as good; then the status is written under the version
/// that was looked at; only then is anything deleted. docs/adr/0019 has the argument.
struct ScheduleDecision {
  std::vector<RunRequest> create = {};
  syncjob::SyncScheduleStatus status = {};
  std::vector<SyncJobPtr> remove = {};  // history, and runs that Replace stops
  std::vector<EventNote> events = {};   // told once the status is written
  std::optional<WallTime> look_again = {};
};

/// `rules` are those of the schedule's spec, which makes sense. Pure.
ScheduleDecision DecideSchedule(const ObservedSchedule& see, const ScheduleRules& rules,
                                WallTime now);

/// What is decided where the spec makes no sense to us or to the API server: nothing starts, no
/// planned time is decided on, so that a corrected spec catches up by its policy.
ScheduleDecision RefuseSchedule(const ObservedSchedule& see, const Error& error, WallTime now);

/// True when the spec of this generation passed all checks before.
bool IsChecked(const ScheduleObject& schedule);

/// Whether a failed run may be made again without a row being there twice.
bool MayRetry(const SyncJobObject& run);

}  // namespace culvert::control
