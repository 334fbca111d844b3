// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "runner/dirty_line.h"
#include "runner/dirty_store.h"
#include "runner/engine/dirty_rows.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

// Records of a sink that is a table, with the columns of syncjob::DirtySchema.

namespace culvert::runner {

/// Longest `line` of one record: a value of the service's is at most 8 MiB. A longer line goes on
/// in the next record, `part` by `part`.
inline constexpr std::size_t kDirtyPartBytesMax = std::size_t{4} * 1024 * 1024;
/// `reason` of the one record that says how many rows a finished run left; `line` is its summary.
inline constexpr const char* kRunFinished = "RunFinished";

/// Appends the row of `in` that `mark` names, of `shard`; `row` is its number within its unit.
void AppendDirtyRecord(const DirtyLineContext& context, std::size_t shard,
                       const record::RecordBatch& in, std::uint64_t row, const DirtyMark& mark,
                       record::RecordBatch& out);
void AppendSummaryRecord(const DirtySummary& summary, record::RecordBatch& out);

/// What is read of a record again.
struct DirtyRecord {
  std::optional<std::uint64_t> shard;  // none: the summary
  std::uint64_t row = 0;
  std::string reason;
  std::uint64_t part = 0;
  std::uint64_t parts = 1;
  std::string line;  // of this part, without a newline
};
/// kFailedPrecondition/DirtyRowsDamaged where a value is missing or makes no sense.
Result<DirtyRecord> DirtyRecordAt(const record::RecordBatch& in, std::size_t row);

}  // namespace culvert::runner
