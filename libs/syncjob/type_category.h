// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/type.h"

#include <cstdint>
#include <string_view>

// The two tables of types of the page that this product implements (DataWorks page "MaxCompute data
// source", edition 2026-03-26): what may be moved in which mode, and the category that a type is
// mapped to. They are what `explain` shows; the engine keeps every value exact whatever its
// category, a DECIMAL of 38 digits under DOUBLE too.

namespace culvert::syncjob {

enum class TypeCategory : std::uint8_t { kLong, kBoolean, kDate, kDouble, kBytes, kString };
std::string_view CategoryName(TypeCategory category);  // "LONG", ...

/// The page names no row for STRING, VARCHAR and CHAR: they are STRING here, as are ARRAY, MAP and
/// STRUCT, which it gives as JSON text.
TypeCategory CategoryOf(const record::Type& type);

enum class TransferMode : std::uint8_t { kBatchRead, kBatchWrite, kRealTimeWrite };

enum class TypeSupport : std::uint8_t {
  kSupported,
  kNotSupported,
  kBeyond,  // the page does not name the type; Culvert copies it as it is
};
std::string_view SupportName(
    TypeSupport support);  // "supported", "not supported", "beyond the page"

/// What the page says of a type in a mode, editions 1.0, 2.0 and Hive alike.
TypeSupport SupportOf(const record::Type& type, TransferMode mode);

}  // namespace culvert::syncjob
