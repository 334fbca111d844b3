// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "libs/record/type.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Values between the record format and SQLite, which has five storage classes where MaxCompute has
// twenty types. In SQLite a value of
//   BOOLEAN, integers, INTERVAL_YEAR_MONTH   is an INTEGER (0 and 1, months),
//   FLOAT, DOUBLE                            is a REAL; NaN, which SQLite lacks, is TEXT `NaN`: it
//                                            is copied, sorts above all numbers, and is NULL in
//                                            arithmetic,
//   DECIMAL                                  is canonical TEXT, see decimal.h,
//   STRING, VARCHAR, CHAR, JSON              is TEXT,
//   BINARY                                   is a BLOB,
//   DATE                                     is TEXT `2024-02-29`,
//   DATETIME, TIMESTAMP, TIMESTAMP_NTZ       is TEXT `2024-02-29 12:34:56[.5]` in UTC, no trailing
//                                            zeros, so that order of text is order of time,
//   INTERVAL_DAY_TIME                        is TEXT `-1.5`, seconds,
//   ARRAY, MAP, STRUCT                       is JSON TEXT, see nested.h.

namespace culvert::emulator::sql {

/// A type without children.
record::Type ScalarType(record::TypeKind kind, std::int32_t precision = 0, std::int32_t scale = 0);

enum class Storage : std::uint8_t { kNull, kInteger, kReal, kText, kBlob };

/// One value as SQLite holds it.
struct Value {
  Storage storage = Storage::kNull;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  // kText and kBlob

  static Value Null() { return {}; }
  static Value Integer(std::int64_t value);
  static Value Real(double value);  // NULL for a NaN
  static Value Text(std::string value);
  static Value Blob(std::string value);
  bool is_null() const { return storage == Storage::kNull; }
};

/// The value of one row of a column of `type`.
Value ReadCell(const record::ColumnVector& column, std::size_t row, const record::Type& type);

/// Appends `value`, which is in the form above, to a column of `type`. kOutOfRange when an INTEGER
/// does not fit the type, kInvalidArgument when the form is another one.
Status AppendCell(const Value& value, const record::Type& type, record::ColumnVector& column);

enum class CastMode : std::uint8_t {
  kExplicit,  // CAST(x AS t): VARCHAR and CHAR are cut
  kAssign,    // INSERT: VARCHAR and CHAR that are too long are refused
};
/// `value` of type `from` as a value of type `to`. kOutOfRange or kInvalidArgument with a sentence
/// when it cannot be one.
Result<Value> CastValue(const Value& value, const record::Type& from, const record::Type& to,
                        CastMode mode);

/// How the result of a query shows the value: a CSV cell without quotes.
std::string DisplayText(const Value& value, const record::Type& type);
/// Shortest decimal that reads back the same: `1.0`, `1e+300`, `NaN`, `Infinity`.
std::string FormatDouble(double value);
std::string FormatFloat(float value);

/// A point in time, both parts floored: nanoseconds 0..999999999.
struct Instant {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
};
/// `2024-02-29`, `2024-02-29 12:34[:56[.123456789]]`, also with T between and Z behind. nullopt for
/// other text and for years beyond 1..9999.
std::optional<Instant> ParseInstant(std::string_view text);
/// The form above; the fraction has as many digits as it needs.
std::string FormatInstant(Instant instant);

/// Characters of UTF-8 text; each byte of broken text counts.
std::size_t CountCharacters(std::string_view text);
/// The first `count` characters.
std::string_view FirstCharacters(std::string_view text, std::size_t count);

}  // namespace culvert::emulator::sql
