// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/cron.h"
#include "libs/schedule/time_zone.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace culvert::schedule {

/// Several cron lines in one time zone: one set of planned times. Lines that fire together fire
/// once.
class Timetable {
 public:
  Timetable(std::vector<Cron> lines, TimeZone zone)
      : lines_(std::move(lines)), zone_(std::move(zone)) {}
  /// From 1 to 32 lines. kInvalidArgument.
  static Result<Timetable> Make(std::span<const std::string> lines, TimeZone zone);

  const TimeZone& zone() const { return zone_; }
  /// The first planned time after `time`, and the last one before it.
  std::optional<std::chrono::sys_seconds> Next(std::chrono::sys_seconds time) const;
  std::optional<std::chrono::sys_seconds> Previous(std::chrono::sys_seconds time) const;

 private:
  std::vector<Cron> lines_;
  TimeZone zone_;
};

}  // namespace culvert::schedule
