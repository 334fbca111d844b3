// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/schema.h"

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace culvert::maxcompute::internal {

/// How the two services spell a column's members.
struct ColumnKeys {
  std::string_view nullable;
  std::string_view default_value;
};
inline constexpr ColumnKeys kRestColumnKeys{.nullable = "isNullable",
                                            .default_value = "defaultValue"};
inline constexpr ColumnKeys kTunnelColumnKeys{.nullable = "nullable",
                                              .default_value = "default_value"};

/// `columns` and `partitionKeys` of `object` (the latter may be absent).
/// kUnimplemented/UnsupportedType names a column whose type is unknown to us;
/// kInternal/UnexpectedAnswer for the rest.
Result<record::Schema> ReadSchema(const nlohmann::json& object, const ColumnKeys& keys);

/// `error` as kInternal/UnexpectedAnswer: "the answer about <what> cannot be read: …".
Error Unreadable(std::string_view what, const Error& error);
/// `result` with its error, if any, made Unreadable.
template <typename T>
Result<T> Readable(Result<T> result, std::string_view what) {
  if (!result) return Fail(Unreadable(what, result.error()));
  return result;
}

}  // namespace culvert::maxcompute::internal
