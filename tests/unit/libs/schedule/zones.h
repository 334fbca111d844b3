// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/check.h"
#include "libs/schedule/basis.h"
#include "libs/schedule/zone_database.h"

#include <chrono>
#include <string_view>

namespace culvert::schedule {

/// A zone of this machine; the tests need the package tzdata.
inline TimeZone Zone(std::string_view name) {
  auto zone = ZoneDatabase().Load(name);
  CULVERT_CHECK(zone.has_value());
  return *std::move(zone);
}

/// `2025-03-31T00:10:05` in `zone`, or an instant with `Z` or an offset.
inline std::chrono::sys_seconds At(std::string_view text, const TimeZone& zone = TimeZone()) {
  const auto time = ParseCycleTime(text, zone);
  CULVERT_CHECK(time.has_value());
  return *time;
}

}  // namespace culvert::schedule
