// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/row_copy.h"

#include <utility>

namespace culvert::runner {

using record::ColumnVector;
using record::Physical;

void AppendRow(const ColumnVector& from, std::size_t row, ColumnVector& to) {
  if (from.present[row] == 0) return to.AppendNull();
  switch (from.physical) {
    case Physical::kInt64:
      return to.AppendInt64(from.int64s[row]);
    case Physical::kFloat:
      return to.AppendFloat(from.floats[row]);
    case Physical::kDouble:
      return to.AppendDouble(from.doubles[row]);
    case Physical::kTimestamp:
      return to.AppendTimestamp(from.int64s[row], from.nanos[row]);
    case Physical::kBytes:
    case Physical::kNested:
      return to.AppendBytes(from.BytesAt(row));
  }
}

void RemoveRows(const std::vector<std::uint8_t>& flags, record::RecordBatch& batch) {
  std::size_t kept = 0;
  for (ColumnVector& column : batch.columns) {
    ColumnVector clean;
    clean.physical = column.physical;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (flags[row] == 0) AppendRow(column, row, clean);
    }
    column = std::move(clean);
  }
  for (std::size_t row = 0; row < batch.rows; ++row)
    kept += static_cast<std::size_t>(flags[row] == 0);
  batch.rows = kept;
}

}  // namespace culvert::runner
