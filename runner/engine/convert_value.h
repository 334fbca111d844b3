// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "libs/record/type.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert::runner {

/// Appends the value of row `row` of `in` to `out`, converted; the value is not null. Empty: done.
/// Else nothing was appended and this is the reason, without the value: "text is no whole number".
using ConvertValue = std::string_view (*)(const record::ColumnVector& in, std::size_t row,
                                          const record::Type& to, record::ColumnVector& out);

/// The conversion from one type to another; nullptr where there is none. No conversion loses
/// anything silently: a fraction into an integer, nanoseconds into a DATETIME, a time of day into a
/// DATE, digits beyond a DECIMAL's scale make the row dirty. Times are UTC. Ranges and lengths of
/// the target type are checked later, by wire::CheckBatch. Numbers and text follow
/// docs/conversions.md.
ConvertValue FindConversion(const record::Type& from, const record::Type& to);

/// Plain decimal text without exponent: "1E+3" -> "1000". kInvalidArgument when `text` is no
/// number.
Result<std::string> PlainDecimal(std::string_view text);

}  // namespace culvert::runner
