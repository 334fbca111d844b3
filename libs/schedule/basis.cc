// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/basis.h"

#include "libs/base/time_format.h"

#include <string>
#include <utility>

namespace culvert::schedule {
namespace {

using std::chrono::days;
using std::chrono::floor;

constexpr std::size_t kLocalBytes = std::string_view("2025-03-31T00:10:05").size();

}  // namespace

Basis Basis::Of(TimeZone zone, std::chrono::sys_seconds cycle, std::chrono::sys_seconds made) {
  Basis basis;
  basis.cycle = cycle;
  basis.business_date = floor<days>(zone.ToLocal(cycle)) - days(1);
  basis.current = floor<days>(zone.ToLocal(made));
  basis.zone = std::move(zone);
  return basis;
}

Result<std::chrono::sys_seconds> ParseCycleTime(std::string_view text, const TimeZone& zone) {
  const bool local = text.size() == kLocalBytes;
  const auto parsed = ParseRfc3339(std::string(text) + (local ? "Z" : ""));
  if (!parsed || text.find('.') != std::string_view::npos) {
    return Fail(InvalidArgument("'" + std::string(text.substr(0, 64)) +
                                "' is not a time such as '2025-03-31T00:10:05', or "
                                "'2025-03-30T16:10:05Z'"));
  }
  const auto instant = floor<std::chrono::seconds>(*parsed);
  if (!local) return instant;
  const LocalResult result = zone.ToInstant(std::chrono::local_seconds(instant.time_since_epoch()));
  if (result.kind != LocalResult::Kind::kSkipped) return result.instant;
  return Fail(InvalidArgument("there is no " + std::string(text) + " in " + zone.name() +
                              ", clocks went forward over it; give another time"));
}

}  // namespace culvert::schedule
