// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/syncjob/sync_schedule.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Any text: refused with a place, or read into a schedule that can be one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace culvert::syncjob;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto schedule = ParseSyncSchedule(text, "f");
  if (!schedule) {
    CULVERT_CHECK(schedule.error().message.starts_with("f:"));
    return 0;
  }
  CULVERT_CHECK(!schedule->schedules.empty());
  CULVERT_CHECK(!schedule->name.empty() && schedule->name.size() <= kScheduleNameBytesMax);
  CULVERT_CHECK(schedule->parameters.size() <= kScheduleParametersMax);
  CULVERT_CHECK(!schedule->backfill || schedule->backfill->from <= schedule->backfill->to);
  return 0;
}
