// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/cron.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace culvert::schedule {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr std::size_t kTextBytesMax = 256;
// From one 29 February to the next there may be eight years (1896, 1904); nothing is rarer.
constexpr days kSearch{9 * 366};
constexpr local_days kFirstDay{std::chrono::year(1) / 1 / 1};
constexpr local_days kLastDay{std::chrono::year(9999) / 12 / 31};

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};

struct Macro {
  std::string_view name;
  std::string_view fields;
};
constexpr std::array<Macro, 7> kMacros = {{{"@yearly", "0 0 1 1 *"},
                                           {"@annually", "0 0 1 1 *"},
                                           {"@monthly", "0 0 1 * *"},
                                           {"@weekly", "0 0 * * 0"},
                                           {"@daily", "0 0 * * *"},
                                           {"@midnight", "0 0 * * *"},
                                           {"@hourly", "0 * * * *"}}};

struct FieldShape {
  std::string_view title;
  int min;
  int max;
  std::span<const std::string_view> names;  // of min, min + 1, ...
};
constexpr std::array<FieldShape, 5> kFields = {{{"minute", 0, 59, {}},
                                                {"hour", 0, 23, {}},
                                                {"day of the month", 1, 31, {}},
                                                {"month", 1, 12, kMonths},
                                                {"day of the week", 0, 7, kWeekdays}}};

bool IsNameLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsFieldDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

// Reads a line from left to right; the first mistake is the error.
class CronParser {
 public:
  explicit CronParser(std::string_view text) : text_(text) {}

  Result<Cron> Parse() {
    if (text_.size() > kTextBytesMax) Stop(0, "a schedule is of at most 256 bytes");
    if (text_.starts_with("TZ=") || text_.starts_with("CRON_TZ=")) {
      Stop(0, "no time zone may stand in a schedule, give it as timeZone");
    }
    Cron cron;
    cron.text_ = text_;
    if (text_.starts_with('@')) {
      ExpandMacro();
    }
    if (!error_) Fields(cron);
    if (!error_ && !cron.CanFire()) {
      Stop(0, "never fires, no such day is in these months; give another day of the month");
    }
    if (error_) return Fail(*std::move(error_));
    return cron;
  }

 private:
  using Values = std::bitset<60>;

  void Stop(std::size_t at, const std::string& what) {
    if (error_) return;
    error_ = InvalidArgument("schedule '" + std::string(text_.substr(0, 64)) + "', column " +
                             std::to_string(at + 1) + ": " + what);
  }

  void ExpandMacro() {
    const auto found = std::ranges::find(kMacros, text_, &Macro::name);
    if (found != kMacros.end()) {
      line_ = found->fields;
    } else if (text_.starts_with("@every")) {
      Stop(0, "@every does not follow the calendar; give five fields, such as '*/15 * * * *'");
    } else {
      Stop(0,
           "unknown, there are @yearly, @annually, @monthly, @weekly, @daily, @midnight, "
           "@hourly; or give five fields");
    }
  }

  void Fields(Cron& cron) {
    if (line_.empty()) line_ = text_;
    std::array<Values, 5> values;
    std::array<bool, 5> any{};
    for (std::size_t i = 0; i < kFields.size() && !error_; ++i) {
      while (Peek(' ') || Peek('\t')) ++at_;
      if (at_ >= line_.size()) {
        return Stop(at_, std::string("the ") + std::string(kFields[i].title) +
                             " is missing; five fields are needed: minute, hour, day of the "
                             "month, month, day of the week");
      }
      Field(kFields[i], values[i], any[i]);
    }
    while (Peek(' ') || Peek('\t')) ++at_;
    if (!error_ && at_ < line_.size()) {
      return Stop(at_, "more than five fields; seconds and years are no fields of a schedule");
    }
    const auto copy = [](const Values& from, auto& into) {
      for (std::size_t i = 0; i < into.size() && i < from.size(); ++i) into[i] = from[i];
    };
    copy(values[0], cron.minutes_);
    copy(values[1], cron.hours_);
    copy(values[2], cron.days_);
    copy(values[3], cron.months_);
    copy(values[4], cron.weekdays_);
    if (values[4][7]) cron.weekdays_[0] = true;  // Sunday once more
    cron.any_day_ = any[2];
    cron.any_weekday_ = any[4];
  }

  bool Peek(char c) const { return at_ < line_.size() && line_[at_] == c; }
  bool Take(char c) {
    if (!Peek(c)) return false;
    ++at_;
    return true;
  }

  // A list of ranges up to the next space.
  void Field(const FieldShape& shape, Values& values, bool& any) {
    do {
      Range(shape, values, any);
    } while (!error_ && Take(','));
    if (!error_ && at_ < line_.size() && !Peek(' ') && !Peek('\t')) Unexpected(shape);
  }

