// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::record {

/// MaxCompute's column types (vendor page "MaxCompute V2.0 data type edition").
enum class TypeKind : std::uint8_t {
  kBoolean,
  kTinyint,
  kSmallint,
  kInt,
  kBigint,
  kFloat,
  kDouble,
  kDecimal,
  kString,
  kVarchar,
  kChar,
  kBinary,
  kDate,
  kDatetime,
  kTimestamp,
  kTimestampNtz,
  kIntervalDayTime,
  kIntervalYearMonth,
  kJson,
  kArray,
  kMap,
  kStruct,
};

/// One type, nested types included. A value.
struct Type {
  TypeKind kind = TypeKind::kString;
  std::int32_t precision = 0;  // DECIMAL: 1..54 (a bare DECIMAL is the 1.0 type, 54 and 18)
  std::int32_t scale = 0;      // DECIMAL: 0..18
  std::int32_t length = 0;     // CHAR 1..255, VARCHAR 1..65535, in characters
  std::vector<Type> children;  // ARRAY: element; MAP: key, value; STRUCT: fields in order
  std::vector<std::string> field_names;  // STRUCT only, as written

  bool operator==(const Type& other) const;  // field names compare case-insensitively

  /// Reads `bigint`, `DECIMAL(38,18)`, `map<string,array<double>>`, `` struct<`a`:int, b:string>
  /// ``; any case, spaces where the service allows them. Depth at most 20, text at most 64 KiB.
  /// kInvalidArgument with the position.
  static Result<Type> Parse(std::string_view text);
  /// Lower case, no spaces: `decimal(38,18)`.
  std::string ToString() const;
  bool IsNested() const {
    return kind == TypeKind::kArray || kind == TypeKind::kMap || kind == TypeKind::kStruct;
  }
};

}  // namespace culvert::record
