// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/firing.h"
#include "libs/schedule/history.h"
#include "libs/schedule/zone_database.h"
#include "operator/objects.h"

#include <chrono>
#include <string>
#include <vector>

namespace culvert::control {

/// What the spec of a schedule means: its lines read, its zone loaded.
struct ScheduleRules {
  schedule::FiringRules firing;
  schedule::HistoryLimits history;
  std::string timetable_hash;                           // of the lines and the zone's name
  std::vector<std::chrono::sys_seconds> backfill = {};  // planned times of spec.backfill
};

/// kInvalidArgument for a line, zone or backfill that makes no sense: the field, and what to do.
Result<ScheduleRules> RulesOf(const ScheduleObject& schedule, const schedule::ZoneDatabase& zones);

}  // namespace culvert::control
