// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/record/schema.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace culvert::emulator {

/// Values of a column that are right at first sight; what is not is judged by the wire library's
/// rules.
struct ColumnRule {
  std::int64_t sure_low = 0;  // integers and times within are fine
  std::int64_t sure_high = -1;
  std::uint64_t sure_bytes = 0;      // texts of at most as many bytes are fine
  std::int32_t integer_digits = -1;  // plain DECIMAL texts of at most as many digits are fine
  std::int32_t fraction_digits = -1;
  bool required = false;  // NOT NULL
};
ColumnRule MakeColumnRule(const record::Column& column, std::uint64_t field_bytes_max);
/// Whether `text` is a plain decimal number that fits `rule` without a closer look.
bool IsSureDecimal(const ColumnRule& rule, std::string_view text);

/// Reads a record stream as a server does: strict validation, index and value checks in one pass
/// over the bytes. kDataLoss/CorruptedDataStream for damaged bytes, kInvalidArgument for a value
/// that the column cannot hold, with row and column. Not thread-safe. `layout` must outlive it.
class BlockParser {
 public:
  BlockParser(const maxcompute::wire::RecordLayout& layout, std::uint64_t field_bytes_max);

  /// RecordValidator::Consume with an index: offsets are relative to `base` at the window's front.
  Result<maxcompute::wire::Consumed> Consume(std::span<const std::byte> window, std::uint64_t base,
                                             maxcompute::wire::RecordIndex& index);
  /// Success only when the whole trailer was read; kDataLoss/IncompleteBody.
  Status Finish() const;
  const maxcompute::wire::StreamTotals& totals() const { return state_.totals; }
  /// True once a record ended in a CRC of ten bytes, as PyODPS writes some (record-wire.md 3).
  bool has_long_crcs() const { return has_long_crcs_; }

 private:
  const maxcompute::wire::RecordLayout& layout_;
  std::uint64_t field_bytes_max_;
  std::vector<ColumnRule> rules_;  // by column
  std::size_t required_ = 0;       // NOT NULL columns
  maxcompute::wire::internal::ReaderState state_;
  bool has_long_crcs_ = false;
};

}  // namespace culvert::emulator
