// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/posix_rule.h"

#include <algorithm>
#include <string>

namespace culvert::schedule {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

// Reads the rule from left to right; the first thing that does not fit stops it.
class PosixRuleParser {
 public:
  explicit PosixRuleParser(std::string_view text) : text_(text), rest_(text) {}

  Result<PosixRule> Parse() {
    PosixRule rule;
    Name();
    rule.offset_ = -Time(24);  // POSIX counts westwards
    if (ok_ && !rest_.empty()) {
      PosixRule::Summer summer;
      Name();
      summer.offset = rule.offset_ + hours(1);
      if (!Peek(',')) summer.offset = -Time(24);
      Expect(',');
      summer.begin = Start();
      Expect(',');
      summer.end = Start();
      rule.summer_ = summer;
    }
    if (ok_ && rest_.empty()) return rule;
    return Fail(InvalidArgument("'" + std::string(text_.substr(0, 64)) +
                                "' is not a rule such as 'CET-1CEST,M3.5.0,M10.5.0/3'"));
  }

 private:
  bool Peek(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool Take(char c) {
    if (!Peek(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void Expect(char c) { ok_ = Take(c) && ok_; }

  // Three letters or more; or letters, digits and signs in <>. The name itself says nothing here.
  void Name() {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const bool quoted = Take('<');
    std::size_t length = 0;
    while (!rest_.empty() && (letter(rest_.front()) ||
                              (quoted && (rest_.front() == '+' || rest_.front() == '-' ||
                                          (rest_.front() >= '0' && rest_.front() <= '9'))))) {
      rest_.remove_prefix(1);
      ++length;
    }
    ok_ = ok_ && length >= 3;
    if (quoted) Expect('>');
  }

  std::int32_t Number(std::int32_t min, std::int32_t max) {
    std::int32_t value = 0;
    std::size_t digits = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && digits < 4) {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
      ++digits;
    }
    ok_ = ok_ && digits > 0 && value >= min && value <= max;
    return value;
  }

  // `[+-]hh[:mm[:ss]]`
  seconds Time(std::int32_t hours_max) {
    const bool negative = Take('-');
    if (!negative) Take('+');
    seconds time = hours(Number(0, hours_max));
    if (Take(':')) time += std::chrono::minutes(Number(0, 59));
    if (Take(':')) time += seconds(Number(0, 59));
    return negative ? -time : time;
  }

  PosixRule::Start Start() {
    using Kind = PosixRule::Start::Kind;
    PosixRule::Start start;
    if (Take('M')) {
      start.kind = Kind::kWeekday;
      start.month = Number(1, 12);
      Expect('.');
      start.week = Number(1, 5);
      Expect('.');
      start.day = Number(0, 6);
    } else if (Take('J')) {
      start.kind = Kind::kJulian;
      start.day = Number(1, 365);
    } else {
      start.day = Number(0, 365);
    }
    start.time = Take('/') ? Time(167) : hours(2);
    return start;
  }

  std::string_view text_;
  std::string_view rest_;
  bool ok_ = true;
};

Result<PosixRule> PosixRule::Parse(std::string_view text) { return PosixRuleParser(text).Parse(); }

local_seconds PosixRule::Start::In(std::chrono::year in) const {
  using namespace std::chrono;
  const local_days first{in / January / 1};
  switch (kind) {
    case Kind::kJulian: {  // never counts 29 February
      const bool behind_leap_day = in.is_leap() && day >= 60;
      return first + days(day - 1 + (behind_leap_day ? 1 : 0)) + time;
    }
    case Kind::kDayOfYear:
      return first + days(day) + time;
    case Kind::kWeekday:
      break;
  }
  const std::chrono::month which{static_cast<unsigned>(month)};
  const weekday wanted{static_cast<unsigned>(day)};
  const local_days date = week == 5 ? local_days{in / which / wanted[last]}
                                    : local_days{in / which / wanted[static_cast<unsigned>(week)]};
  return date + time;
}

std::array<Transition, 2> PosixRule::TransitionsOf(std::chrono::year in) const {
  const auto utc = [](local_seconds local, seconds offset) {
    return sys_seconds(local.time_since_epoch()) - offset;
  };
  // Where one summer ends in the instant that the next begins, summer goes on: it comes last.
  return {Transition{.at = utc(summer_->end.In(in), summer_->offset), .offset = offset_},
          Transition{.at = utc(summer_->begin.In(in), offset_), .offset = summer_->offset}};
}

seconds PosixRule::OffsetAt(sys_seconds time) const {
  if (!summer_) return offset_;
  const year now = std::chrono::year_month_day(std::chrono::floor<days>(time + offset_)).year();
  std::optional<Transition> last;
  for (const year in : {now - std::chrono::years(1), now, now + std::chrono::years(1)}) {
    for (const Transition& transition : TransitionsOf(in)) {
      if (transition.at <= time && (!last || transition.at >= last->at)) last = transition;
    }
  }
  return last ? last->offset : offset_;
}

std::vector<Transition> PosixRule::TransitionsIn(sys_seconds from, sys_seconds to) const {
  std::vector<Transition> found;
  if (!summer_ || to <= from) return found;
  const auto year_of = [](sys_seconds time) {
    return std::chrono::year_month_day(std::chrono::floor<days>(time)).year();
  };
  for (year in = year_of(from) - std::chrono::years(1); in <= year_of(to) + std::chrono::years(1);
       ++in) {
    for (const Transition& transition : TransitionsOf(in)) {
      if (transition.at > from && transition.at <= to) found.push_back(transition);
    }
  }
  std::ranges::stable_sort(found, {}, &Transition::at);
  std::vector<Transition> kept;
  seconds offset = OffsetAt(from);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool replaced = i + 1 < found.size() && found[i + 1].at == found[i].at;
    if (replaced || found[i].offset == offset) continue;
    kept.push_back(found[i]);
    offset = found[i].offset;
  }
  return kept;
}

}  // namespace culvert::schedule
