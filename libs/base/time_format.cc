// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/time_format.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace culvert {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kMillisPerDay = kSecondsPerDay * 1000;
constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads a text from left to right; the first mismatch makes the whole read fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  bool Peek(char c) const { return ok_ && !rest_.empty() && rest_.front() == c; }
  char Take() {
    if (rest_.empty()) return Stop();
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void Expect(std::string_view text) {
    if (!rest_.starts_with(text)) {
      Stop();
      return;
    }
    rest_.remove_prefix(text.size());
  }
  /// Exactly `digits` decimal digits.
  std::int32_t Number(int digits) {
    std::int32_t value = 0;
    for (int i = 0; i < digits; ++i) {
      const char c = Take();
      if (c < '0' || c > '9') return Stop();
      value = value * 10 + (c - '0');
    }
    return value;
  }
  /// '.' and 1 to `digits_max` digits, as a count of 10^-digits_max; 0 when there is no '.'.
  std::int64_t Fraction(int digits_max) {
    if (!Peek('.')) return 0;
    Take();
    std::int64_t value = 0;
    int digits = 0;
    while (digits < digits_max && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      value = value * 10 + (Take() - '0');
      ++digits;
    }
    if (digits == 0) return Stop();
    for (; digits < digits_max; ++digits) value *= 10;
    return value;
  }
  /// 1-based index of the name the text goes on with.
  template <std::size_t kSize>
  std::int32_t OneOf(const std::array<std::string_view, kSize>& names) {
    for (std::size_t i = 0; i < kSize; ++i) {
      if (!rest_.starts_with(names[i])) continue;
      rest_.remove_prefix(names[i].size());
      return static_cast<std::int32_t>(i) + 1;
    }
    return Stop();
  }

 private:
  char Stop() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

// Seconds into the day, from `HH:MM:SS`; -1 when they do not exist (leap seconds do not here).
std::int64_t ScanClock(Scanner& scan) {
  const std::int64_t hour = scan.Number(2);
  scan.Expect(":");
  const std::int64_t minute = scan.Number(2);
  scan.Expect(":");
  const std::int64_t second = scan.Number(2);
  if (hour > 23 || minute > 59 || second > 59) return -1;
  return hour * 3600 + minute * 60 + second;
}

CivilDate ScanDate(Scanner& scan) {
  CivilDate date;
  date.year = scan.Number(4);
  scan.Expect("-");
  date.month = scan.Number(2);
  scan.Expect("-");
  date.day = scan.Number(2);
  return date;
}

bool IsLeap(std::int32_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

std::int32_t DaysInMonth(std::int32_t year, std::int32_t month) {
  constexpr std::array<std::int32_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month == 2 && IsLeap(year)) return 29;
  return kDays.at(static_cast<std::size_t>(month - 1));
}

std::int64_t FloorDiv(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

// 0 = Sunday. The first of January 1970 was a Thursday.
std::size_t WeekdayOf(std::int64_t days) {
  const std::int64_t since_sunday = (days + 4) % 7;
  return static_cast<std::size_t>(since_sunday < 0 ? since_sunday + 7 : since_sunday);
}

struct DayTime {
  std::int64_t days;
  int hour;
  int minute;
  int second;
  int milli;
};

DayTime Split(std::int64_t millis) {
  DayTime split{};
  split.days = FloorDiv(millis, kMillisPerDay);
  const auto left = static_cast<int>(millis - split.days * kMillisPerDay);
  split.milli = left % 1000;
  split.second = left / 1000 % 60;
  split.minute = left / 60'000 % 60;
  split.hour = left / 3'600'000;
  return split;
}

DayTime Split(WallTime time) {
  return Split(std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

template <typename... Args>
std::string Print(const char* format, Args... args) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), format, args...);
  return {text.data(), static_cast<std::size_t>(size)};
}

Error Malformed(std::string_view text, std::string_view wanted) {
  constexpr std::size_t kShown = 40;
  return InvalidArgument("'" + std::string(text.substr(0, kShown)) + "' is not " +
                         std::string(wanted));
}

// std::chrono's system clock counts nanoseconds in 64 bits: years 1678 to 2261.
Result<WallTime> ToWallTime(std::int64_t days, std::int64_t seconds, std::int64_t nanos,
                            std::string_view text) {
  constexpr std::int64_t kFirstDay = -106'650;  // 1678-01-01
  constexpr std::int64_t kLastDay = 106'650;    // 2261-12-31
  if (days < kFirstDay || days > kLastDay) {
    return Fail(Malformed(text, "a time between the years 1678 and 2261"));
  }
  const std::chrono::nanoseconds since_epoch =
      std::chrono::seconds(days * kSecondsPerDay + seconds) + std::chrono::nanoseconds(nanos);
  return WallTime(std::chrono::duration_cast<WallTime::duration>(since_epoch));
}

}  // namespace

