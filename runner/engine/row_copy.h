// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/record_batch.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace culvert::runner {

/// Appends the value of row `row` of `from`, perhaps null, to `to`, which is of the same form.
void AppendRow(const record::ColumnVector& from, std::size_t row, record::ColumnVector& to);

/// Drops the rows of `batch` whose flag is set.
void RemoveRows(const std::vector<std::uint8_t>& flags, record::RecordBatch& batch);

}  // namespace culvert::runner
