// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/filter_value.h"

#include "libs/base/text.h"

#include <charconv>
#include <limits>
#include <string>
#include <utility>

namespace culvert::runner {
namespace {

using record::ColumnVector;
using record::TypeKind;
using Condition = syncjob::FilterRows::Condition;
using Kind = syncjob::FilterRows::Kind;
using Verdict = ValueFilter::Verdict;

constexpr std::int64_t kMillisOfADay = 86'400'000;

bool IsBytes(const record::Type& type) {
  return record::PhysicalOf(type) == record::Physical::kBytes;
}

bool IsWellFormed(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Values are what a stream carried, any 64 bits: the product stays at the end of the range.
std::int64_t Times(std::int64_t value, std::int64_t by) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (value > kMax / by) return kMax;
  if (value < -(kMax / by)) return -kMax;
  return value * by;
}

// Numbers as they are, times as milliseconds since 1970.
std::int64_t WholeValue(const record::Type& type, const ColumnVector& values, std::size_t row) {
  switch (type.kind) {
    case TypeKind::kDate:
      return Times(values.int64s[row], kMillisOfADay);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return Times(values.int64s[row], 1000) + values.nanos[row] / 1'000'000;
    default:
      return values.int64s[row];
  }
}

double DoubleValue(const record::Type& type, const ColumnVector& values, std::size_t row) {
  switch (type.kind) {
    case TypeKind::kFloat:
      return static_cast<double>(values.floats[row]);
    case TypeKind::kDouble:
      return values.doubles[row];
    default:
      break;
  }
  const std::string_view text = values.BytesAt(row);
  double value = std::numeric_limits<double>::quiet_NaN();
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool Holds(Condition condition, std::partial_ordering order) {
  switch (condition) {
    case Condition::kEqual:
      return order == std::partial_ordering::equivalent;
    case Condition::kNotEqual:
      return order != std::partial_ordering::equivalent;
    case Condition::kGreater:
      return order == std::partial_ordering::greater;
    case Condition::kGreaterOrEqual:
      return order == std::partial_ordering::greater || order == std::partial_ordering::equivalent;
    case Condition::kLess:
      return order == std::partial_ordering::less;
    case Condition::kLessOrEqual:
      return order == std::partial_ordering::less || order == std::partial_ordering::equivalent;
    case Condition::kLike:
    case Condition::kNotLike:
      break;
  }
  return false;
}

// A null is never greater, less or like; it is equal to `null`, and different from all else.
bool HoldsForNull(const syncjob::FilterRows& rule) {
  switch (rule.condition) {
    case Condition::kEqual:
      return syncjob::MeansNull(rule.text);
    case Condition::kNotEqual:
      return !syncjob::MeansNull(rule.text);
    case Condition::kNotLike:
      return true;
    default:
      return false;
  }
}

std::partial_ordering Order(std::strong_ordering order) { return order; }

}  // namespace

Result<ValueFilter> ValueFilter::Make(const syncjob::FilterRows& rule, const record::Type& type) {
  const auto kind = syncjob::FilterKindOf(type);
  if (!kind) {
    return Fail(
        InvalidArgument("no transformer takes a " + type.ToString()).Because("SchemaMismatch"));
  }
  ValueFilter filter(rule, type);
  const bool as_text = *kind == Kind::kText || !rule.pattern.empty();
  if (as_text && !IsBytes(type)) filter.to_text_ = FindConversion(type, record::Type{});
  if (!as_text && *kind == Kind::kWhole) {
    CULVERT_ASSIGN_OR_RETURN(filter.whole_, syncjob::WholeOf(rule));
  }
  if (!as_text && *kind == Kind::kDouble) {
    CULVERT_ASSIGN_OR_RETURN(filter.double_, syncjob::DoubleOf(rule));
  }
  return filter;
}

Verdict ValueFilter::JudgeText(std::string_view text) const {
  if (rule_.pattern.empty()) {
    return Holds(rule_.condition, Order(text <=> std::string_view(rule_.text))) ? Verdict::kDrop
                                                                                : Verdict::kKeep;
  }
  if (!IsWellFormed(text)) return Verdict::kNoText;
  const bool matches = rule_.pattern.front().MatchesWhole(text);
  return matches == (rule_.condition == Condition::kLike) ? Verdict::kDrop : Verdict::kKeep;
}

// A number next to `null` is different from it, and neither more nor less.
std::partial_ordering ValueFilter::Compare(const ColumnVector& values, std::size_t row) const {
  if (whole_) return WholeValue(type_, values, row) <=> *whole_;
  if (double_) return DoubleValue(type_, values, row) <=> *double_;
  return std::partial_ordering::unordered;
}

Verdict ValueFilter::Judge(const ColumnVector& values, std::size_t row) const {
  if (values.present[row] == 0) {
    return HoldsForNull(rule_) ? Verdict::kDrop : Verdict::kKeep;
  }
  const bool number = syncjob::FilterKindOf(type_) != Kind::kText && rule_.pattern.empty();
  if (number) {
    return Holds(rule_.condition, Compare(values, row)) ? Verdict::kDrop : Verdict::kKeep;
  }
  if (to_text_ == nullptr) return JudgeText(values.BytesAt(row));
  ColumnVector text;
  text.physical = record::Physical::kBytes;
  to_text_(values, row, record::Type{}, text);
  return text.present.empty() ? Verdict::kNoText : JudgeText(text.BytesAt(0));
}

}  // namespace culvert::runner
