// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/record_batch.h"
#include "libs/record/schema.h"
#include "libs/syncjob/types.h"
#include "runner/engine/source.h"

#include <cstdint>
#include <vector>

namespace culvert::runner {

/// Rows made from a template: the value of a row and column is a function of the seed, the row's
/// number and the column's place, so that any range can be made again. Constants are the text
/// given, read as the column's type; increasing columns are `from` plus the row's number (numbers,
/// days of a DATE, milliseconds of a DATETIME, seconds of a TIMESTAMP, the number as text in
/// strings); random columns are uniform between their bounds, strings and binaries of a length
/// between them. Thread-safe.
class StreamSource final : public BatchSource {
 public:
  /// kInvalidArgument/SchemaMismatch naming the column that cannot be made: a nested type, a
  /// constant that does not fit, bounds in the wrong order.
  static Result<StreamSource> Make(const syncjob::StreamSource& spec, std::uint64_t seed);

  Result<std::unique_ptr<BatchReader>> Open(const OpContext& ctx,
                                            const SourceRange& range) override;
  const std::vector<record::Column>& columns() const { return columns_; }

 private:
  class Reader;
  enum class Rule : std::uint8_t { kConstant, kIncreasing, kRandom };
  struct Column {
    Rule rule = Rule::kConstant;
    record::TypeKind kind = record::TypeKind::kString;
    record::Physical physical = record::Physical::kBytes;
    std::int64_t from = 0;          // kIncreasing; kRandom: least
    std::int64_t to = 0;            // kRandom: greatest
    record::ColumnVector constant;  // kConstant: one row
  };
  StreamSource() = default;
  static Result<Column> MakeColumn(const syncjob::StreamColumn& spec, const record::Type& type);
  void AppendValue(std::size_t index, std::uint64_t row, record::ColumnVector& out) const;
  void AppendNumber(const Column& column, std::int64_t value, record::ColumnVector& out) const;
  void AppendRandom(const Column& column, std::uint64_t state, record::ColumnVector& out) const;

  std::uint64_t seed_ = 0;
  std::vector<record::Column> columns_;
  std::vector<Column> rules_;
};

}  // namespace culvert::runner
