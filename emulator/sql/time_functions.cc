// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/functions.h"
#include "libs/base/time_format.h"
#include "libs/record/schema.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

// All times are UTC: the emulator has one time zone.

namespace culvert::emulator::sql {
namespace {

using Args = std::span<const Value>;

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kDateLength = 10;  // of `2024-02-29`

struct Parts {
  CivilDate date;
  std::int64_t days = 0;
  std::int64_t second_of_day = 0;
  std::int32_t nanos = 0;
};

Result<Parts> PartsOf(const Value& value) {
  const std::optional<Instant> instant = ParseInstant(value.text);
  if (!instant) {
    return Fail(InvalidArgument("'" + value.text.substr(0, 64) + "' is no date or time"));
  }
  Parts parts;
  parts.second_of_day = ((instant->seconds % kDaySeconds) + kDaySeconds) % kDaySeconds;
  parts.days = (instant->seconds - parts.second_of_day) / kDaySeconds;
  parts.date = CivilFromDays(parts.days);
  parts.nanos = instant->nanos;
  return parts;
}

Value TimeText(const Parts& parts) {
  return Value::Text(FormatInstant({parts.days * kDaySeconds + parts.second_of_day, parts.nanos}));
}

/// A date stays a date, a time a time.
Value Like(const Value& model, const Parts& parts) {
  return model.text.size() == kDateLength ? Value::Text(FormatDays(parts.days)) : TimeText(parts);
}

std::int32_t DaysInMonth(std::int32_t year, std::int32_t month) {
  constexpr std::array<std::int32_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays.at(static_cast<std::size_t>(month - 1));
}

Status AddMonths(Parts& parts, std::int64_t months) {
  if (months < -200'000 || months > 200'000) return Fail(OutOfRange("a date beyond year 9999"));
  const std::int64_t total = parts.date.year * 12 + parts.date.month - 1 + months;
  parts.date.year = static_cast<std::int32_t>(total / 12);
  parts.date.month = static_cast<std::int32_t>(total % 12) + 1;
  if (total < 12 || parts.date.year > 9999) return Fail(OutOfRange("a date beyond year 9999"));
  parts.date.day = std::min(parts.date.day, DaysInMonth(parts.date.year, parts.date.month));
  CULVERT_ASSIGN_OR_RETURN(parts.days, DaysFromCivil(parts.date));
  return {};
}

Status AddSeconds(Parts& parts, std::int64_t seconds) {
  constexpr std::int64_t kMost = 400'000'000'000;  // more than 9999 years
  if (seconds < -kMost || seconds > kMost) return Fail(OutOfRange("a date beyond year 9999"));
  const std::int64_t total = parts.days * kDaySeconds + parts.second_of_day + seconds;
  parts.second_of_day = ((total % kDaySeconds) + kDaySeconds) % kDaySeconds;
  parts.days = (total - parts.second_of_day) / kDaySeconds;
  constexpr std::int64_t kFirstDay = -719'162;  // 0001-01-01
  constexpr std::int64_t kLastDay = 2'932'896;  // 9999-12-31
  if (parts.days < kFirstDay || parts.days > kLastDay) {
    return Fail(OutOfRange("a date beyond the years 1 to 9999"));
  }
  parts.date = CivilFromDays(parts.days);
  return {};
}

enum class Unit : std::uint8_t { kYear, kMonth, kDay, kHour, kMinute, kSecond, kMilli };
/// The unit's names in DATEADD, DATEDIFF, DATEPART and DATETRUNC.
Result<Unit> UnitOf(const Value& value) {
  const std::string name = record::FoldName(value.text);
  if (name == "yyyy" || name == "year") return Unit::kYear;
  if (name == "mm" || name == "month" || name == "mon") return Unit::kMonth;
  if (name == "dd" || name == "day") return Unit::kDay;
  if (name == "hh" || name == "hour") return Unit::kHour;
  if (name == "mi" || name == "minute") return Unit::kMinute;
  if (name == "ss" || name == "second") return Unit::kSecond;
  if (name == "ff3") return Unit::kMilli;
  return Fail(InvalidArgument("'" + value.text.substr(0, 32) +
                              "' is no part of a date; use yyyy, mm, dd, hh, mi, ss or ff3"));
}

Result<Value> DateAdd(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(Parts parts, PartsOf(args[0]));
  CULVERT_ASSIGN_OR_RETURN(const Unit unit, UnitOf(args[2]));
  const std::int64_t count =
      std::clamp<std::int64_t>(IntegerOf(args[1]), -4'000'000'000'000, 4'000'000'000'000);
  switch (unit) {
    case Unit::kYear:
      CULVERT_TRY(AddMonths(parts, std::clamp<std::int64_t>(count, -100'000, 100'000) * 12));
      break;
    case Unit::kMonth:
      CULVERT_TRY(AddMonths(parts, count));
      break;
    case Unit::kDay:
      CULVERT_TRY(
          AddSeconds(parts, std::clamp<std::int64_t>(count, -5'000'000, 5'000'000) * kDaySeconds));
      break;
    case Unit::kHour:
      CULVERT_TRY(
          AddSeconds(parts, std::clamp<std::int64_t>(count, -200'000'000, 200'000'000) * 3600));
      break;
    case Unit::kMinute:
      CULVERT_TRY(
          AddSeconds(parts, std::clamp<std::int64_t>(count, -10'000'000'000, 10'000'000'000) * 60));
      break;
    case Unit::kSecond:
      CULVERT_TRY(AddSeconds(parts, count));
      break;
    case Unit::kMilli: {
      const std::int64_t nanos = parts.nanos + (count % 1000) * 1'000'000;
      const std::int64_t carry = nanos < 0 ? -1 : nanos / 1'000'000'000;
      parts.nanos = static_cast<std::int32_t>(nanos - carry * 1'000'000'000);
      CULVERT_TRY(AddSeconds(parts, count / 1000 + carry));
      break;
    }
  }
  return Like(args[0], parts);
}

Result<Value> AddDays(const Value& date, std::int64_t days) {
  CULVERT_ASSIGN_OR_RETURN(Parts parts, PartsOf(date));
  CULVERT_TRY(
      AddSeconds(parts, std::clamp<std::int64_t>(days, -5'000'000, 5'000'000) * kDaySeconds));
  return Value::Text(FormatDays(parts.days));
}
Result<Value> DatePlus(FunctionContext&, Args args) { return AddDays(args[0], IntegerOf(args[1])); }
Result<Value> DateMinus(FunctionContext&, Args args) {
  return AddDays(args[0], -std::clamp<std::int64_t>(IntegerOf(args[1]), -5'000'000, 5'000'000));
}

Result<Value> DateDiff(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const Parts a, PartsOf(args[0]));
  CULVERT_ASSIGN_OR_RETURN(const Parts b, PartsOf(args[1]));
  Unit unit = Unit::kDay;
  if (args.size() > 2) {
    CULVERT_ASSIGN_OR_RETURN(unit, UnitOf(args[2]));
  }
  const std::int64_t days = a.days - b.days;
  const std::int64_t seconds = days * kDaySeconds + a.second_of_day - b.second_of_day;
  switch (unit) {
    case Unit::kYear:
      return Value::Integer(a.date.year - b.date.year);
    case Unit::kMonth:
      return Value::Integer((a.date.year - b.date.year) * 12 + a.date.month - b.date.month);
    case Unit::kDay:
      return Value::Integer(days);
    case Unit::kHour:
      return Value::Integer(days * 24 + a.second_of_day / 3600 - b.second_of_day / 3600);
    case Unit::kMinute:
      return Value::Integer(days * 1440 + a.second_of_day / 60 - b.second_of_day / 60);
    case Unit::kSecond:
      return Value::Integer(seconds);
    case Unit::kMilli:
      return Value::Integer(seconds * 1000 + a.nanos / 1'000'000 - b.nanos / 1'000'000);
  }
  return Value::Null();
}

std::int64_t PartOf(const Parts& parts, Unit unit) {
  switch (unit) {
    case Unit::kYear:
      return parts.date.year;
    case Unit::kMonth:
      return parts.date.month;
    case Unit::kDay:
      return parts.date.day;
    case Unit::kHour:
      return parts.second_of_day / 3600;
    case Unit::kMinute:
      return parts.second_of_day / 60 % 60;
    case Unit::kSecond:
      return parts.second_of_day % 60;
    case Unit::kMilli:
      return parts.nanos / 1'000'000;
  }
  return 0;
}

Result<Value> DatePart(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const Parts parts, PartsOf(args[0]));
  CULVERT_ASSIGN_OR_RETURN(const Unit unit, UnitOf(args[1]));
  return Value::Integer(PartOf(parts, unit));
}

template <Unit unit>
Result<Value> Part(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const Parts parts, PartsOf(args[0]));
  return Value::Integer(PartOf(parts, unit));
}

