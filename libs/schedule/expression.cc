// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/expression.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

namespace culvert::schedule {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::year_month_day;

constexpr std::size_t kBodyBytesMax = 256;
constexpr std::int64_t kCountMax = 1'000'000;  // of days: beyond what the calendar here has
constexpr std::int64_t kSecondsADay = 86'400;
constexpr std::string_view kSeparators = "-/:._";

std::string Digits(int width, std::int64_t value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%0*lld", width, static_cast<long long>(value));
  return text.data();
}

std::string Quoted(char c) { return std::string("'") + c + "'"; }

Error At(std::size_t column, const std::string& what) {
  return InvalidArgument("column " + std::to_string(column) + ": " + what);
}

/// The last day of the month where the month has no such day.
std::optional<local_days> AddMonths(local_days date, std::int64_t count) {
  // More leaves the calendar, and a year's 16 bits.
  constexpr std::int64_t kCalendarMonths = std::int64_t{12} * 9999;
  if (count < -kCalendarMonths || count > kCalendarMonths) return std::nullopt;
  year_month_day moved = year_month_day(date) + months(count);
  if (!moved.ok()) moved = moved.year() / moved.month() / std::chrono::last;
  const int year = static_cast<int>(moved.year());
  if (year < 1 || year > 9999) return std::nullopt;
  return local_days(moved);
}

}  // namespace

// Reads one body from left to right; the first mistake is the error.
class ExpressionParser {
 public:
  ExpressionParser(Expression::From from, std::string_view body, std::size_t column)
      : body_(body), column_(column) {
    expression_.from_ = from;
  }

  Result<Expression> Parse() {
    CheckCharacters();
    if (!error_) {
      if (cycle() && body_.starts_with("add_months")) {
        AddMonthsCall();
      } else {
        Format();
        Steps();
      }
    }
    if (!error_ && at_ < body_.size()) Stop(Quoted(body_[at_]) + " is not expected here");
    if (error_) return Fail(*std::move(error_));
    return std::move(expression_);
  }

 private:
  using Token = Expression::Token;
  struct Word {
    std::string_view text;
    Token token;
  };
  // The longest first: hh24 before hh.
  static constexpr std::array<Word, 9> kWords = {{{"yyyy", Token::kYear},
                                                  {"hh24", Token::kHour24},
                                                  {"hh12", Token::kHour12},
                                                  {"yy", Token::kYear2},
                                                  {"mm", Token::kMonth},
                                                  {"dd", Token::kDay},
                                                  {"hh", Token::kHour12},
                                                  {"mi", Token::kMinute},
                                                  {"ss", Token::kSecond}}};

  bool cycle() const { return expression_.from_ == Expression::From::kCycleTime; }
  bool Peek(char c) const { return at_ < body_.size() && body_[at_] == c; }
  bool PeekDigit(std::size_t ahead = 0) const {
    return at_ + ahead < body_.size() && body_[at_ + ahead] >= '0' && body_[at_ + ahead] <= '9';
  }
  bool Take(char c) {
    if (!Peek(c)) return false;
    ++at_;
    return true;
  }
  void Stop(const std::string& what) { StopAt(at_, what); }
  void StopAt(std::size_t at, const std::string& what) {
    if (!error_) error_ = At(column_ + at, what);
  }

  void CheckCharacters() {
    if (body_.empty()) return Stop("a date format is missing, such as yyyymmdd");
    if (body_.size() > kBodyBytesMax) {
      return Stop("longer than " + std::to_string(kBodyBytesMax) + " bytes");
    }
    for (std::size_t i = 0; i < body_.size(); ++i) {
      if (body_[i] == ' ') {
        return StopAt(i,
                      "no space may stand in an expression; join two, such as "
                      "$[yyyy-mm-dd] $[hh24:mi:ss]");
      }
      if (body_[i] == '=') return StopAt(i, "no '=' may stand in an expression");
    }
  }

