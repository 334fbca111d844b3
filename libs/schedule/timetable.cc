// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/timetable.h"

#include <utility>

namespace culvert::schedule {
namespace {

constexpr std::size_t kLinesMax = 32;

}  // namespace

Result<Timetable> Timetable::Make(std::span<const std::string> lines, TimeZone zone) {
  if (lines.empty() || lines.size() > kLinesMax) {
    return Fail(InvalidArgument("from 1 to " + std::to_string(kLinesMax) +
                                " schedules are needed, not " + std::to_string(lines.size())));
  }
  std::vector<Cron> read;
  for (const std::string& line : lines) {
    CULVERT_ASSIGN_OR_RETURN(Cron cron, Cron::Parse(line));
    read.push_back(std::move(cron));
  }
  return Timetable(std::move(read), std::move(zone));
}

std::optional<std::chrono::sys_seconds> Timetable::Next(std::chrono::sys_seconds time) const {
  std::optional<std::chrono::sys_seconds> first;
  for (const Cron& line : lines_) {
    const auto next = line.Next(time, zone_);
    if (next && (!first || *next < *first)) first = next;
  }
  return first;
}

std::optional<std::chrono::sys_seconds> Timetable::Previous(std::chrono::sys_seconds time) const {
  std::optional<std::chrono::sys_seconds> last;
  for (const Cron& line : lines_) {
    const auto previous = line.Previous(time, zone_);
    if (previous && (!last || *previous > *last)) last = previous;
  }
  return last;
}

}  // namespace culvert::schedule
