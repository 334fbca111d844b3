// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "libs/record/type.h"
#include "libs/syncjob/transformer.h"
#include "runner/engine/convert_value.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace culvert::runner {

/// dx_filter over the values of one type. Immutable.
class ValueFilter {
 public:
  enum class Verdict : std::uint8_t { kKeep, kDrop, kNoText };

  /// kInvalidArgument when values of the type cannot be compared, or not with the filter's.
  static Result<ValueFilter> Make(const syncjob::FilterRows& rule, const record::Type& type);

  /// What becomes of the row; `values` are of the filter's type. kNoText: a text that is no valid
  /// UTF-8, which no pattern can judge.
  Verdict Judge(const record::ColumnVector& values, std::size_t row) const;

 private:
  ValueFilter(const syncjob::FilterRows& rule, record::Type type)
      : rule_(rule), type_(std::move(type)) {}
  Verdict JudgeText(std::string_view text) const;
  std::partial_ordering Compare(const record::ColumnVector& values, std::size_t row) const;

  syncjob::FilterRows rule_;
  record::Type type_;
  ConvertValue to_text_ = nullptr;     // of values that are compared as text and are none
  std::optional<std::int64_t> whole_;  // the filter's value, where values are compared as numbers
  std::optional<double> double_;
};

}  // namespace culvert::runner
