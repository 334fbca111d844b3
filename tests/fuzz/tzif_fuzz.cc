// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/schedule/time_zone.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace culvert::schedule;
  using std::chrono::seconds;
  using std::chrono::sys_seconds;
  const auto zone =
      TimeZone::FromTzif("x", std::string_view(reinterpret_cast<const char*>(data), size));
  if (!zone) return 0;
  const sys_seconds from{seconds(1'735'689'600)};  // 2025
  const sys_seconds to{seconds(1'830'297'600)};    // 2028
  sys_seconds last = from;
  for (const Transition& change : zone->TransitionsIn(from, to)) {
    CULVERT_CHECK(change.at > last && change.at <= to);
    CULVERT_CHECK(zone->OffsetAt(change.at) == change.offset);
    last = change.at;
  }
  for (std::int64_t time = -62'135'596'800; time < 253'402'300'799; time += 9'999'999'937) {
    const sys_seconds instant{seconds(time)};
    CULVERT_CHECK(zone->ToLocal(instant).time_since_epoch() - instant.time_since_epoch() ==
                  zone->OffsetAt(instant));
    const LocalResult there = zone->ToInstant(zone->ToLocal(instant));
    CULVERT_CHECK(there.instant <= there.second);
  }
  return 0;
}