  void Unexpected(const FieldShape& shape) {
    const char c = Lower(line_[at_]);
    const std::string what =
        std::string("'") + line_[at_] + "' is not expected in the " + std::string(shape.title);
    if (c == 'l') {
      return Stop(at_, what +
                           "; for the last day of a month, fire on day 1: the business date is "
                           "the day before");
    }
    Stop(at_, what + ", there are *, lists 1,2, ranges 1-5, steps */5" +
                  (shape.names.empty() ? std::string()
                                       : ", and names such as " + std::string(shape.names[1])));
  }

  void Range(const FieldShape& shape, Values& values, bool& any) {
    const std::size_t begin = at_;
    const bool star = Take('*') || Take('?');
    int first = shape.min;
    int last = shape.title == "day of the week" ? 6 : shape.max;
    bool single = false;
    if (!star) {
      first = Value(shape);
      single = !Peek('-');
      last = first;
      if (!error_ && Take('-')) last = Value(shape);
      if (!error_ && first > last) {
        return Stop(begin, "the range is upside down, write the lower " + std::string(shape.title) +
                               " first");
      }
    }
    int step = 1;
    if (!error_ && Peek('/')) {
      const std::size_t slash = at_++;
      step = Number();
      if (step == 0) return Stop(slash, "a step of 0 never moves on, give 1 or more");
      if (step > shape.max - shape.min) {
        return Stop(slash, "a step of " + std::to_string(step) + " leaves the " +
                               std::string(shape.title) + "'s " + std::to_string(shape.min) + "-" +
                               std::to_string(shape.max) + ", give a smaller one");
      }
      if (single) {  // `5/15` goes on to the end
        last = shape.title == "day of the week" ? 6 : shape.max;
        if (first > last) first = shape.min;  // `7/2`: Sunday, as `0/2`
      }
    }
    if (error_) return;
    any = any || (star && step == 1);
    for (int value = first; value <= last; value += step) {
      values[static_cast<std::size_t>(value)] = true;
    }
  }

  int Number() {
    int value = 0;
    const std::size_t begin = at_;
    while (at_ < line_.size() && IsFieldDigit(line_[at_]) && value < 1000) {
      value = value * 10 + (line_[at_++] - '0');
    }
    if (at_ == begin) Stop(at_, "a number is missing");
    return value;
  }

  int Value(const FieldShape& shape) {
    const std::size_t begin = at_;
    if (at_ < line_.size() && IsNameLetter(line_[at_]) && !shape.names.empty()) {
      std::string word;
      while (at_ < line_.size() && IsNameLetter(line_[at_])) word += Lower(line_[at_++]);
      const auto found = std::ranges::find(shape.names, word);
      if (found != shape.names.end()) {
        return shape.min + static_cast<int>(found - shape.names.begin());
      }
      at_ = begin;
    }
    if (at_ >= line_.size() || !IsFieldDigit(line_[at_])) {
      if (at_ < line_.size() && !Peek(' ') && !Peek(',')) {
        Unexpected(shape);
      } else {
        Stop(at_, "a " + std::string(shape.title) + " is missing");
      }
      return shape.min;
    }
    const int value = Number();
    if (value < shape.min || value > shape.max) {
      Stop(begin, "a " + std::string(shape.title) + " is " + std::to_string(shape.min) + " to " +
                      std::to_string(shape.max) + ", not " + std::to_string(value));
    }
    return value;
  }

  std::string_view text_;
  std::string_view line_;  // the five fields: `text_`, or what its macro stands for
  std::size_t at_ = 0;
  std::optional<Error> error_;
};

Result<Cron> Cron::Parse(std::string_view text) { return CronParser(text).Parse(); }

// A day of the week comes in every month; a day of the month must be in one of the months.
bool Cron::CanFire() const {
  if (!any_weekday_) return true;
  constexpr std::array<std::size_t, 13> kLengths = {0,  31, 29, 31, 30, 31, 30,
                                                    31, 31, 30, 31, 30, 31};
  for (std::size_t month = 1; month <= 12; ++month) {
    for (std::size_t day = 1; day <= kLengths[month]; ++day) {
      if (months_[month] && days_[day]) return true;
    }
  }
  return false;
}

bool Cron::NamesDay(local_days day) const {
  const year_month_day date(day);
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool of_month = days_[static_cast<unsigned>(date.day())];
  const bool of_week = weekdays_[std::chrono::weekday(day).c_encoding()];
  return any_day_ || any_weekday_ ? of_month && of_week : of_month || of_week;
}

bool Cron::Names(local_seconds local) const {
  const local_days day = floor<days>(local);
  const auto minute = floor<minutes>(local - day);
  return NamesDay(day) && hours_[static_cast<std::size_t>(minute / hours(1))] &&
         minutes_[static_cast<std::size_t>((minute % hours(1)).count())];
}

