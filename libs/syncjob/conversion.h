// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/type.h"

#include <cstdint>

namespace culvert::syncjob {

/// What a value of one type needs to become one of another.
enum class Conversion : std::uint8_t {
  kCopy,     // the same bytes on the wire, and every value fits
  kConvert,  // value by value; one that does not fit makes its row dirty
  kNone,     // no meaning that would not surprise
};

/// The conversion from one column type to another; docs/conversions.md has the table. Copies: equal
/// types, wider integers, longer VARCHAR, VARCHAR to STRING, wider DECIMAL, nested types made of
/// these.
Conversion ConversionBetween(const record::Type& from, const record::Type& to);

}  // namespace culvert::syncjob
