// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_parser.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/maxcompute/wire/value_rules.h"

#include <utility>

namespace culvert::maxcompute::wire {
namespace {

using record::ColumnVector;
using record::Physical;

/// Checks the leaves of a nested value; keeps the first complaint.
struct NestedCheck {
  std::uint64_t field_bytes_max = 0;
  std::optional<std::string> reason;

  void Note(std::optional<std::string> found) {
    if (!reason) reason = std::move(found);
  }
  void Int(std::int64_t value, const internal::TypeNode& node) {
    Note(internal::CheckInt(*node.type, value));
  }
  void Bool(std::uint8_t /*value*/) {}
  void Fixed32(std::uint32_t /*bits*/) {}
  void Fixed64(std::uint64_t /*bits*/) {}
  void Bytes(const std::uint8_t* data, std::size_t size, const internal::TypeNode& node) {
    Note(internal::CheckText(*node.type, {reinterpret_cast<const char*>(data), size},
                             field_bytes_max));
  }
  void Time(std::int64_t seconds, std::int32_t /*nanos*/, const internal::TypeNode& node) {
    Note(internal::CheckTime(*node.type, seconds));
  }
  void Count(std::uint64_t /*count*/) {}
  void Null() {}
};

/// Checks one column, row by row.
class ColumnCheck {
 public:
  ColumnCheck(const RecordLayout& layout, std::size_t column, const ColumnVector& values,
              std::uint64_t field_bytes_max)
      : layout_(layout.compiled()),
        node_(layout_.nodes[layout_.ops[column].node]),
        type_(layout.columns()[column].type),
        nullable_(layout.columns()[column].nullable),
        values_(values),
        field_bytes_max_(field_bytes_max) {}

  bool NothingToCheck() const { return nullable_ && internal::AcceptsAll(type_); }

  std::optional<std::string> operator()(std::size_t row) const {
    if (values_.present[row] == 0) {
      if (nullable_) return std::nullopt;
      return "null in a NOT NULL column";
    }
    switch (values_.physical) {
      case Physical::kInt64:
        return internal::CheckInt(type_, values_.int64s[row]);
      case Physical::kTimestamp:
        return internal::CheckTime(type_, values_.int64s[row]);
      case Physical::kBytes:
        return internal::CheckText(type_, values_.BytesAt(row), field_bytes_max_);
      case Physical::kNested:
        return CheckNested(values_.BytesAt(row));
      case Physical::kFloat:
      case Physical::kDouble:
        break;
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> CheckNested(std::string_view value) const {
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(value.data());
    internal::Cursor cursor{.p = begin, .end = begin + value.size(), .record = begin};
    NestedCheck check{.field_bytes_max = field_bytes_max_, .reason = std::nullopt};
    const internal::Outcome outcome =
        internal::WalkValue(layout_.nodes.data(), node_, cursor, check);
    if (outcome != internal::Outcome::kOk || cursor.p != cursor.end) {
      return "value is no " + type_.ToString();
    }
    return check.reason;
  }

  const RecordLayout::Compiled& layout_;
  const internal::TypeNode& node_;
  const record::Type& type_;
  bool nullable_;
  const ColumnVector& values_;
  std::uint64_t field_bytes_max_;
};

}  // namespace

// Column by column, which is how batches lie in memory; a column need only be looked at above the
// first violation found so far.
std::optional<Violation> CheckBatch(const RecordLayout& layout, const record::RecordBatch& batch,
                                    std::size_t first_row, std::uint64_t field_bytes_max) {
  CULVERT_CHECK(batch.columns.size() == layout.columns().size());
  std::optional<Violation> first;
  std::size_t rows = batch.rows;
  for (std::size_t column = 0; column < batch.columns.size(); ++column) {
    const ColumnCheck check(layout, column, batch.columns[column], field_bytes_max);
    if (check.NothingToCheck()) continue;
    for (std::size_t row = first_row; row < rows; ++row) {
      std::optional<std::string> reason = check(row);
      if (!reason) continue;
      first = Violation{.row = row, .column = column, .reason = *std::move(reason)};
      rows = row;
    }
  }
  return first;
}

}  // namespace culvert::maxcompute::wire