std::optional<local_seconds> Cron::NamedFrom(local_seconds from) const {
  const auto up = std::chrono::ceil<minutes>(from);
  const local_days first = floor<days>(up);
  for (local_days day = std::max(first, kFirstDay); day <= std::min(first + kSearch, kLastDay);
       day += days(1)) {
    if (!NamesDay(day)) continue;
    const auto begin = day == first ? up - day : minutes(0);
    for (auto hour = floor<hours>(begin).count(); hour < 24; ++hour) {
      if (!hours_[static_cast<std::size_t>(hour)]) continue;
      for (auto minute = std::max<std::int64_t>(0, (begin - hours(hour)) / minutes(1)); minute < 60;
           ++minute) {
        if (minutes_[static_cast<std::size_t>(minute)]) return day + hours(hour) + minutes(minute);
      }
    }
  }
  return std::nullopt;
}

std::optional<local_seconds> Cron::NamedUntil(local_seconds until) const {
  const auto down = floor<minutes>(until);
  const local_days last = floor<days>(down);
  for (local_days day = std::min(last, kLastDay); day >= std::max(last - kSearch, kFirstDay);
       day -= days(1)) {
    if (!NamesDay(day)) continue;
    const auto end = day == last ? down - day : days(1) - minutes(1);
    for (auto hour = floor<hours>(end).count(); hour >= 0; --hour) {
      if (!hours_[static_cast<std::size_t>(hour)]) continue;
      for (auto minute = std::min<std::int64_t>(59, (end - hours(hour)) / minutes(1)); minute >= 0;
           --minute) {
        if (minutes_[static_cast<std::size_t>(minute)]) return day + hours(hour) + minutes(minute);
      }
    }
  }
  return std::nullopt;
}

namespace {

// A change of clocks by which local time jumps over [begin, begin + length), or repeats that long.
struct Jump {
  local_seconds begin;  // local time of before the change, at the change
  seconds before;       // offsets
  seconds after;
  sys_seconds at;
};

std::vector<Jump> JumpsIn(const TimeZone& zone, sys_seconds from, sys_seconds to) {
  std::vector<Jump> jumps;
  seconds before = zone.OffsetAt(from);
  for (const Transition& transition : zone.TransitionsIn(from, to)) {
    jumps.push_back({.begin = local_seconds(transition.at.time_since_epoch() + before),
                     .before = before,
                     .after = transition.offset,
                     .at = transition.at});
    before = transition.offset;
  }
  return jumps;
}

bool IsGap(const Jump& jump) { return jump.after > jump.before; }

}  // namespace

std::optional<sys_seconds> Cron::Next(sys_seconds time, const TimeZone& zone) const {
  // Times that occur: the first named one that falls behind `time`. One that occurred already and
  // comes again is behind us, so a few may be passed over.
  std::optional<sys_seconds> next;
  auto local = NamedFrom(zone.ToLocal(time));
  for (; local; local = NamedFrom(*local + minutes(1))) {
    const LocalResult result = zone.ToInstant(*local);
    if (result.kind != LocalResult::Kind::kSkipped && result.instant > time) {
      next = result.instant;
      break;
    }
  }
  // Times that gaps moved on may come before it.
  const sys_seconds until = next.value_or(time + kSearch);
  for (const Jump& jump : JumpsIn(zone, time - kOffsetJumpMax, until)) {
    if (!IsGap(jump)) continue;
    const local_seconds behind(time.time_since_epoch() + jump.before + seconds(1));
    const auto skipped = NamedFrom(std::max(jump.begin, behind));
    if (!skipped || *skipped >= jump.begin + (jump.after - jump.before)) continue;
    const sys_seconds moved(skipped->time_since_epoch() - jump.before);
    if (!next || moved < *next) next = moved;
  }
  return next;
}

std::optional<sys_seconds> Cron::Previous(sys_seconds time, const TimeZone& zone) const {
  // The latest local time that clocks have shown: before they went back it was later than now.
  local_seconds shown = zone.ToLocal(time);
  for (const Jump& jump : JumpsIn(zone, time - kOffsetJumpMax, time)) {
    if (!IsGap(jump)) shown = std::max(shown, jump.begin);
  }
  std::optional<sys_seconds> previous;
  for (auto local = NamedUntil(shown); local; local = NamedUntil(*local - minutes(1))) {
    const LocalResult result = zone.ToInstant(*local);
    if (result.kind != LocalResult::Kind::kSkipped && result.instant < time) {
      previous = result.instant;
      break;
    }
  }
  const sys_seconds from = previous.value_or(time - kSearch);
  for (const Jump& jump : JumpsIn(zone, from - kOffsetJumpMax, time)) {
    if (!IsGap(jump)) continue;
    const local_seconds before(time.time_since_epoch() + jump.before - seconds(1));
    const local_seconds last = jump.begin + (jump.after - jump.before) - seconds(1);
    const auto skipped = NamedUntil(std::min(last, before));
    if (!skipped || *skipped < jump.begin) continue;
    const sys_seconds moved(skipped->time_since_epoch() - jump.before);
    if (!previous || moved > *previous) previous = moved;
  }
  return previous;
}

}  // namespace culvert::schedule
