// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/record_batch.h"

namespace culvert::record {

Physical PhysicalOf(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
    case TypeKind::kDate:
    case TypeKind::kDatetime:
    case TypeKind::kIntervalYearMonth:
      return Physical::kInt64;
    case TypeKind::kFloat:
      return Physical::kFloat;
    case TypeKind::kDouble:
      return Physical::kDouble;
    case TypeKind::kDecimal:
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kBinary:
    case TypeKind::kJson:
      return Physical::kBytes;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kIntervalDayTime:
      return Physical::kTimestamp;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return Physical::kNested;
  }
  return Physical::kBytes;
}

void ColumnVector::AppendNull() {
  present.push_back(0);
  switch (physical) {
    case Physical::kInt64:
      int64s.push_back(0);
      break;
    case Physical::kFloat:
      floats.push_back(0);
      break;
    case Physical::kDouble:
      doubles.push_back(0);
      break;
    case Physical::kBytes:
    case Physical::kNested:
      ends.push_back(static_cast<std::uint32_t>(bytes.size()));
      break;
    case Physical::kTimestamp:
      int64s.push_back(0);
      nanos.push_back(0);
      break;
  }
}

void ColumnVector::AppendInt64(std::int64_t value) {
  present.push_back(1);
  int64s.push_back(value);
}

void ColumnVector::AppendFloat(float value) {
  present.push_back(1);
  floats.push_back(value);
}

void ColumnVector::AppendDouble(double value) {
  present.push_back(1);
  doubles.push_back(value);
}

void ColumnVector::AppendBytes(std::string_view value) {
  present.push_back(1);
  bytes.insert(bytes.end(), value.begin(), value.end());
  ends.push_back(static_cast<std::uint32_t>(bytes.size()));
}

void ColumnVector::AppendTimestamp(std::int64_t seconds, std::int32_t nanoseconds) {
  present.push_back(1);
  int64s.push_back(seconds);
  nanos.push_back(nanoseconds);
}

void ColumnVector::Clear() {
  present.clear();
  int64s.clear();
  nanos.clear();
  floats.clear();
  doubles.clear();
  ends.clear();
  bytes.clear();
}

RecordBatch RecordBatch::Make(std::span<const Column> columns) {
  RecordBatch batch;
  batch.columns.reserve(columns.size());
  for (const Column& column : columns) {
    batch.columns.emplace_back().physical = PhysicalOf(column.type);
  }
  return batch;
}

void RecordBatch::Clear() {
  rows = 0;
  for (ColumnVector& column : columns) column.Clear();
}

std::size_t RecordBatch::ByteSize() const {
  std::size_t size = 0;
  for (const ColumnVector& column : columns) {
    size += column.present.size() + column.int64s.size() * sizeof(std::int64_t) +
            column.nanos.size() * sizeof(std::int32_t) + column.floats.size() * sizeof(float) +
            column.doubles.size() * sizeof(double) + column.ends.size() * sizeof(std::uint32_t) +
            column.bytes.size();
  }
  return size;
}

}  // namespace culvert::record
