// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/type.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What a value must satisfy to be one of its type (types.md sections 2 and 5), shared by the check
// of batches and the encoding of constants. Each returns what is wrong, or nothing.

namespace culvert::maxcompute::wire::internal {

/// Integers by range, DATE and DATETIME by year 0001..9999.
std::optional<std::string> CheckInt(const record::Type& type, std::int64_t value);
/// TIMESTAMP by year; intervals are free.
std::optional<std::string> CheckTime(const record::Type& type, std::int64_t seconds);
/// Length in bytes for all, in characters for CHAR and VARCHAR, precision and scale for DECIMAL.
std::optional<std::string> CheckText(const record::Type& type, std::string_view text,
                                     std::uint64_t field_bytes_max);
/// True when no value of the type can be wrong, strings of any length aside.
bool AcceptsAll(const record::Type& type);

}  // namespace culvert::maxcompute::wire::internal