// The two conversions count in eras of 400 years (146,097 days) that begin on 1 March of a year 0,
// so that the leap day is the last day of its year.
CivilDate CivilFromDays(std::int64_t days) {
  constexpr std::int64_t kBound = 1LL << 38;  // keeps the year in 32 bits
  const std::int64_t shifted = std::clamp(days, -kBound, kBound) + 719'468;
  const std::int64_t era = FloorDiv(shifted, 146'097);
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = static_cast<std::int32_t>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  date.month = static_cast<std::int32_t>(month_from_march < 10 ? month_from_march + 3
                                                               : month_from_march - 9);
  date.year = static_cast<std::int32_t>(year_of_era + era * 400 + (date.month <= 2 ? 1 : 0));
  return date;
}

Result<std::int64_t> DaysFromCivil(CivilDate date) {
  if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1 ||
      date.day > DaysInMonth(date.year, date.month)) {
    return Fail(InvalidArgument(
        Print("the date %04d-%02d-%02d does not exist", date.year, date.month, date.day)));
  }
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = FloorDiv(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

std::string FormatHttpDate(WallTime time) {
  const DayTime at = Split(time);
  const CivilDate date = CivilFromDays(at.days);
  return Print("%s, %02d %s %04d %02d:%02d:%02d GMT", kWeekdays.at(WeekdayOf(at.days)).data(),
               date.day, kMonths.at(static_cast<std::size_t>(date.month - 1)).data(), date.year,
               at.hour, at.minute, at.second);
}

Result<WallTime> ParseHttpDate(std::string_view text) {
  constexpr std::string_view kWanted = "a date such as 'Thu, 29 Feb 2024 12:00:00 GMT'";
  Scanner scan(text);
  const std::int32_t weekday = scan.OneOf(kWeekdays);
  scan.Expect(", ");
  CivilDate date;
  date.day = scan.Number(2);
  scan.Expect(" ");
  date.month = scan.OneOf(kMonths);
  scan.Expect(" ");
  date.year = scan.Number(4);
  scan.Expect(" ");
  const std::int64_t seconds = ScanClock(scan);
  scan.Expect(" GMT");
  if (!scan.done() || seconds < 0) return Fail(Malformed(text, kWanted));
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t days, DaysFromCivil(date));
  if (WeekdayOf(days) != static_cast<std::size_t>(weekday - 1)) {
    return Fail(Malformed(text, "a date on that day of the week"));
  }
  return ToWallTime(days, seconds, 0, text);
}

std::string FormatRfc3339(WallTime time, Subseconds subseconds) {
  const DayTime at = Split(time);
  const CivilDate date = CivilFromDays(at.days);
  const std::string whole = Print("%04d-%02d-%02dT%02d:%02d:%02d", date.year, date.month, date.day,
                                  at.hour, at.minute, at.second);
  return whole + (subseconds == Subseconds::kNone ? "Z" : Print(".%03dZ", at.milli));
}

Result<WallTime> ParseRfc3339(std::string_view text) {
  constexpr std::string_view kWanted = "an RFC 3339 time such as '2024-02-29T12:00:00Z'";
  Scanner scan(text);
  const CivilDate date = ScanDate(scan);
  scan.Expect("T");
  std::int64_t seconds = ScanClock(scan);
  const bool clock_exists = seconds >= 0;
  const std::int64_t nanos = scan.Fraction(9);
  const char zone = scan.Take();
  if (zone == '+' || zone == '-') {
    const std::int64_t hours = scan.Number(2);
    scan.Expect(":");
    const std::int64_t minutes = scan.Number(2);
    if (hours > 23 || minutes > 59) return Fail(Malformed(text, kWanted));
    const std::int64_t offset = hours * 3600 + minutes * 60;
    seconds -= zone == '+' ? offset : -offset;
  } else if (zone != 'Z') {
    return Fail(Malformed(text, kWanted));
  }
  if (!scan.done() || !clock_exists) return Fail(Malformed(text, kWanted));
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t days, DaysFromCivil(date));
  return ToWallTime(days, seconds, nanos, text);
}

std::string FormatCompactDate(WallTime time) {
  const CivilDate date = CivilFromDays(Split(time).days);
  return Print("%04d%02d%02d", date.year, date.month, date.day);
}

std::string FormatDays(std::int64_t days) {
  const CivilDate date = CivilFromDays(days);
  return Print("%04d-%02d-%02d", date.year, date.month, date.day);
}

Result<std::int64_t> ParseDays(std::string_view text) {
  Scanner scan(text);
  const CivilDate date = ScanDate(scan);
  if (!scan.done()) return Fail(Malformed(text, "a date such as '2024-02-29'"));
  return DaysFromCivil(date);
}

std::string FormatUtcMillis(std::int64_t millis) {
  const DayTime at = Split(millis);
  return FormatDays(at.days) +
         Print(" %02d:%02d:%02d.%03d", at.hour, at.minute, at.second, at.milli);
}

Result<std::int64_t> ParseUtcMillis(std::string_view text) {
  Scanner scan(text);
  const CivilDate date = ScanDate(scan);
  scan.Expect(" ");
  const std::int64_t seconds = ScanClock(scan);
  const std::int64_t millis = scan.Fraction(3);
  if (!scan.done() || seconds < 0) {
    return Fail(Malformed(text, "a time such as '2024-02-29 12:34:56.789'"));
  }
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t days, DaysFromCivil(date));
  return days * kMillisPerDay + seconds * 1000 + millis;
}

}  // namespace culvert
