// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/schema.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace culvert::record {

/// How values of a type lie in memory.
enum class Physical : std::uint8_t {
  kInt64,      // BOOLEAN 0/1, integers, DATE days, DATETIME ms UTC, INTERVAL_YEAR_MONTH months
  kFloat,      // FLOAT
  kDouble,     // DOUBLE
  kBytes,      // STRING, VARCHAR, CHAR, BINARY, JSON, DECIMAL text
  kTimestamp,  // TIMESTAMP, TIMESTAMP_NTZ, INTERVAL_DAY_TIME: seconds and nanoseconds 0..999999999
  kNested,     // ARRAY, MAP, STRUCT: the value's wire bytes (record-wire.md), validated
};
Physical PhysicalOf(const Type& type);

/// One column of a batch: rows × one value, columnar. Absent rows hold a zero value.
struct ColumnVector {
  Physical physical = Physical::kInt64;
  std::vector<std::uint8_t> present;  // 1 = value, 0 = null; one per row
  std::vector<std::int64_t> int64s;   // kInt64; kTimestamp: seconds
  std::vector<std::int32_t> nanos;    // kTimestamp
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::uint32_t> ends;  // kBytes, kNested: end offset of each row in `bytes`
  std::vector<char> bytes;

  std::string_view BytesAt(std::size_t row) const {
    const std::uint32_t begin = row == 0 ? 0 : ends[row - 1];
    return {bytes.data() + begin, ends[row] - begin};
  }
  void AppendNull();
  void AppendInt64(std::int64_t value);
  void AppendFloat(float value);
  void AppendDouble(double value);
  void AppendBytes(std::string_view value);  // kBytes and kNested
  void AppendTimestamp(std::int64_t seconds, std::int32_t nanoseconds);
  void Clear();  // keeps capacity
};

/// The currency of the typed route: at most kRowsMax rows and about kBytesMax bytes. Columns are in
/// the order of the layout it was decoded with.
struct RecordBatch {
  static constexpr std::size_t kRowsMax = 1024;
  static constexpr std::size_t kBytesMax =
      std::size_t{256} * 1024;  // stays in L2; a single larger row is let through

  std::size_t rows = 0;
  std::vector<ColumnVector> columns;

  static RecordBatch Make(std::span<const Column> columns);
  void Clear();
  std::size_t ByteSize() const;
};

}  // namespace culvert::record
