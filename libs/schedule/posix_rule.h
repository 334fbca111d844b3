// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace culvert::schedule {

/// From `at` on, local time is UTC plus `offset`.
struct Transition {
  std::chrono::sys_seconds at;
  std::chrono::seconds offset{0};
  bool operator==(const Transition&) const = default;
};

/// The rule that a time zone follows without end, such as `CET-1CEST,M3.5.0,M10.5.0/3`: the footer
/// of a TZif file (RFC 9636 section 3.3.1, POSIX TZ with hours up to 167).
class PosixRule {
 public:
  /// kInvalidArgument when it is not such a rule.
  static Result<PosixRule> Parse(std::string_view text);

  std::chrono::seconds OffsetAt(std::chrono::sys_seconds time) const;
  /// Changes of the offset in (from, to], ascending; those that change nothing are left out.
  std::vector<Transition> TransitionsIn(std::chrono::sys_seconds from,
                                        std::chrono::sys_seconds to) const;

 private:
  friend class PosixRuleParser;
  /// When one of the two seasons begins, in the local time of the season before it.
  struct Start {
    enum class Kind : std::uint8_t { kJulian, kDayOfYear, kWeekday };
    Kind kind = Kind::kDayOfYear;
    std::int32_t month = 0;  // 1..12
    std::int32_t week = 0;   // 1..5, 5 is the last
    std::int32_t day = 0;    // weekday 0..6, or a day of the year: 1..365 (Julian), 0..365
    std::chrono::seconds time{0};
    std::chrono::local_seconds In(std::chrono::year in) const;
  };
  struct Summer {
    std::chrono::seconds offset{0};
    Start begin;
    Start end;
  };
  std::array<Transition, 2> TransitionsOf(std::chrono::year in) const;

  std::chrono::seconds offset_{0};
  std::optional<Summer> summer_;
};

}  // namespace culvert::schedule