Result<Value> DateTrunc(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(Parts parts, PartsOf(args[0]));
  CULVERT_ASSIGN_OR_RETURN(const Unit unit, UnitOf(args[1]));
  if (unit != Unit::kMilli) parts.nanos = 0;
  if (unit == Unit::kMinute) parts.second_of_day -= parts.second_of_day % 60;
  if (unit == Unit::kHour) parts.second_of_day -= parts.second_of_day % 3600;
  if (unit <= Unit::kDay) parts.second_of_day = 0;
  if (unit <= Unit::kMonth) parts.date.day = 1;
  if (unit == Unit::kYear) parts.date.month = 1;
  CULVERT_ASSIGN_OR_RETURN(parts.days, DaysFromCivil(parts.date));
  return Like(args[0], parts);
}

/// 0 is Monday.
Result<Value> WeekDay(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const Parts parts, PartsOf(args[0]));
  return Value::Integer(((parts.days + 3) % 7 + 7) % 7);
}
/// 1 is Sunday.
Result<Value> DayOfWeek(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const Parts parts, PartsOf(args[0]));
  return Value::Integer(((parts.days + 4) % 7 + 7) % 7 + 1);
}

Result<Value> LastDay(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(Parts parts, PartsOf(args[0]));
  parts.date.day = DaysInMonth(parts.date.year, parts.date.month);
  CULVERT_ASSIGN_OR_RETURN(parts.days, DaysFromCivil(parts.date));
  return Value::Text(FormatDays(parts.days));
}

