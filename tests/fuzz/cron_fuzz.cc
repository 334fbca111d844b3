// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/schedule/cron.h"
#include "tests/support/small_tzif.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace culvert::schedule;

TimeZone FromFooter(std::string_view footer) {
  auto zone = TimeZone::FromTzif("x", culvert::test::SmallTzif(footer));
  CULVERT_CHECK(zone.has_value());
  return *std::move(zone);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array kZones = {TimeZone(), FromFooter("CET-1CEST,M3.5.0,M10.5.0/3"),
                                    FromFooter("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")};
  // The first two bytes choose the hour of a century from which firings are looked for.
  if (size < 2) return 0;
  const std::int64_t hour = data[0] * 256 + data[1];
  const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
  const auto cron = Cron::Parse(text);
  if (!cron) return 0;
  const std::chrono::sys_seconds time{std::chrono::hours(hour * 13)};
  for (const TimeZone& zone : kZones) {
    const auto next = cron->Next(time, zone);
    CULVERT_CHECK(next.has_value() && *next > time);
    const auto previous = cron->Previous(*next, zone);
    CULVERT_CHECK(previous.has_value() && *previous <= time);
    CULVERT_CHECK(cron->Next(*previous, zone) == next);
    CULVERT_CHECK(cron->Previous(*next + std::chrono::seconds(1), zone) == next);
    CULVERT_CHECK(cron->Names(zone.ToLocal(*next)) ||
                  !zone.TransitionsIn(*next - kOffsetJumpMax, *next).empty());
  }
  return 0;
}
