// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/time_zone.h"

#include <string>
#include <string_view>

namespace culvert::schedule {

/// The zone of schedules and scheduling parameters that name none: where MaxCompute's users began.
inline constexpr std::string_view kDefaultTimeZone = "Asia/Shanghai";

/// The time zones of this machine, by their names in the tz database.
class ZoneDatabase {
 public:
  explicit ZoneDatabase(std::string directory = "/usr/share/zoneinfo")
      : directory_(std::move(directory)) {}

  /// Reads `Europe/Berlin` from its file. "UTC" needs none. kInvalidArgument for a name that is
  /// none, or that is not there; kFailedPrecondition where the machine has no database at all.
  Result<TimeZone> Load(std::string_view name) const;

 private:
  std::string directory_;
};

}  // namespace culvert::schedule
