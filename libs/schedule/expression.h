// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/basis.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::schedule {

/// One date expression of the language of DataWorks (docs/scheduling-parameters.md):
/// `${yyyymmdd-1}` counts from the business date, `$[yyyymmddhh24miss-1/24]` from the planned time.
class Expression {
 public:
  enum class From : std::uint8_t { kBusinessDate, kCycleTime };

  /// Reads what stands between the brackets; `column` is where it begins in the text that the
  /// error speaks of, counted from 1. kInvalidArgument `column 12: what and why`.
  static Result<Expression> Parse(From from, std::string_view body, std::size_t column);
  /// kOutOfRange when the result leaves the years 1 to 9999.
  Result<std::string> Evaluate(const Basis& basis) const;

 private:
  friend class ExpressionParser;
  enum class Token : std::uint8_t {
    kText,
    kYear,
    kYear2,
    kMonth,
    kDay,
    kHour24,
    kHour12,
    kMinute,
    kSecond
  };
  struct Item {
    Token token = Token::kText;
    std::string text = {};
  };
  std::string Print(std::chrono::local_seconds time) const;

  From from_ = From::kBusinessDate;
  std::vector<Item> format_;
  // Added in this order: months end at the last day of a shorter month, days are those of the
  // calendar, seconds are elapsed time.
  std::int64_t months_ = 0;
  std::int64_t days_ = 0;
  std::int64_t seconds_ = 0;
};

}  // namespace culvert::schedule
