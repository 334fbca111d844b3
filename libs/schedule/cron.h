// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/time_zone.h"

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::schedule {

/// A cron line of five fields, `minute hour day-of-month month day-of-week`, as the CronJobs of
/// Kubernetes read it: `*`, `?`, lists, ranges, steps, names (`MON`, `jan`), and `@yearly`,
/// `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`. Sunday is 0 or 7. Where
/// days of the month and of the week are both given, either is enough.
///
/// Each local time that the line names fires once: one that occurs twice (clocks went back) the
/// first time, one that does not occur (clocks went forward) moved on by the gap, and together with
/// a time that is there when both fall into the same instant.
class Cron {
 public:
  /// kInvalidArgument `column 5: what and why`, also for a line that never fires (30 February).
  static Result<Cron> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  /// True when the line names this local minute; seconds do not count.
  bool Names(std::chrono::local_seconds local) const;
  /// The first firing after `time`; nothing only at the end of the calendar (year 9999).
  std::optional<std::chrono::sys_seconds> Next(std::chrono::sys_seconds time,
                                               const TimeZone& zone) const;
  /// The last firing before `time`; nothing only at its beginning (year 1).
  std::optional<std::chrono::sys_seconds> Previous(std::chrono::sys_seconds time,
                                                   const TimeZone& zone) const;

 private:
  friend class CronParser;
  bool NamesDay(std::chrono::local_days day) const;
  bool CanFire() const;
  /// First named minute at or after `from`, and last one at or before it.
  std::optional<std::chrono::local_seconds> NamedFrom(std::chrono::local_seconds from) const;
  std::optional<std::chrono::local_seconds> NamedUntil(std::chrono::local_seconds until) const;

  std::string text_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;    // 1..31
  std::bitset<13> months_;  // 1..12
  std::bitset<7> weekdays_;
  bool any_day_ = false;  // the field is `*` or `?`
  bool any_weekday_ = false;
};

}  // namespace culvert::schedule