  // Tokens and separators up to the first step, ')' or ','.
  void Format() {
    bool tokens = false;
    while (!error_ && at_ < body_.size()) {
      const std::string_view rest = body_.substr(at_);
      const auto word = std::ranges::find_if(
          kWords, [rest](const Word& known) { return rest.starts_with(known.text); });
      if (word != kWords.end()) {
        if (!cycle() && word->token > Token::kDay) {
          return Stop("a business date has no time of day; hours and minutes belong to $[...]");
        }
        expression_.format_.push_back({.token = word->token});
        tokens = true;
        at_ += word->text.size();
        continue;
      }
      const char c = rest.front();
      const bool step = c == '+' || (c == '-' && PeekDigit(1));
      if (step || c == ')' || c == ',') break;
      if (kSeparators.find(c) == std::string_view::npos) return Unknown(c);
      expression_.format_.push_back({.token = Token::kText, .text = std::string(1, c)});
      ++at_;
    }
    if (!tokens) Stop("a date format is missing, such as yyyymmdd");
  }

  void Unknown(char c) {
    if (c >= 'A' && c <= 'Z') {
      return Stop("formats are in lower case: mm is the month, mi the minute");
    }
    Stop(Quoted(c) + " is no part of a format; these are: yyyy yy mm dd" +
         (cycle() ? " hh24 hh12 mi ss" : "") + " and the separators - / : . _");
  }

  bool Has(std::initializer_list<Token> tokens) const {
    return std::ranges::any_of(expression_.format_, [&](const Expression::Item& item) {
      return std::ranges::find(tokens, item.token) != tokens.end();
    });
  }
  bool HasDayOrLess() const {
    return Has({Token::kDay, Token::kHour24, Token::kHour12, Token::kMinute, Token::kSecond});
  }

  // `12` or `12*2`; at most kCountMax.
  std::int64_t Product() {
    std::int64_t product = 1;
    do {
      if (!PeekDigit()) {
        Stop("a number is missing");
        return 0;
      }
      std::int64_t number = 0;
      for (; PeekDigit() && number <= kCountMax; ++at_) number = number * 10 + (body_[at_] - '0');
      product *= number;
      if (number > kCountMax || product > kCountMax) {
        Stop("more than " + std::to_string(kCountMax));
        return 0;
      }
    } while (!error_ && Take('*'));
    return product;
  }

  // `+1`, `-7*2`, `-1/24`, `-15/24/60`, one behind the other.
  void Steps(bool of_add_months = false) {
    while (!error_ && (Peek('+') || Peek('-'))) {
      const std::size_t begin = at_;
      const std::int64_t sign = Take('-') ? -1 : 1;
      if (sign > 0) Take('+');
      const std::int64_t count = Product() * sign;
      if (error_) return;
      if (Peek('/')) {
        Fraction(begin, count);
      } else if (cycle()) {
        if (!of_add_months && !HasDayOrLess()) {
          return StopAt(begin,
                        "a step counts days here, which a format of years or months does not "
                        "show; use add_months(yyyymm,-1)");
        }
        expression_.days_ += count;
      } else if (Has({Token::kDay})) {
        expression_.days_ += count;
      } else {
        expression_.months_ += Has({Token::kMonth}) ? count : count * 12;
      }
      // Bounds each sum, so that nothing below overflows.
      if (std::abs(expression_.days_) > kCountMax || std::abs(expression_.months_) > kCountMax ||
          std::abs(expression_.seconds_) > kCountMax * kSecondsADay) {
        return StopAt(begin, "steps of more than " + std::to_string(kCountMax) + " in all");
      }
    }
  }