struct FormatWord {
  std::string_view word;
  Unit unit;
  int digits;
};
// The service's own formats, in any case; longer words first.
constexpr std::array kServiceWords = {
    FormatWord{"yyyy", Unit::kYear, 4}, FormatWord{"hh24", Unit::kHour, 2},
    FormatWord{"ff3", Unit::kMilli, 3}, FormatWord{"mm", Unit::kMonth, 2},
    FormatWord{"dd", Unit::kDay, 2},    FormatWord{"hh", Unit::kHour, 2},
    FormatWord{"mi", Unit::kMinute, 2}, FormatWord{"ss", Unit::kSecond, 2},
};
// Those of DATE_FORMAT, where case tells months from minutes.
constexpr std::array kJavaWords = {
    FormatWord{"yyyy", Unit::kYear, 4}, FormatWord{"SSS", Unit::kMilli, 3},
    FormatWord{"MM", Unit::kMonth, 2},  FormatWord{"dd", Unit::kDay, 2},
    FormatWord{"HH", Unit::kHour, 2},   FormatWord{"mm", Unit::kMinute, 2},
    FormatWord{"ss", Unit::kSecond, 2},
};

std::string Format(const Parts& parts, std::string_view pattern, std::span<const FormatWord> words,
                   bool fold) {
  std::string out;
  while (!pattern.empty()) {
    const auto fits = [&](const FormatWord& word) {
      const std::string_view head = pattern.substr(0, word.word.size());
      return fold ? record::SameName(head, word.word) : head == word.word;
    };
    const auto found = std::ranges::find_if(words, fits);
    if (found == words.end()) {
      if (!fold && pattern.front() == '\'') {
        pattern.remove_prefix(1);  // quotes of Java's literals
        continue;
      }
      out += pattern.front();
      pattern.remove_prefix(1);
      continue;
    }
    std::string number = std::to_string(PartOf(parts, found->unit));
    const auto digits = static_cast<std::size_t>(found->digits);
    if (number.size() < digits) number.insert(0, digits - number.size(), '0');
    out += number;
    pattern.remove_prefix(found->word.size());
  }
  return out;
}

Result<Value> ToChar(FunctionContext&, Args args) {
  if (args.size() == 1) return Value::Text(TextOf(args[0]));
  CULVERT_ASSIGN_OR_RETURN(const Parts parts, PartsOf(args[0]));
  return Value::Text(Format(parts, args[1].text, kServiceWords, true));
}

Result<Value> DateFormat(FunctionContext&, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const Parts parts, PartsOf(args[0]));
  return Value::Text(Format(parts, args[1].text, kJavaWords, false));
}

