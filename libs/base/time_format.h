// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert {

/// `Thu, 29 Feb 2024 12:00:00 GMT` (RFC 1123), whatever the locale.
std::string FormatHttpDate(WallTime time);
Result<WallTime> ParseHttpDate(std::string_view text);
/// `2024-02-29T12:00:00Z`, or with `.678` when `milliseconds`.
enum class Subseconds : std::uint8_t { kNone, kMilliseconds };
std::string FormatRfc3339(WallTime time, Subseconds subseconds = Subseconds::kNone);
Result<WallTime> ParseRfc3339(std::string_view text);
/// `20240229` in UTC.
std::string FormatCompactDate(WallTime time);

/// Proleptic Gregorian calendar, days since 1970-01-01, years 0001..9999.
struct CivilDate {
  std::int32_t year = 1970;
  std::int32_t month = 1;
  std::int32_t day = 1;
};
CivilDate CivilFromDays(std::int64_t days);
/// kInvalidArgument when the date does not exist.
Result<std::int64_t> DaysFromCivil(CivilDate date);
/// `2024-02-29`.
std::string FormatDays(std::int64_t days);
Result<std::int64_t> ParseDays(std::string_view text);
/// Milliseconds since the epoch as `2024-02-29 12:34:56.789` in UTC, and back (fraction optional).
std::string FormatUtcMillis(std::int64_t millis);
Result<std::int64_t> ParseUtcMillis(std::string_view text);

}  // namespace culvert