  void Fraction(std::size_t begin, std::int64_t count) {
    if (!cycle()) {
      return StopAt(begin,
                    "a business date moves by whole steps; hours and minutes belong to "
                    "$[...]");
    }
    std::int64_t unit = kSecondsADay;
    for (const std::string_view divisor : {"/24", "/60", "/60"}) {
      if (!Peek('/')) break;
      if (!body_.substr(at_).starts_with(divisor)) {
        return Stop("parts of a day are N/24 hours, N/24/60 minutes, N/24/60/60 seconds");
      }
      at_ += divisor.size();
      unit /= divisor == "/24" ? 24 : 60;
    }
    if (PeekDigit()) {
      return Stop("parts of a day are N/24 hours, N/24/60 minutes, N/24/60/60 seconds");
    }
    expression_.seconds_ += count * unit;
  }

  // `add_months(yyyymmdd,-12*1)` and steps behind it.
  void AddMonthsCall() {
    at_ += std::string_view("add_months").size();
    if (!Take('(')) return Stop("'(' is missing");
    Format();
    if (error_) return;
    if (!Take(',')) {
      return Stop("the count of months is missing, such as add_months(yyyymmdd,-1)");
    }
    const std::int64_t sign = Take('-') ? -1 : 1;
    if (sign > 0) Take('+');
    expression_.months_ = Product() * sign;
    if (error_) return;
    if (!Take(')')) return Stop("')' is missing");
    Steps(true);
  }

  std::string_view body_;
  std::size_t column_;
  std::size_t at_ = 0;
  Expression expression_;
  std::optional<Error> error_;
};

Result<Expression> Expression::Parse(From from, std::string_view body, std::size_t column) {
  return ExpressionParser(from, body, column).Parse();
}

std::string Expression::Print(local_seconds time) const {
  const local_days day = floor<days>(time);
  const year_month_day date(day);
  const std::int64_t second = (time - day).count();
  const std::int64_t hour = second / 3600;
  std::string text;
  for (const Item& item : format_) {
    switch (item.token) {
      case Token::kText:
        text += item.text;
        break;
      case Token::kYear:
        text += Digits(4, static_cast<int>(date.year()));
        break;
      case Token::kYear2:
        text += Digits(2, static_cast<int>(date.year()) % 100);
        break;
      case Token::kMonth:
        text += Digits(2, static_cast<unsigned>(date.month()));
        break;
      case Token::kDay:
        text += Digits(2, static_cast<unsigned>(date.day()));
        break;
      case Token::kHour24:
        text += Digits(2, hour);
        break;
      case Token::kHour12:
        text += Digits(2, (hour + 11) % 12 + 1);
        break;
      case Token::kMinute:
        text += Digits(2, second / 60 % 60);
        break;
      case Token::kSecond:
        text += Digits(2, second % 60);
        break;
    }
  }
  return text;
}

Result<std::string> Expression::Evaluate(const Basis& basis) const {
  const local_days first{std::chrono::year(1) / 1 / 1};
  const local_days last{std::chrono::year(9999) / 12 / 31};
  const Error beyond = OutOfRange("a date beyond the years 1 to 9999");
  const local_seconds cycle = basis.zone.ToLocal(basis.cycle);
  const bool from_cycle = from_ == From::kCycleTime;
  const local_days begin = from_cycle ? local_days(floor<days>(cycle)) : basis.business_date;
  std::optional<local_days> date = AddMonths(begin, months_);
  if (!date || *date + days(days_) < first || *date + days(days_) > last) return Fail(beyond);
  *date += days(days_);
  if (!from_cycle) return Print(*date);
  // The instant itself stays where only its time of day counts: a time that occurs twice is not
  // taken for the other one.
  std::chrono::sys_seconds instant = basis.cycle;
  if (*date != begin) {
    instant = basis.zone.ToInstant(*date + (cycle - local_seconds(begin))).instant;
  }
  const local_seconds time = basis.zone.ToLocal(instant + seconds(seconds_));
  if (time < local_seconds(first) || time >= local_seconds(last) + days(1)) return Fail(beyond);
  return Print(time);
}

}  // namespace culvert::schedule