/// TO_DATE(text, format).
Result<Value> ToDate(FunctionContext&, Args args) {
  std::string_view text = args[0].text;
  std::string_view pattern = args[1].text;
  Parts parts;
  parts.date = {.year = 1970, .month = 1, .day = 1};
  const auto refuse = [&] {
    return Fail(InvalidArgument("'" + args[0].text.substr(0, 64) + "' does not fit format '" +
                                args[1].text.substr(0, 64) + "'"));
  };
  std::int64_t clock = 0;
  while (!pattern.empty()) {
    const auto found = std::ranges::find_if(kServiceWords, [&](const FormatWord& word) {
      return record::SameName(pattern.substr(0, word.word.size()), word.word);
    });
    if (found == kServiceWords.end()) {
      if (text.empty() || text.front() != pattern.front()) return refuse();
      text.remove_prefix(1);
      pattern.remove_prefix(1);
      continue;
    }
    std::int32_t number = 0;
    for (int i = 0; i < found->digits; ++i) {
      if (text.empty() || text.front() < '0' || text.front() > '9') return refuse();
      number = number * 10 + (text.front() - '0');
      text.remove_prefix(1);
    }
    pattern.remove_prefix(found->word.size());
    switch (found->unit) {
      case Unit::kYear:
        parts.date.year = number;
        break;
      case Unit::kMonth:
        parts.date.month = number;
        break;
      case Unit::kDay:
        parts.date.day = number;
        break;
      case Unit::kHour:
        if (number > 23) return refuse();
        clock += std::int64_t{number} * 3600;
        break;
      case Unit::kMinute:
        if (number > 59) return refuse();
        clock += std::int64_t{number} * 60;
        break;
      case Unit::kSecond:
        if (number > 59) return refuse();
        clock += number;
        break;
      case Unit::kMilli:
        parts.nanos = number * 1'000'000;
        break;
    }
  }
  if (!text.empty()) return refuse();
  const Result<std::int64_t> days = DaysFromCivil(parts.date);
  if (!days) return refuse();
  parts.days = *days;
  parts.second_of_day = clock;
  return TimeText(parts);
}

std::int64_t NowNanos(const FunctionContext& context) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(context.now.time_since_epoch())
      .count();
}
Value NowText(const FunctionContext& context, std::int32_t resolution) {
  const std::int64_t nanos = NowNanos(context);
  const auto fraction = static_cast<std::int32_t>(nanos % 1'000'000'000);
  return Value::Text(FormatInstant({nanos / 1'000'000'000, fraction - fraction % resolution}));
}
Result<Value> GetDate(FunctionContext& context, Args) { return NowText(context, 1'000'000); }
Result<Value> CurrentTimestamp(FunctionContext& context, Args) { return NowText(context, 1); }
Result<Value> CurrentDate(FunctionContext& context, Args) {
  return Value::Text(FormatDays(NowNanos(context) / 1'000'000'000 / kDaySeconds));
}

Result<Value> FromUnixtime(FunctionContext& context, Args args) {
  Parts epoch;
  CULVERT_TRY(AddSeconds(epoch, IntegerOf(args[0])));
  Value time = TimeText(epoch);
  if (args.size() == 1) return time;
  const std::array<Value, 2> pair = {time, args[1]};
  return DateFormat(context, pair);
}
Result<Value> UnixTimestamp(FunctionContext& context, Args args) {
  if (args.empty()) return Value::Integer(NowNanos(context) / 1'000'000'000);
  CULVERT_ASSIGN_OR_RETURN(const Parts parts, PartsOf(args[0]));
  return Value::Integer(parts.days * kDaySeconds + parts.second_of_day);
}

}  // namespace

std::span<const ScalarFunction> TimeFunctions() {
  static constexpr std::array kFunctions = {
      ScalarFunction{"mc_dateadd", 3, DateAdd},
      ScalarFunction{"mc_date_add", 2, DatePlus},
      ScalarFunction{"mc_date_sub", 2, DateMinus},
      ScalarFunction{"mc_datediff", -1, DateDiff},
      ScalarFunction{"mc_datepart", 2, DatePart},
      ScalarFunction{"mc_datetrunc", 2, DateTrunc},
      ScalarFunction{"mc_year", 1, Part<Unit::kYear>},
      ScalarFunction{"mc_month", 1, Part<Unit::kMonth>},
      ScalarFunction{"mc_day", 1, Part<Unit::kDay>},
      ScalarFunction{"mc_hour", 1, Part<Unit::kHour>},
      ScalarFunction{"mc_minute", 1, Part<Unit::kMinute>},
      ScalarFunction{"mc_second", 1, Part<Unit::kSecond>},
      ScalarFunction{"mc_weekday", 1, WeekDay},
      ScalarFunction{"mc_dayofweek", 1, DayOfWeek},
      ScalarFunction{"mc_last_day", 1, LastDay},
      ScalarFunction{"mc_to_char", -1, ToChar},
      ScalarFunction{"mc_date_format", 2, DateFormat},
      ScalarFunction{"mc_to_date", 2, ToDate},
      ScalarFunction{"mc_getdate", 0, GetDate},
      ScalarFunction{"mc_current_timestamp", 0, CurrentTimestamp},
      ScalarFunction{"mc_current_date", 0, CurrentDate},
      ScalarFunction{"mc_from_unixtime", -1, FromUnixtime},
      ScalarFunction{"mc_unix_timestamp", -1, UnixTimestamp},
  };
  return kFunctions;
}

}  // namespace culvert::emulator::sql
